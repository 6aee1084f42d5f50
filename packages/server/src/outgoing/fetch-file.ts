import type { IncomingMessage } from 'node:http'
import {
  MAX_REDIRECTS,
  type Names,
  type OutgoingRequest,
  openTarget,
  Refused,
  redirectOf,
  systemNames,
} from './open-target.ts'
import { type FileStream, type StreamLimits, streamFile } from './stream-file.ts'
import { wordsOf } from './words.ts'

export interface FetchLimits {
  readonly allowPrivateTargets: boolean
  /** For the look-up of a name and the connection. */
  readonly connectMs: number
  /** Until all of it is here, or until status and headers of what is streamed are. */
  readonly totalMs: number
  readonly maxBytes: number
  /** Asked before bytes are held; false means that there is no room for them. */
  readonly take?: (bytes: number) => boolean
  /** What to hand on as it comes, by its content type, and how long that may take; without it everything is held. */
  readonly streaming?: Omit<StreamLimits, 'maxBytes'> & { readonly isStreamed: (contentType: string) => boolean }
}

/** What was fetched, whole or on its way, or why nothing was, in words for people. */
export type FetchedFile =
  | { readonly ok: true; readonly url: string; readonly contentType: string; readonly body: Buffer | FileStream }
  | { readonly ok: false; readonly reason: string }

/**
 * Fetches a file that somebody configured, following redirects. Never throws. Private addresses are refused on every hop
 * unless allowed; an answer that is too long, too slow or no success is none. What is streamed may still break off.
 */
export async function fetchFile(
  url: string,
  headers: Readonly<Record<string, string>>,
  limits: FetchLimits,
  names: Names = systemNames,
): Promise<FetchedFile> {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), limits.totalMs)
  const { signal } = timeout
  // Else we would have to unpack what others packed, and a small answer may unpack to a giant.
  const wanted = { ...headers, 'accept-encoding': 'identity' }
  let request: OutgoingRequest = { method: 'GET', url, headers: wanted, body: null }
  try {
    for (let hops = 0; ; hops++) {
      const answer = await openTarget(request, { ...limits, names, signal })
      const status = answer.statusCode ?? 0
      const next = redirectOf(request, { status, location: answer.headers.location ?? '' })
      if (next === null) {
        const contentType = answer.headers['content-type'] ?? ''
        return { ok: true, url: request.url, contentType, body: await bodyOf(answer, status, contentType, limits) }
      }
      answer.destroy()
      if (hops === MAX_REDIRECTS) throw new Refused(`it redirects more than ${MAX_REDIRECTS} times`)
      request = next
    }
  } catch (error) {
    const words = signal.aborted ? `no answer within ${limits.totalMs / 1000} seconds` : wordsOf(error)
    return { ok: false, reason: words }
  } finally {
    clearTimeout(timer)
  }
}

async function bodyOf(
  answer: IncomingMessage,
  status: number,
  contentType: string,
  { maxBytes, totalMs, take, streaming }: FetchLimits,
): Promise<Buffer | FileStream> {
  try {
    if (status < 200 || status > 299) throw new Refused(`it answered with status ${status}`)
    const times = streaming?.isStreamed(contentType) ? streaming : null
    const file = streamFile(answer, { maxBytes, ...(times ?? { idleMs: totalMs, streamMs: totalMs }) })
    // Nothing is no file, and callers see it only in what they have whole.
    return times && file.length !== 0 ? file : await readWhole(file, take)
  } catch (error) {
    answer.destroy()
    throw error
  }
}

async function readWhole({ stream, ended }: FileStream, take: FetchLimits['take']): Promise<Buffer> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stream) {
      if (!Buffer.isBuffer(chunk)) continue
      if (take?.(chunk.length) === false) throw new Refused('too much is being fetched at this moment')
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof Refused) throw error
    throw new Refused((await ended) ?? wordsOf(error))
  }
  return Buffer.concat(chunks)
}
