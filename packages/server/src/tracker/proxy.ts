import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http'

const HOP_HEADERS = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'proxy-connection',
  'te',
  'trailer',
])

/**
 * Streams a request to the backend's socket and its answer back. `clientIp` is what the tracker believes the visitor's
 * address to be; whatever forwarding headers the client sent are replaced by it.
 */
export function createPassThrough(
  socketPath: string,
  clientIp: (message: IncomingMessage) => string,
): (message: IncomingMessage, response: ServerResponse) => void {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  return (message, response) => {
    const headers: Record<string, string | string[]> = {}
    for (const [name, value] of Object.entries(message.headers)) {
      if (value !== undefined && !HOP_HEADERS.has(name) && !name.startsWith('x-forwarded-')) headers[name] = value
    }
    headers['x-forwarded-for'] = clientIp(message)
    const hasBody =
      message.headers['content-length'] !== undefined || message.headers['transfer-encoding'] !== undefined
    const upstream = request(
      { agent, socketPath, method: message.method, path: message.url, headers, setHost: false },
      (answer) => {
        const kept = Object.entries(answer.headers).filter(
          ([name, value]) => value !== undefined && !HOP_HEADERS.has(name),
        )
        response.writeHead(answer.statusCode ?? 502, Object.fromEntries(kept) as Record<string, string | string[]>)
        answer.pipe(response)
        answer.once('error', () => response.destroy())
      },
    )
    upstream.once('error', () => {
      if (response.headersSent) response.destroy()
      else {
        response.writeHead(503, { 'content-type': 'application/json; charset=utf-8', 'retry-after': '2' })
        response.end(
          JSON.stringify({
            error: 'The admin side is starting or down; visitors are served meanwhile. Try again in a moment.',
          }),
        )
      }
    })
    response.once('close', () => upstream.destroy())
    if (hasBody) message.pipe(upstream)
    else upstream.end()
  }
}
