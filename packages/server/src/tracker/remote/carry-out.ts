import type { IncomingHttpHeaders } from 'node:http'
import type { FetchReply, FinalReply } from '@trackyard/core/actions/action.ts'
import { decodePage } from '../../local-page-files.ts'
import { type Log, messageOf } from '../../log.ts'
import { type FetchedFile, type FetchLimits, fetchFile } from '../../outgoing/fetch-file.ts'
import type { TrackerMetrics } from '../metrics.ts'

const LIMITS = { connectMs: 3000, totalMs: 10_000, maxBytes: 5 * 1_048_576 } as const
/** Fetches at one time, from one host and together, and bytes they may hold: slow sites must not fill the memory. */
const MAX_AT_ONCE = 256
const MAX_FROM_HOST = 128
const MAX_HELD_BYTES = 64 * 1_048_576
/** Marks what we fetch, so that a campaign which shows itself does not fetch for ever. */
const MARK = 'x-trackyard-fetch'
const MAX_NOTED_URL = 1500
const MS_BETWEEN_LOG_LINES = 60_000

/** What an action left to be sent; a fetched file has bytes for a body. */
export type Settled = FinalReply | (Omit<FinalReply & { kind: 'page' }, 'body'> & { readonly body: Buffer })

/**
 * Carries out what an action could not do by itself, then calls `done`, once; `headers` are those of the visitor. Whatever
 * goes wrong, the visitor gets the fallback: it is counted and logged, and the destination that is recorded tells why.
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
      warn(host, reason)
      return noted(reply, reason)
    }
    if (visitor[MARK] !== undefined) return fail('the campaign shows itself')
    const fromHost = running.get(host) ?? 0
    if (total >= MAX_AT_ONCE || fromHost >= MAX_FROM_HOST) return fail('too much is being fetched at this moment')
    metrics.fetches.inc()
    total++
    running.set(host, fromHost + 1)
    let taken = 0
    const take = (bytes: number): boolean => {
      if (held + bytes > MAX_HELD_BYTES) return false
      held += bytes
      taken += bytes
      return true
    }
    try {
      const headers = { ...reply.request.headers, [MARK]: '1' }
      const fetched = await fetch(url, headers, { ...LIMITS, allowPrivateTargets, take })
      if (!fetched.ok) return fail(fetched.reason)
      return finished(reply, fetched) ?? fail('what it sent is of no use here')
    } catch (error) {
      return fail(messageOf(error))
    } finally {
      total--
      held -= taken
      const left = (running.get(host) ?? 1) - 1
      if (left === 0) running.delete(host)
      else running.set(host, left)
    }
  }

  return (reply, headers, done) => {
    void settle(reply, headers).then(done)
  }
}

function finished(reply: FetchReply, { url, contentType, body }: FetchedFile & { ok: true }): Settled | null {
  if (!reply.takesFiles || isText(contentType))
    return reply.finish({ url, contentType, text: decode(body, contentType) })
  // Nothing of it is read, and nothing of it may be taken for a page of ours.
  const headers = { 'Content-Type': contentType.replace(/[^\x20-\x7e]/g, ''), 'X-Content-Type-Options': 'nosniff' }
  return { kind: 'page', status: 200, headers, body, destination: reply.destination }
}

const isText = (type: string): boolean =>
  type === '' || /^(?:text\/|application\/(?:xhtml\+xml|xml|json|javascript)\b)/i.test(type)

/** As the header says, else as the page says. */
function decode(body: Buffer, contentType: string): string {
  const charset = /\bcharset\s*=\s*["']?([\w-]+)/i.exec(contentType)?.[1]
  if (charset === undefined) return decodePage(body)
  try {
    return new TextDecoder(charset).decode(body)
  } catch {
    return decodePage(body)
  }
}

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
function createWarning(log: Log): (host: string, reason: string) => void {
  const lastMs = new Map<string, number>()
  return (host, reason) => {
    const nowMs = performance.now()
    if (nowMs - (lastMs.get(host) ?? Number.NEGATIVE_INFINITY) < MS_BETWEEN_LOG_LINES) return
    if (lastMs.size > 1000) lastMs.clear()
    lastMs.set(host, nowMs)
    log.warn('a page could not be fetched for visitors; they see the fallback', { host, reason })
  }
}
