import type { IncomingMessage } from 'node:http'
import {
  Forbidden,
  type KeptConnections,
  MAX_REDIRECTS,
  type Names,
  type OutgoingRequest,
  openTarget,
  Refused,
  redirectOf,
  StaleConnection,
  systemNames,
} from './open-target.ts'
import { decodeStart, decodeText } from './text-decoder.ts'
import { wordsOf } from './words.ts'

export interface OutgoingLimits {
  readonly allowPrivateTargets: boolean
  /** For everything together: look-ups, redirects and the answer. */
  readonly timeoutMs: number
  /** What is read of the answer; the rest is not waited for. */
  readonly maxBodyBytes: number
  /** Without them every request has a connection of its own. */
  readonly connections?: KeptConnections
}

/** What came back, or why nothing did. */
export interface OutgoingReply {
  /** Null when there was no answer. */
  readonly status: number | null
  readonly body: string
  /** In words, null when an answer came. */
  readonly error: string | null
  /** Where the answer came from, when redirects led elsewhere. */
  readonly redirectedTo: readonly string[]
  /** The header of that name, when the answer has one. */
  readonly retryAfter?: string
  /** Set when we did not ask because we must not. */
  readonly isForbidden?: true
}

/**
 * Sends a request that somebody configured. Never throws. A host is looked up once and the connection goes to the
 * address that was judged, so a name cannot change in between; private addresses are refused on every hop unless
 * allowed. Headers and body do not follow a redirect to another origin: they may hold secrets.
 */
export async function sendRequest(
  request: OutgoingRequest,
  limits: OutgoingLimits,
  names: Names = systemNames,
): Promise<OutgoingReply> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), limits.timeoutMs)
  const { signal } = late
  const redirectedTo: string[] = []
  let current = request
  try {
    for (;;) {
      const reply = await sendOnce(current, limits, names, signal)
      const next = redirectOf(current, reply)
      if (next === null) {
        const retryAfter = reply.retryAfter === '' ? {} : { retryAfter: reply.retryAfter }
        return { status: reply.status, body: reply.body, error: null, redirectedTo, ...retryAfter }
      }
      if (redirectedTo.length === MAX_REDIRECTS) throw new Refused(`it redirects more than ${MAX_REDIRECTS} times`)
      redirectedTo.push(next.url)
      current = next
    }
  } catch (error) {
    const words = signal.aborted ? `no answer within ${limits.timeoutMs / 1000} seconds` : wordsOf(error)
    const isForbidden = error instanceof Forbidden ? { isForbidden: true as const } : {}
    return { status: null, body: '', error: words, redirectedTo, ...isForbidden }
  } finally {
    clearTimeout(timer)
  }
}

interface Reply {
  readonly status: number
  readonly location: string
  readonly retryAfter: string
  readonly body: string
}

async function sendOnce(
  request: OutgoingRequest,
  { allowPrivateTargets, maxBodyBytes, connections }: OutgoingLimits,
  names: Names,
  signal: AbortSignal,
): Promise<Reply> {
  const options = { allowPrivateTargets, names, signal, connections }
  try {
    return await readReply(await openTarget(request, options), maxBodyBytes)
  } catch (error) {
    // Nobody read it, so it may be sent once more, by a connection that is surely new.
    if (!(error instanceof StaleConnection)) throw error
    return readReply(await openTarget(request, { ...options, connections: undefined }), maxBodyBytes)
  }
}

function readReply(response: IncomingMessage, maxBodyBytes: number): Promise<Reply> {
  return new Promise((done, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let isRead = false
    const finish = () => {
      isRead = true
      const { location = '', 'retry-after': retryAfter = '', 'content-type': type = '' } = response.headers
      const bytes = Buffer.concat(chunks)
      const body = size > maxBodyBytes ? decodeStart(bytes.subarray(0, maxBodyBytes), type) : decodeText(bytes, type)
      done({ status: response.statusCode ?? 0, location, retryAfter, body })
    }
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size <= maxBodyBytes) return
      finish()
      response.destroy()
    })
    response.once('end', finish)
    response.once('error', reject)
    response.once('close', () => {
      // Comes after every answer, and making an error takes longer than reading one.
      if (!isRead) reject(new Refused('the connection was closed in the middle of the answer'))
    })
  })
}
