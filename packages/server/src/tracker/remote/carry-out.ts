import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { FetchReply, FinalReply } from '@trackyard/core/actions/action.ts'
import { type Log, messageOf } from '../../log.ts'
import { type FetchedFile, type FetchLimits, fetchFile } from '../../outgoing/fetch-file.ts'
import { decodeText } from '../../outgoing/text-decoder.ts'
import type { TrackerMetrics } from '../metrics.ts'
import { begun, changed } from './page-stream.ts'

const LIMITS = { connectMs: 3000, totalMs: 10_000, maxBytes: 5 * 1_048_576 } as const
/**
 * Of files on their way to a visitor. Whoever is slow takes room from others, be it the visitor or the other server, yet
 * the longest file has to reach a phone at the edge of its network, at 17 kB a second.
 */
const STREAM_LIMITS = { idleMs: 30_000, streamMs: 300_000 } as const
/** Fetches at one time, from one host and together, and bytes they may hold: slow sites must not fill the memory. */
const MAX_AT_ONCE = 256
const MAX_FROM_HOST = 128
const MAX_HELD_BYTES = 64 * 1_048_576
/** Marks what we fetch, so that a campaign which shows itself does not fetch for ever. */
const MARK = 'x-trackyard-fetch'
const MAX_NOTED_URL = 1500
const MS_BETWEEN_LOG_LINES = 60_000

/** What an action left to be sent; what is passed on as it came has bytes for a body, or the stream of them. */
export type Settled = FinalReply | FilePage<Buffer> | FilePage<Readable>
type FilePage<Body> = Omit<FinalReply & { kind: 'page' }, 'body'> & { readonly body: Body }

/** Whether the body is still coming. Whoever does not send it has to destroy it, or the other server goes on sending. */
export const isStreamed = (reply: Settled | FetchReply): reply is FilePage<Readable> => reply.body instanceof Readable

/**
 * Carries out what an action could not do by itself, then calls `done`, once; `headers` are those of the visitor. Whatever
 * goes wrong, the visitor gets the fallback: it is counted and logged, and the destination that is recorded tells why.
 *
 * Files are passed on as they come, as soon as status and headers promise one; a page is, as soon as it was read up to the
 * end of its head, and changed on its way. When one breaks off on its way, so does what the visitor gets: it is counted and
 * logged, but by then the click is recorded. Text is held until it is whole only for those who put it into something else,
 * JSON or a script.
 */
export type CarryOut = (reply: FetchReply, headers: IncomingHttpHeaders, done: (settled: Settled) => void) => void

/** Carries out what has to be; whatever needs nothing fetched is given back at once. */
export function whenSettled<Ready extends { readonly kind: 'page' | 'redirect' | 'campaign' }>(
  reply: Ready | FetchReply,
  headers: IncomingHttpHeaders,
  carryOut: CarryOut,
  done: (settled: Ready | Settled) => void,
): void {
  if (reply.kind === 'fetch') carryOut(reply, headers, done)
  else done(reply)
}

/** For places where nothing is fetched, such as benchmarks. */
export const NO_FETCHES: CarryOut = (reply, _headers, done) => done(noted(reply, 'nothing is fetched here'))

type Fetch = (url: string, headers: Readonly<Record<string, string>>, limits: FetchLimits) => Promise<FetchedFile>

export function createCarryOut(
  allowPrivateTargets: boolean,
  metrics: Pick<TrackerMetrics, 'fetches' | 'failedFetches'>,
  log: Log,
  fetch: Fetch = fetchFile,
  pageMs: number = LIMITS.totalMs,
): CarryOut {
  const warn = createWarning(log)
  const running = new Map<string, number>()
  let total = 0
  let held = 0

  async function settle(reply: FetchReply, visitor: IncomingHttpHeaders): Promise<Settled> {
    const { url } = reply.request
    const host = hostOf(url)
    const fail = (reason: string): Settled => {
      metrics.failedFetches.inc()
      warn(host, reason, 'a page could not be fetched for visitors; they see the fallback')
      return noted(reply, reason)
    }
    if (visitor[MARK] !== undefined) return fail('the campaign shows itself')
    const fromHost = running.get(host) ?? 0
    if (total >= MAX_AT_ONCE || fromHost >= MAX_FROM_HOST) return fail('too much is being fetched at this moment')
    metrics.fetches.inc()
    total++
    running.set(host, fromHost + 1)
    let taken = 0
    const release = (): void => {
      total--
      held -= taken
      const left = (running.get(host) ?? 1) - 1
      if (left === 0) running.delete(host)
      else running.set(host, left)
    }
    const take = (bytes: number): boolean => {
      if (held + bytes > MAX_HELD_BYTES) return false
      held += bytes
      taken += bytes
      return true
    }
    const giveUpMs = performance.now() + pageMs
    let streamed: Promise<unknown> | null = null
    try {
      const headers = { ...reply.request.headers, [MARK]: '1' }
      const isText = reply.passOn ? () => false : isTextType
      const streaming = { ...STREAM_LIMITS, isStreamed: (type: string) => reply.files === 'streamed' && !isText(type) }
      const fetched = await fetch(url, headers, { ...LIMITS, allowPrivateTargets, take, streaming })
      if (!fetched.ok) return fail(fetched.reason)
      const { body, contentType } = fetched
      if (Buffer.isBuffer(body)) return finished(reply, fetched, body) ?? fail('what it sent is of no use here')
      streamed = body.ended
      const page = reply.passOn?.(fetched)
      const shown: FilePage<Readable> = page
        ? { ...pageOf(reply, page.headers), body: changed(body.stream, page.filter, contentType) }
        : filePage(reply, contentType, body.stream, body.length)
      // Until then there is a choice: a visitor who sees half a page cannot be shown the fallback.
      const failure = page ? await begun(shown.body, giveUpMs - performance.now()) : null
      if (failure !== null) return fail((await body.ended) ?? failure)
      void body.ended.then((reason) => {
        if (reason === null) return
        metrics.failedFetches.inc()
        warn(host, reason, 'a file broke off on its way to visitors')
      })
      return shown
    } catch (error) {
      return fail(messageOf(error))
    } finally {
      if (streamed) void streamed.finally(release)
      else release()
    }
  }

  return (reply, headers, done) => {
    void settle(reply, headers).then(done)
  }
}

function finished(
  reply: FetchReply,
  { url, contentType }: FetchedFile & { ok: true },
  body: Buffer,
): FinalReply | FilePage<Buffer> | null {
  if (reply.files === 'read' || isTextType(contentType))
    return reply.finish({ url, contentType, text: decodeText(body, contentType) })
  return filePage(reply, contentType, body, null)
}

/** `length` is that of a stream, when it is known; that of bytes is seen by whoever sends them. */
function filePage<Body>(reply: FetchReply, contentType: string, body: Body, length: number | null): FilePage<Body> {
  const headers = {
    // Nothing of it is read, and nothing of it may be taken for a page of ours.
    'Content-Type': contentType.replace(/[^\x20-\x7e]/g, ''),
    'X-Content-Type-Options': 'nosniff',
    ...(length === null ? {} : { 'Content-Length': String(length) }),
  }
  return { ...pageOf(reply, headers), body }
}

const pageOf = ({ destination }: FetchReply, headers: FinalReply['headers']) =>
  ({ kind: 'page', status: 200, headers, destination }) as const

const isTextType = (type: string): boolean =>
  type === '' || /^(?:text\/|application\/(?:xhtml\+xml|xml|json|javascript)\b)/i.test(type)

/** The fallback, with a word for reports on why it was shown. */
function noted({ destination, fallback }: FetchReply, reason: string): Settled {
  const url = destination.slice(0, MAX_NOTED_URL)
  const note =
    fallback.destination === ''
      ? `${url} (not shown: ${reason})`
      : `${fallback.destination} (instead of ${url}: ${reason})`
  return { ...fallback, destination: note }
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '')

/** One line a minute for a host: busy campaigns would else fill the log. */
function createWarning(log: Log): (host: string, reason: string, message: string) => void {
  const lastMs = new Map<string, number>()
  return (host, reason, message) => {
    const nowMs = performance.now()
    if (nowMs - (lastMs.get(host) ?? Number.NEGATIVE_INFINITY) < MS_BETWEEN_LOG_LINES) return
    if (lastMs.size > 1000) lastMs.clear()
    lastMs.set(host, nowMs)
    log.warn(message, { host, reason })
  }
}
