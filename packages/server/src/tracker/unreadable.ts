import { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Words by what the parser of HTTP found; whatever else it finds is no valid HTTP. */
const FOUND: Readonly<Record<string, readonly [status: string, words: (maxHeaderBytes: number) => string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    (max) => `The address and headers are longer than ${max} bytes: send what is long in the body.`,
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [
    '413 Payload Too Large',
    () => 'The chunks of the body are described at too great length.',
  ],
  HPE_INVALID_URL: [
    '400 Bad Request',
    () => 'The address holds characters that must be percent-encoded: write %C3%A9 for é.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', () => 'The request did not arrive in time: send it again.'],
}
const INVALID = ['400 Bad Request', () => 'The request is not valid HTTP.'] as const

/**
 * Answers what cannot be read as a request and ends its connection, for the event `clientError`. Node itself would send
 * the status alone.
 */
export const refuseUnreadable =
  (maxHeaderBytes: number) =>
  (error: Error & { readonly code?: string }, socket: Duplex): void => {
    // Node keeps the answer that is on its way there: half of one must not be followed by another.
    const answering: unknown = Reflect.get(socket, '_httpMessage')
    if (socket.writable && !(answering instanceof ServerResponse && answering.headersSent)) {
      const [status, words] = FOUND[error.code ?? ''] ?? INVALID
      const body = JSON.stringify({ error: words(maxHeaderBytes) })
      socket.write(
        `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      )
    }
    socket.destroy(error)
  }
