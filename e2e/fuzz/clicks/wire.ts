import { connect, type Socket } from 'node:net'

/** One answer as it came over the wire. */
export interface WireReply {
  readonly status: number
  /** Names in lower case, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** The server will not answer anything more on this connection. */
  readonly isLast: boolean
}

/** What became of a request: an answer, or in a word what came instead. */
export type Outcome =
  | { readonly kind: 'reply'; readonly reply: WireReply }
  | { readonly kind: 'unreadable' | 'closed' | 'silent'; readonly bytes: string }

const PATIENCE_MS = 10_000

/** A connection that is kept open and opened anew when it was closed. One request at a time. */
export function openWire(port: number) {
  let socket: Socket | null = null
  let received = ''
  let heard: () => void = () => undefined
  let isClosed = true

  const open = (): Socket => {
    received = ''
    isClosed = false
    const opened = connect(port, '127.0.0.1')
    opened.setEncoding('latin1')
    opened.setNoDelay(true)
    opened.on('data', (text: string) => {
      received += text
      heard()
    })
    const ended = (): void => {
      if (socket !== opened) return
      isClosed = true
      heard()
    }
    opened.on('error', ended)
    opened.on('close', ended)
    return opened
  }
  const drop = (): void => {
    socket?.destroy()
    socket = null
    isClosed = true
  }

  return {
    /** `isCut` says that nothing more will come, so that nobody waits for the rest of a request that has none. */
    send(bytes: Buffer, isHead: boolean, isCut: boolean): Promise<Outcome> {
      const isFresh = socket === null || isClosed
      if (isFresh) socket = open()
      if (isCut) socket?.end(bytes)
      else socket?.write(bytes)
      return new Promise((resolve) => {
        const finish = (outcome: Outcome): void => {
          clearTimeout(patience)
          heard = () => undefined
          resolve(outcome)
        }
        const patience = setTimeout(() => {
          const bytes = received
          drop()
          finish({ kind: 'silent', bytes })
        }, PATIENCE_MS)
        heard = () => {
          const read = readReply(received, isHead, isClosed)
          if (read === 'unreadable' || (read === null && isClosed)) {
            const bytes = received
            drop()
            return finish({ kind: read ?? 'closed', bytes })
          }
          if (read === null) return
          received = received.slice(read.end)
          if (read.reply.isLast || received !== '' || isCut) drop()
          finish(
            received === '' || read.reply.isLast || isCut
              ? { kind: 'reply', reply: read.reply }
              : { kind: 'unreadable', bytes: received },
          )
        }
      })
    },
    /** Resolves when the server closed the connection, or after a moment. */
    close: drop,
  }
}

type Read = { readonly reply: WireReply; readonly end: number } | 'unreadable' | null

/** Reads one answer strictly; null when more must come. */
function readReply(text: string, isHead: boolean, isClosed: boolean): Read {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return text.length > 200_000 ? 'unreadable' : null
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})(?: [\x20-\x7e]*)?$/.exec(statusLine)?.[1] ?? 0)
  if (status === 0) return 'unreadable'
  const headers: (readonly [string, string])[] = []
  for (const line of lines) {
    const [, name, value = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)$/.exec(line) ?? []
    if (name === undefined || value.includes('\r') || value.includes('\n') || value.includes('\0')) return 'unreadable'
    headers.push([name.toLowerCase(), value])
  }
  const start = headEnd + 4
  const headerOf = (name: string): string | undefined => headers.find(([key]) => key === name)?.[1]
  const isLast = headerOf('connection')?.toLowerCase() === 'close'
  const done = (body: string, end: number): Read => ({ reply: { status, headers, body, isLast }, end })
  if (isHead || status === 204 || status === 304) return done('', start)
  const length = headerOf('content-length')
  if (length !== undefined) {
    if (!/^\d+$/.test(length)) return 'unreadable'
    const end = start + Number(length)
    return text.length < end ? null : done(text.slice(start, end), end)
  }
  if (headerOf('transfer-encoding') === 'chunked') return readChunks(text, start, done)
  return isLast ? (isClosed ? done(text.slice(start), text.length) : null) : 'unreadable'
}

function readChunks(text: string, start: number, done: (body: string, end: number) => Read): Read {
  let body = ''
  for (let at = start; ; ) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd === -1) return null
    const size = /^[0-9a-f]+$/i.test(text.slice(at, lineEnd)) ? Number.parseInt(text.slice(at, lineEnd), 16) : -1
    if (size < 0) return 'unreadable'
    const next = lineEnd + 2 + size + 2
    if (text.length < next) return null
    if (size === 0) return done(body, next)
    body += text.slice(lineEnd + 2, lineEnd + 2 + size)
    at = next
  }
}
