import { lookup } from 'node:dns/promises'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'

const DNS_TIMEOUT_MS = 5000
const HTTP_TIMEOUT_MS = 5000
const MAX_BODY_BYTES = 1000

export interface ProbeTarget {
  readonly protocol: 'http' | 'https'
  readonly host: string
  /** Where the host was found to be. It is not looked up again, so it cannot change in between. */
  readonly address: string
  readonly port: number
}
export interface ProbeReply {
  readonly status: number
  readonly location: string
  readonly body: string
}

/** How a check reaches the network; tests have one of their own. */
export interface Network {
  /** Addresses of a host; rejects when there are none. */
  resolve(host: string): Promise<readonly string[]>
  /** GET /healthz. Follows no redirects; rejects when nothing answers in time. */
  probe(target: ProbeTarget): Promise<ProbeReply>
}

export const network: Network = {
  async resolve(host) {
    const found = await within(DNS_TIMEOUT_MS, lookup(host, { all: true }))
    return found.map(({ address }) => address)
  },
  probe: ({ protocol, host, address, port }) =>
    new Promise((resolve, reject) => {
      const send = protocol === 'https' ? requestHttps : requestHttp
      const sent = send(
        {
          host: address,
          port,
          path: '/healthz',
          headers: { host },
          agent: false,
          ...(protocol === 'https' && isIP(host) === 0 ? { servername: host } : {}),
          signal: AbortSignal.timeout(HTTP_TIMEOUT_MS),
        },
        (response) => {
          let body = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => {
            body += chunk
            if (body.length > MAX_BODY_BYTES) response.destroy()
          })
          response.once('error', reject)
          response.once('close', () =>
            resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '', body }),
          )
        },
      )
      sent.once('error', reject)
      sent.end()
    }),
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const timer = { clear: () => {} }
  const late = new Promise<never>((_, reject) => {
    const timeout = setTimeout(() => reject(new Error(`no answer in ${timeoutMs / 1000} s`)), timeoutMs)
    timer.clear = () => clearTimeout(timeout)
  })
  return Promise.race([work, late]).finally(timer.clear)
}
