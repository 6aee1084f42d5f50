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
  // Left before the backend closes them, after 72 s: a request must not meet a connection that is just being closed.
  const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 60_000 })
  return (message, response) => {
    const headers = passedOn(message.rawHeaders, (name) => !name.startsWith('x-forwarded-'))
    headers.push('X-Forwarded-For', clientIp(message))
    const isChunked = message.headers['transfer-encoding'] !== undefined
    // Said here, for Node would not frame the body of a GET that names no length.
    if (isChunked) headers.push('Transfer-Encoding', 'chunked')
    const hasBody = isChunked || message.headers['content-length'] !== undefined
    const upstream = request(
      { agent, socketPath, method: message.method, path: message.url, headers, setHost: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, passedOn(answer.rawHeaders))
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

/** Names and values in turns, as Node takes and gives them, without those that concern one connection only. */
function passedOn(rawHeaders: readonly string[], isWanted = (_name: string): boolean => true): string[] {
  const kept: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]]
    const key = name.toLowerCase()
    if (!HOP_HEADERS.has(key) && isWanted(key)) kept.push(name, value)
  }
  return kept
}
