import { type ConversionFacts, currencyWarning } from '@trackyard/core/postbacks/conversion-facts.ts'
import { judgeAttempt, retryAfterMs, type Verdict } from '@trackyard/core/postbacks/judge-attempt.ts'
import type { Occasion } from '@trackyard/core/postbacks/outgoing-postbacks.ts'
import { type PostbackRequest, withoutSecrets } from '@trackyard/core/postbacks/plan-postback-request.ts'
import type { OutgoingReply } from '../../outgoing/send-request.ts'
import { toLine } from '../../stores/events/line.ts'
import type { Directory, ReadyPostback } from './directory.ts'
import { readOccasion } from './occasion.ts'
import type { Job, Settled } from './queue.ts'
import { webhookHeaders } from './sign.ts'

/** What an attempt means for the job and for the others of its lane. */
export interface Delivered {
  readonly settled: Settled
  readonly outcome: Outcome
  /** Whether the receiver is well; null when it was not asked. */
  readonly isHealthy: boolean | null
  /** For how long it wants to be left alone. */
  readonly pauseMs: number
}
export type Outcome = 'delivered' | 'retrying' | 'failed' | 'gone' | 'refused' | 'skipped'

export interface DeliverDeps {
  readonly directory: Pick<Directory, 'find' | 'facts'>
  send(request: PostbackRequest, timeoutMs: number): Promise<OutgoingReply>
  /** The receiver answered that it is gone. */
  disable(postback: ReadyPostback): Promise<void>
  nowMs(): number
  /** From 0 to below 1. */
  random(): number
}

/** Behind a receiver that is dead messages wait; what is older than this interests nobody and would fill the disk. */
const MAX_AGE_MS = 3 * 86_400_000

/** Makes one attempt. Rejects only when the configuration cannot be read; then it was not made. */
export async function deliver(job: Job, deps: DeliverDeps): Promise<Delivered> {
  const { directory, nowMs } = deps
  const occasion = readOccasion(job.occasion)
  const postback = await directory.find(job.lane)
  const end = (outcome: Outcome, reason: string): Delivered => {
    const about = occasion ?? { click: {}, conversion: {} }
    const logLine = lineOf({ job, occasion: about, outcome, reason, atMs: nowMs(), attempt: 0 })
    return { settled: { job, nextDueMs: null, logLine }, outcome, isHealthy: null, pauseMs: 0 }
  }
  if (!occasion) return end('failed', 'what it was to tell cannot be read')
  if (!postback) return end('skipped', 'the postback was deleted')
  const unsent = whyNot(postback, job, nowMs())
  if (unsent) return end(...unsent)
  const facts = await directory.facts(occasion, nowMs())
  const planned = postback.compiled(facts)
  const signed = webhookHeaders({ id: job.id, body: planned.body }, postback.signingKey, nowMs())
  const request = { ...planned, headers: { ...planned.headers, ...signed } }
  const startedAt = performance.now()
  const reply = await deps.send(request, postback.timeoutMs)
  const durationMs = Math.round(performance.now() - startedAt)
  const atMs = nowMs()
  const { status } = reply
  const retryAfter = reply.retryAfter ?? ''
  const tries = job.tries + 1
  const verdict = judgeAttempt(
    { status, retryAfter, isRefused: reply.isForbidden === true },
    { tries, delaysSeconds: postback.delaysSeconds, nowMs: atMs, chance: deps.random() },
  )
  if (verdict.kind === 'gone') await deps.disable(postback)
  const nextDueMs = verdict.kind === 'retry' ? atMs + verdict.afterMs : null
  const outcome = reply.isForbidden ? 'refused' : verdict.kind === 'retry' ? 'retrying' : verdict.kind
  const logLine = lineOf({
    ...{ job, occasion, outcome, atMs, attempt: tries, durationMs, reply, nextDueMs },
    reason: [reasonOf(reply, verdict, tries), ...remarks(postback, facts)].join('; '),
    request: withoutSecrets(request, postback.plan.key),
  })
  const isHealthy = status !== null && status < 500 && status !== 429
  const pauseMs = isHealthy ? 0 : retryAfterMs(retryAfter, atMs)
  return { settled: { job, nextDueMs, logLine }, outcome, isHealthy, pauseMs }
}

function whyNot(postback: ReadyPostback, { madeMs }: Job, nowMs: number): [Outcome, string] | null {
  if (postback.isOff !== null) return ['skipped', postback.isOff]
  if (nowMs - madeMs > MAX_AGE_MS) return ['failed', 'it waited for more than three days']
  if (postback.signingSecret !== '' && postback.signingKey === null)
    return ['refused', 'the signing secret cannot be read here: set it again']
  return postback.host === ''
    ? ['refused', 'the URL does not begin with http:// or https:// and a host without macros']
    : null
}

function reasonOf({ status, error }: OutgoingReply, verdict: Verdict, tries: number): string {
  const what = error ?? `the receiver answered with status ${status}`
  if (verdict.kind === 'retry') return `${what}; it is tried again in ${Math.ceil(verdict.afterMs / 1000)} s`
  if (verdict.kind === 'gone') return `${what}, which says that it is gone for good: the postback is switched off`
  if (verdict.kind === 'delivered') return what
  return `${what}; given up after ${tries === 1 ? 'one try' : `${tries} tries`}`
}

/** What the receiver may stumble over. */
function remarks({ plan }: ReadyPostback, facts: ConversionFacts): string[] {
  const money = plan.currency === null ? null : currencyWarning(facts, plan.currency)
  return [
    ...(/\{_?external_id\}/i.test(plan.url) && !facts.click.external_id
      ? ['the click has no external_id, so the receiver may not know which of its clicks is meant']
      : []),
    ...(money === null ? [] : [money]),
  ]
}

interface LineParts {
  readonly job: Job
  readonly occasion: Occasion
  readonly outcome: Outcome
  readonly reason: string
  readonly atMs: number
  readonly attempt: number
  readonly request?: PostbackRequest
  readonly reply?: OutgoingReply
  readonly durationMs?: number
  readonly nextDueMs?: number | null
}

const MAX_BODY_CHARS = 4000

function lineOf({ job, occasion, request, reply, ...more }: LineParts): string {
  const { click, conversion } = occasion
  const line = {
    datetime: more.atMs,
    message_id: job.id,
    attempt: more.attempt,
    outcome: more.outcome,
    reason: more.reason,
    postback: job.lane,
    campaign_id: click.campaign_id ?? 0,
    sub_id: job.subId,
    conversion_id: conversion.conversion_id ?? '',
    status: conversion.status ?? '',
    original_status: conversion.original_status ?? '',
    tid: conversion.tid ?? '',
    revenue: conversion.revenue ?? 0,
    method: request?.method ?? '',
    url: [request?.url ?? '', ...(reply?.redirectedTo ?? [])].join(' → ').slice(0, MAX_BODY_CHARS),
    headers: request ? JSON.stringify(request.headers) : '',
    body: request?.body?.slice(0, MAX_BODY_CHARS) ?? '',
    http_status: reply?.status ?? 0,
    answer: reply?.body ?? '',
    duration_ms: more.durationMs ?? 0,
    next_try_datetime: more.nextDueMs ?? 0,
  }
  return toLine('sent_postbacks', line, more.atMs)
}
