import { type Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { keepConnections } from '../outgoing/keep-connections.ts'
import type { Answer, Session } from './story.ts'

const REQUEST_TIMEOUT_MS = 10_000

/** How visitors' time passes: divided by `speed`, and never longer than `longestMs`. */
export interface Pace {
  readonly speed: number
  /** Waits differ by a factor of hundreds; without a limit a few people's would be what everybody waits for at the end. */
  readonly longestMs: number
}

/** Stories over real HTTP. Addresses travel as X-Forwarded-For. */
export function createHttpSession(base: URL, pace: Pace, sockets: number): Session & { close(): void } {
  const connections = keepConnections(sockets)
  return {
    request(path, as, cookies) {
      const headers: Record<string, string> = { host: base.host }
      if (as) {
        headers['x-forwarded-for'] = as.ip
        headers['user-agent'] = as.userAgent
        if (as.language) headers['accept-language'] = as.language
        if (cookies) headers.cookie = cookies
      }
      return send(base, path, headers, connections.http)
    },
    wait: (ms) => sleep(Math.min(ms / pace.speed, pace.longestMs)),
    close: connections.close,
  }
}

/** Never rejects: a request that failed has status 0, and why in place of a body. */
function send(base: URL, path: string, headers: Record<string, string>, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const why = `${error.code ?? error.message}${sent.reusedSocket ? ' on a connection that was used before' : ''}`
      resolve({ status: 0, location: '', body: why, setCookies: [] })
    }
    const sent = request(
      { host: base.hostname, port: base.port || 80, path, headers, agent, timeout: REQUEST_TIMEOUT_MS },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', fail)
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            location: response.headers.location ?? '',
            body: Buffer.concat(chunks).toString('utf8'),
            setCookies: response.headers['set-cookie'] ?? [],
          }),
        )
      },
    )
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} s`)))
    sent.once('error', fail)
    sent.end()
  })
}
