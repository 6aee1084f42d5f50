import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/**
 * Answers a request whose address holds letters that had to be percent-encoded, as servers of some networks send them in
 * their postbacks; for the event `clientError`. Node's parser refuses the bytes above 127, which web servers take. False
 * when it is something else: then nothing was done. Bodies and requests that come in pieces are not worth it.
 */
export function answerUnencoded(
  error: Error & { readonly code?: string },
  socket: unknown,
  listener: RequestListener,
): boolean {
  const packet: unknown = Reflect.get(error, 'rawPacket')
  if (error.code !== 'HPE_INVALID_URL' || !Buffer.isBuffer(packet)) return false
  if (!(socket instanceof Socket) || !socket.writable) return false
  // The packet begins with something else, such as the end of a body.
  if (Number(Reflect.get(error, 'bytesParsed')) > packet.indexOf('\r\n')) return false
  // An answer to an earlier request is on its way.
  if (Reflect.get(socket, '_httpMessage')) return false
  const message = readUnencoded(packet, socket)
  if (message === null) return false
  const response = new ServerResponse(message)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.end())
  listener(message, response)
  return true
}

const HEADER = /^([!#$%&'*+.^_`|~0-9a-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/i

function readUnencoded(packet: Buffer, socket: Socket): IncomingMessage | null {
  const text = packet.toString('latin1')
  if (text.indexOf('\r\n\r\n') !== text.length - 4) return null
  const [first = '', ...lines] = text.slice(0, -4).split('\r\n')
  const [, method, target = ''] = /^(GET|HEAD) ([!-~\x80-\xff]+) HTTP\/1\.[01]$/.exec(first) ?? []
  if (method === undefined || !/[\x80-\xff]/.test(target)) return null
  const message = new IncomingMessage(socket)
  const headers: Record<string, string> = Object.create(null)
  for (const line of lines) {
    const [, name = '', value = ''] = HEADER.exec(line) ?? []
    const key = name.toLowerCase()
    if (key === '' || key === 'transfer-encoding' || key === 'content-length') return null
    headers[key] = headers[key] === undefined ? value : `${headers[key]}${key === 'cookie' ? '; ' : ', '}${value}`
    message.rawHeaders.push(name, value)
  }
  if (headers.host === undefined) return null
  message.method = method
  message.url = target.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)
  message.headers = headers
  message.httpVersion = '1.1'
  message.httpVersionMajor = 1
  message.httpVersionMinor = 1
  message.complete = true
  message.push(null)
  return message
}
