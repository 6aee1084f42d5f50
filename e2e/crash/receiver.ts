import { once } from 'node:events'
import { createServer } from 'node:http'

/** Hears outgoing postbacks, badly: some are refused, of some the answer gets lost. */
export interface Receiver {
  readonly base: string
  /** What was told (`/path subid tid status`) → ids of the messages that told it. Its effect counts once for each id. */
  readonly heard: ReadonlyMap<string, ReadonlySet<string>>
  requests(): number
  close(): void
}

/** Postbacks of sources and campaigns wait a minute before the second try, so these paths are never failed on purpose. */
export const PATHS = { any: '/any', sales: '/sales', source: '/source', campaign: '/campaign' } as const
const FLAKY: ReadonlySet<string> = new Set([PATHS.any, PATHS.sales])
/** Every so many requests to a flaky path. */
const REFUSED = 7
const UNANSWERED = 11

export async function startReceiver(): Promise<Receiver> {
  const heard = new Map<string, Set<string>>()
  let requests = 0
  let flaky = 0
  const server = createServer((request, response) => {
    requests++
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://receiver')
    if (FLAKY.has(pathname) && ++flaky % REFUSED === 0) return response.writeHead(503).end()
    const what = [pathname, ...['c', 't', 's'].map((name) => searchParams.get(name) ?? '')].join(' ')
    const ids = heard.get(what) ?? new Set<string>()
    heard.set(what, ids.add(String(request.headers['webhook-id'])))
    if (FLAKY.has(pathname) && flaky % UNANSWERED === 0) return request.socket.destroy()
    response.end('ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port')
  return {
    base: `http://127.0.0.1:${address.port}`,
    heard,
    requests: () => requests,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
