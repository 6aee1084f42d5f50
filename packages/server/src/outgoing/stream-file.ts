import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { Refused } from './open-target.ts'
import { wordsOf } from './words.ts'

export interface StreamLimits {
  /** Of what comes out, unpacked. */
  readonly maxBytes: number
  /** How long nothing may move, because the other server sends nothing or the reader takes nothing. */
  readonly idleMs: number
  /** For all of it. */
  readonly streamMs: number
}

/** A file on its way. Whoever has no use for it destroys `stream`, which ends the request, too. */
export interface FileStream {
  readonly stream: Readable
  /** Bytes that come; null when nobody said. */
  readonly length: number | null
  /**
   * Settles when nothing more comes: with null when the file is whole or the reader was the one to leave, else with the
   * reason in words for people. Never rejects.
   */
  readonly ended: Promise<string | null>
}

/**
 * What a server sends, as it comes and no faster than it is taken, unpacked if it is packed. Throws `Refused` when it is
 * known beforehand to be of no use. Beyond a limit the stream breaks off with an error, so that nobody takes the part that
 * came for the whole.
 */
export function streamFile(answer: IncomingMessage, { maxBytes, idleMs, streamMs }: StreamLimits): FileStream {
  const told = answer.headers['content-length']
  const length = answer.statusCode === 204 ? 0 : told === undefined ? null : Number(told)
  if (length !== null && length > maxBytes) throw tooLong(maxBytes)
  const unpack = length === 0 ? null : unpackerOf(answer)

  let failure: string | null = null
  let size = 0
  const out = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      size += chunk.length
      idle.refresh()
      if (size <= maxBytes) return next(null, chunk)
      const error = tooLong(maxBytes)
      failure ??= error.message
      next(error)
    },
  })
  const giveUp = (why: string) => () => {
    // What waits to be read is not for the other server to answer for.
    if (out.readableLength > 0) return out.destroy()
    failure ??= why
    out.destroy(new Refused(why))
  }
  const idle = setTimeout(giveUp(`it sent nothing for ${idleMs / 1000} seconds`), idleMs)
  const total = setTimeout(giveUp(`it took longer than ${streamMs / 1000} seconds`), streamMs)
  const ended = new Promise<string | null>((done) => {
    out.once('close', () => {
      clearTimeout(idle)
      clearTimeout(total)
      done(failure)
    })
  })
  // An error may come before anybody reads, and with no listener it would end the process.
  out.on('error', () => undefined)
  // Streams of a pipeline fail together: the first to fail tells why, and after the reader has left nothing counts.
  const blame = (words: (error: Error) => string) => (error: Error) => {
    if (!out.destroyed) failure ??= words(error)
  }
  answer.once('error', blame(wordsOf))
  unpack?.once(
    'error',
    blame(() => 'what it sent cannot be unpacked'),
  )
  pipeline(unpack ? [answer, unpack, out] : [answer, out], () => undefined)
  return { stream: out, length: unpack ? null : length, ended }
}

const UNPACKERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/** Some servers pack without being asked. */
function unpackerOf({ headers }: IncomingMessage): Transform | null {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'identity') return null
  const create = Object.hasOwn(UNPACKERS, encoding) ? UNPACKERS[encoding] : undefined
  if (create) return create()
  throw new Refused(`it is packed as ${encoding.slice(0, 20)}, which is not understood`)
}

const tooLong = (maxBytes: number): Refused => new Refused(`it is longer than ${Math.floor(maxBytes / 1_048_576)} MB`)
