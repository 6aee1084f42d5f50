import { decodePage, metaCharset } from '../local-page-files.ts'

/** What a server sent, as text: as its header says, else as the page itself says. */
export function decodeText(body: Uint8Array, contentType: string): string {
  const named = decoderNamed(contentType)
  return named ? named.decode(body) : decodePage(body)
}

/** The same for the beginning of what a server sent, which may end within a character. */
export function decodeStart(bytes: Uint8Array, contentType: string): string {
  const last = bytes.subarray(-LONGEST_CHARACTER).findLastIndex((byte) => byte < 0x80 || byte >= 0xc0)
  const start = Math.max(0, bytes.length - LONGEST_CHARACTER) + last
  return decodeText((bytes[start] ?? 0) >= 0xc0 ? bytes.subarray(0, start) : bytes, contentType)
}

/** The same for what comes in pieces. */
export interface PieceDecoder {
  push(bytes: Uint8Array): string
  end(): string
}

/**
 * Nothing but ASCII reads the same in every charset a page may have, so the first other characters decide when the header
 * does not: UTF-8 when they are, else what the page says in its first 2 KB. From then on wrong characters are marked, as
 * browsers do.
 */
export function pieceDecoder(contentType: string): PieceDecoder {
  let decoder = decoderNamed(contentType)
  /** Of what came: the beginning of the page, and the bytes not decided on. */
  let start = Buffer.alloc(0)
  let open = Buffer.alloc(0)

  const decide = (isEnd: boolean): string => {
    const first = open.findIndex((byte) => byte > 0x7f)
    const isEnough = start.length === HEAD_BYTES && open.length - first >= LONGEST_CHARACTER
    const isDecided = first >= 0 && (isEnd || isEnough)
    if (isDecided) decoder = isUtf8(open.subarray(first), isEnd) ? new TextDecoder() : metaCharset(start)
    const ready = decoder || first < 0 ? open.length : first
    const text = decoder ? decoder.decode(open, { stream: true }) : open.toString('latin1', 0, ready)
    open = open.subarray(ready)
    return text
  }
  return {
    push(bytes) {
      if (decoder) return decoder.decode(bytes, { stream: true })
      if (start.length < HEAD_BYTES) start = Buffer.concat([start, bytes.subarray(0, HEAD_BYTES - start.length)])
      open = Buffer.concat([open, bytes])
      return decide(false)
    },
    end: () => (decoder ? '' : decide(true)) + (decoder?.decode() ?? ''),
  }
}

const HEAD_BYTES = 2048
const LONGEST_CHARACTER = 4

/** Before the end the last character may go on in the next piece. */
function isUtf8(bytes: Uint8Array, isEnd: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !isEnd })
    return true
  } catch {
    return false
  }
}

function decoderNamed(contentType: string): InstanceType<typeof TextDecoder> | null {
  const charset = /\bcharset\s*=\s*["']?([\w-]+)/i.exec(contentType)?.[1]
  try {
    return charset === undefined ? null : new TextDecoder(charset)
  } catch {
    return null
  }
}
