import type { Original } from '../currency/exchange.ts'
import { CONVERSION_COUNTERS, REVENUE_BUCKETS } from '../events/click-columns.ts'
import type { Micros } from '../money.ts'
import { canonicalJson } from './canonical-json.ts'
import { type CustomStatus, sumsOf } from './custom-status.ts'
import { compareFacts, type Fact, type SetFact } from './facts.ts'
import type { Folded } from './fold-facts.ts'
import { isStatus, statuses } from './statuses.ts'

/** One conversion of a click as it stands. Money in micros, times in epoch milliseconds. */
export interface Conversion {
  /** Number on the click, from 1; with the sub id it makes the conversion's id. */
  readonly ordinal: number
  readonly tid: string
  readonly status: string
  /** What the status means when it is one of the user's own. */
  readonly custom: CustomStatus | null
  readonly previousStatus: string
  readonly originalStatus: string
  /** In the currency of the click. */
  readonly revenueMicros: Micros
  /** What it was before it was converted, null when it came in that currency. */
  readonly original: Original | null
  readonly postbackAtMs: number
  /** 0 while it never was a sale. */
  readonly saleAtMs: number
  /** Everything received, later values over earlier. */
  readonly params: Readonly<Record<string, string>>
  /** What it was worked out from. */
  readonly facts: readonly Fact[]
  /** Spool position of the last event applied. */
  readonly seq: number
}

/** More facts than any network tells of one conversion; beyond it, and beyond so much text, the older ones are summed up. */
const MAX_FACTS = 40
const MAX_FACTS_CHARS = 60_000
/** A stage that nothing told too late can undercut: the money was set. */
const SETTLED_STAGE = 99

/** Its facts; for one of a version that kept none, that it is as it is. */
export const factsOf = (conversion: Conversion): readonly Fact[] =>
  conversion.facts.length > 0
    ? conversion.facts
    : [setTo(conversion, conversion.postbackAtMs, conversion.seq, [conversion.tid])]

/** The fact that a conversion became what it is now at a moment, whatever was before. */
export function setTo(conversion: Conversion, atMs: number, seq: number, tids: readonly string[]): SetFact {
  const { ordinal: _ordinal, facts: _facts, seq: _seq, ...state } = conversion
  return {
    kind: 's',
    seq,
    atMs,
    tids: [...new Set([...tids, state.tid])],
    state: { ...state, paidStage: SETTLED_STAGE },
  }
}

/** Every transaction id a conversion was told under. */
export const tidsOf = (conversion: Conversion): readonly string[] =>
  factsOf(conversion).flatMap((fact) => (fact.kind === 's' ? fact.tids : [fact.tid]))

/**
 * Conversions from what facts make of them. Each keeps its number, as that is part of its id; of several that turn out
 * to be one the lowest stays.
 */
export function toConversions(folded: readonly Folded[], known: readonly Conversion[], seq: number): Conversion[] {
  const taken = new Set<number>()
  let next = nextOrdinal(known)
  return folded.map((one) => {
    const ordinal = one.ordinals.find((each) => !taken.has(each)) ?? next++
    taken.add(ordinal)
    const { paidStage: _, ...state } = one.state
    return { ordinal, ...state, facts: withinBounds(one), seq }
  })
}

function withinBounds({ steps, tids }: Folded): readonly Fact[] {
  const facts = steps.map(({ fact }) => fact)
  const isTooMuch = facts.length > MAX_FACTS || JSON.stringify(facts).length > MAX_FACTS_CHARS
  const half = steps[Math.floor((steps.length - 1) / 2)]
  if (!isTooMuch || !half || steps.length === 1) return facts
  const { seq, atMs } = half.fact
  return [{ kind: 's', seq, atMs, tids: [...tids], state: half.after }, ...facts.slice(steps.indexOf(half) + 1)]
}

/** The conversions of a click, by number, after some were written and others removed. */
export function afterwards(
  before: readonly Conversion[],
  { stored, removed }: { readonly stored: readonly Conversion[]; readonly removed: readonly Conversion[] },
): Conversion[] {
  const gone = new Set([...stored, ...removed].map(({ ordinal }) => ordinal))
  return [...before.filter(({ ordinal }) => !gone.has(ordinal)), ...stored].sort((a, b) => a.ordinal - b.ordinal)
}

/** One past the highest, not the number of them: some may have been removed. */
export const nextOrdinal = (conversions: readonly Conversion[]): number =>
  Math.max(0, ...conversions.map((one) => one.ordinal)) + 1

/** Without anything that was received along with it: what tells repetitions, order and money is kept. */
export const withoutParams = (conversion: Conversion): Conversion => ({
  ...conversion,
  params: {},
  facts: conversion.facts.map((fact) =>
    fact.kind === 's' ? { ...fact, state: { ...fact.state, params: {} } } : { ...fact, params: {} },
  ),
})

/** What a click's conversions add up to: counters, money buckets and the flags of the main conversion. */
export function foldConversions(conversions: readonly Conversion[]): Record<string, number> {
  const totals: Record<string, number> = { is_lead: 0, is_sale: 0, is_rejected: 0 }
  for (const name of [...CONVERSION_COUNTERS, ...REVENUE_BUCKETS]) totals[name] = 0
  for (const conversion of conversions) {
    const { counters, buckets } = sumsOf(conversion)
    for (const counter of counters) totals[counter] = (totals[counter] ?? 0) + 1
    for (const bucket of buckets) totals[bucket] = (totals[bucket] ?? 0) + conversion.revenueMicros
  }
  const main = mainOf(conversions)
  const flag = main && isStatus(main.status) ? statuses[main.status].clickFlag : null
  if (flag) totals[flag] = 1
  return totals
}

/** The conversion that stands for the click: the one that began first. */
const mainOf = (conversions: readonly Conversion[]): Conversion | undefined =>
  conversions.toSorted(compareBeginnings)[0]

function compareBeginnings(a: Conversion, b: Conversion): number {
  const [first, second] = [a.facts[0], b.facts[0]]
  return a.postbackAtMs - b.postbackAtMs || (first && second ? compareFacts(first, second) : 0) || a.ordinal - b.ordinal
}

/** Whether two are equal in everything but the event that was applied last. */
export const isSameState = (a: Conversion, b: Conversion): boolean =>
  a.facts.length === b.facts.length && stateText(a) === stateText(b)

const stateText = ({ seq: _, ...conversion }: Conversion): string => canonicalJson(conversion)
