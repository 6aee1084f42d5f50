import type { MoneyReader } from '../currency/exchange.ts'
import type { PostbackEvent } from '../events/spool-event.ts'
import { type Conversion, factsOf, isSameState, toConversions } from './conversion.ts'
import { compareFacts, type Fact, type PostbackFact, repetitionsOf } from './facts.ts'
import { foldFacts, type KeptFact, mayBeAdditional } from './fold-facts.ts'
import { type OfferTerms, payoutOf, payoutWarnings } from './payout.ts'
import { type ReadPostback, readPostback, readSlot } from './read-postback.ts'

export interface PostbackResult {
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'refused' | 'ignored'
  /** In words, for the postback log. */
  readonly reason: string
  readonly read: ReadPostback
  /** The conversion that was created or changed. */
  readonly changed: Conversion | null
  /**
   * Conversions to be written, the one the postback is about last. What a postback said is kept even if it changed
   * nothing, so that its repetition is known; and one that is dated may change the conversions that follow it.
   */
  readonly stored: readonly Conversion[]
  /** Conversions that turned out to be part of another one. */
  readonly removed: readonly Conversion[]
  /** Free parameters of the click that it sets. */
  readonly slots: Readonly<Record<string, string>>
}

/**
 * What a postback does to the conversions of its click (the decision table of reference conversions-and-reports §3.2).
 * Pure: the same list and postback give the same result, and a postback that is in the list already changes nothing.
 * `money` reads amounts into the currency of the click; `clickAtMs` is when the click came.
 */
export function applyPostback(
  conversions: readonly Conversion[],
  event: PostbackEvent,
  seq: number,
  offer: OfferTerms | null,
  money: MoneyReader,
  clickAtMs = 0,
): PostbackResult {
  const read = readPostback(event.params, event.custom, event.meant)
  const { status } = read
  if (status === null) {
    const reason = `status "${read.originalStatus}" is in ignore_status`
    return { outcome: 'ignored', reason, read, changed: null, stored: [], removed: [], slots: {} }
  }
  const payout = payoutOf(read, offer, money)
  const warnings = [...read.warnings, ...payoutWarnings(read, offer, payout, money.currency)]
  const when = timeOf(read, event, clickAtMs, warnings)
  const told: PostbackFact = {
    ...{ kind: 'p', seq, ...when, untilMs: when.atMs },
    ...{ status, custom: read.custom, word: read.originalStatus, tid: read.tid },
    payout: payout && { micros: payout.micros, original: payout.original },
    key: keyOf(read, status, event.params.cost),
    splits: offer?.payout_upsell === true,
    params: event.params,
  }
  const result = learn(conversions, told, seq)
  const { outcome, changed, stored, removed } = result
  return {
    ...{ outcome, changed, stored, removed, read },
    reason: [result.reason, ...warnings].join('; '),
    slots: result.isKnown ? {} : slotsAfter(read, result.facts),
  }
}

/** Adds a fact to what is known of a click and works its conversions out anew. */
function learn(conversions: readonly Conversion[], told: PostbackFact, seq: number) {
  const kept: readonly KeptFact[] = conversions.flatMap((one) =>
    factsOf(one).map((fact) => ({ fact, ordinal: one.ordinal })),
  )
  const facts = kept.map(({ fact }) => fact)
  const repeated = new Set<Fact>(repetitionsOf(told, facts))
  const fact = merged([
    told,
    ...kept.flatMap((one) => (one.fact.kind === 'p' && repeated.has(one.fact) ? one.fact : [])),
  ])
  const ordinal = kept.find((one) => repeated.has(one.fact))?.ordinal ?? null
  const folded = foldFacts([...kept.filter((one) => !repeated.has(one.fact)), { fact, ordinal }])
  const next = toConversions(folded, conversions, seq)
  const place = folded.findIndex(({ steps }) => steps.some((step) => step.fact === fact))
  const about = next[place]
  const before = conversions.find((one) => one.ordinal === about?.ordinal) ?? null
  const isNews = (one: Conversion): boolean => {
    const known = conversions.find((each) => each.ordinal === one.ordinal)
    return !known || !isSameState(known, one)
  }
  const stored = next.filter((one) => one !== about && isNews(one))
  if (about && isNews(about)) stored.push(about)
  const removed = conversions.filter((one) => !next.some((each) => each.ordinal === one.ordinal))
  const isVisible = about !== undefined && (before === null || !looksTheSame(before, about))
  const refusal = folded[place]?.refusals.get(fact)
  return {
    ...{ stored, removed: removed.map((one) => ({ ...one, seq })) },
    facts: [...facts.filter((one) => !repeated.has(one)), fact],
    // One that is dated earlier than what it repeats is news of when that was.
    isKnown: repeated.size > 0 && [...repeated].every(({ atMs }) => atMs === fact.atMs),
    changed: isVisible ? about : null,
    ...inWords(before, about, isVisible, fact, repeated.size > 0, refusal),
  }
}

function inWords(
  before: Conversion | null,
  after: Conversion | undefined,
  isVisible: boolean,
  fact: PostbackFact,
  isRepetition: boolean,
  refusal: string | undefined,
): Pick<PostbackResult, 'outcome' | 'reason'> {
  if (!after || (isRepetition && !isVisible))
    return { outcome: 'unchanged', reason: `repeats what was told at ${timeText(fact.atMs)}${sinceThen(after, fact)}` }
  if (before === null) return { outcome: 'created', reason: `new conversion: ${after.status}` }
  if (refusal !== undefined && !isVisible) return { outcome: 'refused', reason: refusal }
  if (!isVisible) return { outcome: 'unchanged', reason: `already ${after.status} with this payout` }
  const reason = changesInWords(before, after, fact)
  return { outcome: 'updated', reason: refusal === undefined ? reason : `${refusal}, but it told the ${reason}` }
}

/** Else a sale that was rejected and approved again within a day seems to be lost without a reason. */
function sinceThen(now: Conversion | undefined, fact: PostbackFact): string {
  if (!now || mayBeAdditional(now) || !mayBeAdditional(fact)) return ''
  return `; it became ${now.status} since, which stands, as the same within 24 hours is no news`
}

function changesInWords(before: Conversion, after: Conversion, sent: PostbackFact): string {
  const words: string[] = []
  if (after.status !== before.status) words.push(`${before.status} → ${after.status}`)
  else if (after.revenueMicros !== before.revenueMicros) words.push('payout changed')
  if (after.tid !== before.tid) {
    if (before.tid === '') words.push(`tid is now ${after.tid}`)
    else words.push(`tid ${after.tid} replaces tid ${before.tid}`)
    // Else the first of two sales is gone and nobody knows why.
    const isOverwritten = before.tid !== '' || (after.status === before.status && words.includes('payout changed'))
    if (isOverwritten && !sent.splits && mayBeAdditional(sent))
      words.push('set payout_upsell on the offer to keep both')
  }
  return words.join('; ')
}

const looksTheSame = (a: Conversion, b: Conversion): boolean =>
  a.status === b.status && a.revenueMicros === b.revenueMicros && a.tid === b.tid

/** Several tellings of one fact: what the first said, at the rate of then, and how long it was told. */
function merged(same: readonly PostbackFact[]): PostbackFact {
  const [first] = same.toSorted(
    (a, b) => compareFacts(a, b) || compareText(JSON.stringify(a.params), JSON.stringify(b.params)),
  )
  // Those that the network dated have one time, but came on days that have each their rate.
  const [received] = same.toSorted((a, b) => compareFacts(a, b) || a.seq - b.seq)
  if (!first || !received) throw new Error('There is always the fact that was told just now')
  const { seq, payout } = received
  return { ...first, seq, payout, untilMs: Math.max(...same.map(({ untilMs }) => untilMs)) }
}

/** Postbacks with the same of these say the same; amounts as they were sent, because rates differ from day to day. */
const keyOf = (read: ReadPostback, status: string, cost = ''): string =>
  JSON.stringify([
    ...[status, read.tid, read.payoutMicros, read.currency, ...Object.entries(read.slots).flat()],
    ...(cost === '' ? [] : ['cost', cost]),
  ])

/** Parts of a minute by which clocks of networks are ahead of ours. */
const CLOCK_SKEW_MS = 60_000

function timeOf(
  { happenedAtMs }: ReadPostback,
  { atMs }: PostbackEvent,
  clickAtMs: number,
  warnings: string[],
): Pick<PostbackFact, 'atMs' | 'isDated'> {
  if (happenedAtMs === null) return { atMs, isDated: false }
  // Seconds are what networks tell, so the second of the click is not before it.
  const isPossible = happenedAtMs <= atMs + CLOCK_SKEW_MS && happenedAtMs >= clickAtMs - 1000
  if (isPossible) return { atMs: happenedAtMs, isDated: true }
  const why = happenedAtMs > atMs ? 'is in the future' : 'is before the click'
  warnings.push(`datetime ${timeText(happenedAtMs)} UTC ${why} and was left out; name the zone, as in 14:05:09+03:00`)
  return { atMs, isDated: false }
}

/**
 * What the click's parameters are after it: of several facts that say something of one, the latest counts. A repetition
 * says nothing new, so that it does not undo what visitors or people changed since.
 */
function slotsAfter(read: ReadPostback, facts: readonly Fact[]): Record<string, string> {
  const newestFirst = facts.filter((fact) => fact.kind === 'p').sort((a, b) => compareFacts(b, a))
  return Object.fromEntries(
    Object.entries(read.slots).map(([slot, told]) => {
      const said = newestFirst.map(({ params }) => readSlot(params, slot)).find((value) => value !== null)
      return [slot, said ?? told]
    }),
  )
}

const timeText = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
