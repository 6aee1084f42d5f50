import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import {
  MAX_REDIRECTS,
  type Names,
  type OutgoingRequest,
  openTarget,
  Refused,
  redirectOf,
  systemNames,
} from './open-target.ts'
import { wordsOf } from './words.ts'

export interface FetchLimits {
  readonly allowPrivateTargets: boolean
  /** For the look-up of a name and the connection. */
  readonly connectMs: number
  /** For everything together. */
  readonly totalMs: number
  readonly maxBytes: number
  /** Asked before bytes are held; false means that there is no room for them. */
  readonly take?: (bytes: number) => boolean
}

/** What was fetched, or why nothing was, in words for people. */
export type FetchedFile =
  | { readonly ok: true; readonly url: string; readonly contentType: string; readonly body: Buffer }
  | { readonly ok: false; readonly reason: string }

/**
 * Fetches a file that somebody configured, following redirects. Never throws. Private addresses are refused on every hop
 * unless allowed; an answer that is too long, too slow or no success is none.
 */
export async function fetchFile(
  url: string,
  headers: Readonly<Record<string, string>>,
  limits: FetchLimits,
  names: Names = systemNames,
): Promise<FetchedFile> {
  const signal = AbortSignal.timeout(limits.totalMs)
  // Else we would have to unpack what others packed, and a small answer may unpack to a giant.
  const wanted = { ...headers, 'accept-encoding': 'identity' }
  let request: OutgoingRequest = { method: 'GET', url, headers: wanted, body: null }
  try {
    for (let hops = 0; ; hops++) {
      const answer = await openTarget(request, { ...limits, names, signal })
      const status = answer.statusCode ?? 0
      const next = redirectOf(request, { status, location: answer.headers.location ?? '' })
      if (next === null) {
        if (status < 200 || status > 299) {
          answer.destroy()
          throw new Refused(`it answered with status ${status}`)
        }
        const body = await unpacked(await readBody(answer, limits), answer, limits.maxBytes)
        return { ok: true, url: request.url, contentType: answer.headers['content-type'] ?? '', body }
      }
      answer.destroy()
      if (hops === MAX_REDIRECTS) throw new Refused(`it redirects more than ${MAX_REDIRECTS} times`)
      request = next
    }
  } catch (error) {
    const words = signal.aborted ? `no answer within ${limits.totalMs / 1000} seconds` : wordsOf(error)
    return { ok: false, reason: words }
  }
}

async function readBody(answer: IncomingMessage, { maxBytes, take }: FetchLimits): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > maxBytes) throw tooLong(maxBytes)
    if (take?.(chunk.length) === false) throw new Refused('too much is being fetched at this moment')
    chunks.push(chunk)
  }
  // A connection that ends in the middle is an error of the loop above.
  return Buffer.concat(chunks)
}

const UNPACK = { gzip: promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) } as const

/** Some servers pack without being asked. */
async function unpacked(body: Buffer, { headers }: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity' || encoding === '' || body.length === 0) return body
  const unpack = encoding === 'gzip' || encoding === 'deflate' || encoding === 'br' ? UNPACK[encoding] : null
  if (unpack === null) throw new Refused(`it is packed as ${encoding.slice(0, 20)}, which is not understood`)
  try {
    return await unpack(body, { maxOutputLength: maxBytes })
  } catch (error) {
    if (error instanceof RangeError) throw tooLong(maxBytes)
    throw new Refused('what it sent cannot be unpacked')
  }
}

const tooLong = (maxBytes: number): Refused => new Refused(`it is longer than ${Math.floor(maxBytes / 1_048_576)} MB`)
