import { dayText, isCurrencyCode } from './codes.ts'
import { EURO_PARITIES } from './euro-parities.ts'

/** Rates of one day as a central bank publishes them: how many units of each currency one euro is worth. */
export interface PublishedDay {
  /** `YYYY-MM-DD`. */
  readonly day: string
  readonly perEuro: Readonly<Record<string, number>>
  /** When this installation learned them, UTC epoch milliseconds: what happened before was not converted with them. */
  readonly knownFromMs: number
}

/** A rate set by hand: one unit of `currency` is worth `rate` units of `quote`. It wins over published rates. */
export interface RateOverride {
  readonly currency: string
  readonly quote: string
  readonly rate: number
  /** First and last day it is for, `YYYY-MM-DD`; null: until it is withdrawn. */
  readonly fromDay: string
  readonly toDay: string | null
  readonly knownFromMs: number
  /** When it was withdrawn; what happened before was converted with it all the same. Null: it stands. */
  readonly knownUntilMs: number | null
}

/** A rate: one unit is worth so much, and what says so. */
export interface FoundRate {
  readonly rate: number
  /** `same` currency, `parity` of a currency that became the euro, `published` by a bank, `manual` by hand. */
  readonly source: 'same' | 'parity' | 'published' | 'manual'
  /** The day it is of, the older one where two rates were multiplied; '' where it holds for ever. */
  readonly day: string
}

export interface RateBook {
  /**
   * What one unit of `from` is worth in `to`, by the latest rates of the day of `atMs` or of days before it that were
   * known at `knownAtMs`; for days before all rates, the first ones. Null when there is none. The same question has
   * the same answer for ever, whatever is learned later: that is what makes a replay give the same figures.
   */
  rate(from: string, to: string, atMs: number, knownAtMs?: number): FoundRate | null
  /** Every currency that has ever had a rate, EUR included, sorted. */
  readonly currencies: readonly string[]
  /** First day with published rates, '' when there is none. */
  readonly firstDay: string
}

interface Entry {
  readonly day: string
  readonly perEuro: number
  readonly knownFromMs: number
}

const EURO = 'EUR'
/** Rates are published with six digits or fewer; more digits only carry the noise of dividing. */
const DIGITS = 12

/** Prepares rates for looking up. Later entries of a day win over earlier ones once they are known. */
export function openRateBook(published: readonly PublishedDay[], overrides: readonly RateOverride[] = []): RateBook {
  const entries = byCurrency(published)
  const setByHand = new Set(overrides.map(({ currency }) => currency))
  const newestFirst = [...overrides].sort((a, b) => b.knownFromMs - a.knownFromMs)

  const perEuro = (currency: string, day: string, knownAtMs: number): FoundRate | null => {
    if (currency === EURO) return { rate: 1, source: 'same', day: '' }
    const parity = EURO_PARITIES[currency]
    const list = entries.get(currency) ?? []
    if (parity && (day >= parity.since || list.length === 0)) return { rate: parity.perEuro, source: 'parity', day: '' }
    const isKnown = (entry: Entry): boolean => entry.knownFromMs <= knownAtMs
    // Almost every question is about today, which is at the end.
    const found = list.findLast((entry) => entry.day <= day && isKnown(entry)) ?? list.find(isKnown)
    return found ? { rate: found.perEuro, source: 'published', day: found.day } : null
  }

  /** Of the end of a chain of overrides; where nothing is published for it, by a currency that the chain begins with. */
  const endPerEuro = (end: string, manual: Overrides, day: string, knownAtMs: number): FoundRate | null => {
    const own = perEuro(end, day, knownAtMs)
    if (own) return own
    for (const currency of manual.keys()) {
      const chain = follow(manual, currency)
      const found = chain.end === end ? perEuro(currency, day, knownAtMs) : null
      if (found) return { ...found, rate: found.rate * chain.factor }
    }
    return null
  }

  const find = (from: string, to: string, day: string, knownAtMs: number): FoundRate | null => {
    if (from === to) return { rate: 1, source: 'same', day: '' }
    const manual = inForce(newestFirst, day, knownAtMs)
    const ours = follow(manual, from)
    const theirs = follow(manual, to)
    const isManual = manual.has(from) || manual.has(to)
    if (ours.end === theirs.end) return { rate: ours.factor / theirs.factor, source: 'manual', day }
    const a = endPerEuro(ours.end, manual, day, knownAtMs)
    const b = endPerEuro(theirs.end, manual, day, knownAtMs)
    if (!a || !b) return null
    const [older = ''] = [a.day, b.day].filter((one) => one !== '').sort()
    const rate = (ours.factor * b.rate) / (theirs.factor * a.rate)
    if (isManual) return { rate, source: 'manual', day: older || day }
    return { rate, source: older ? 'published' : 'parity', day: older }
  }

  return {
    rate(from, to, atMs, knownAtMs = atMs) {
      const found = find(from, to, dayText(atMs), knownAtMs)
      return found && { ...found, rate: Number(found.rate.toPrecision(DIGITS)) }
    },
    currencies: [...new Set([EURO, ...Object.keys(EURO_PARITIES), ...entries.keys(), ...setByHand])].sort(),
    firstDay: published.reduce((first, { day }) => (first === '' || day < first ? day : first), ''),
  }
}

function byCurrency(published: readonly PublishedDay[]): ReadonlyMap<string, readonly Entry[]> {
  const entries = new Map<string, Entry[]>()
  const inOrder = [...published].sort((a, b) => compare(a.day, b.day) || a.knownFromMs - b.knownFromMs)
  for (const { day, perEuro, knownFromMs } of inOrder) {
    for (const [currency, rate] of Object.entries(perEuro)) {
      if (!(rate > 0) || !Number.isFinite(rate) || !isCurrencyCode(currency)) continue
      const list = entries.get(currency)
      if (list) list.push({ day, perEuro: rate, knownFromMs })
      else entries.set(currency, [{ day, perEuro: rate, knownFromMs }])
    }
  }
  return entries
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** By the currency they are of. */
type Overrides = ReadonlyMap<string, RateOverride>

/**
 * The overrides of a day by the currency they are of. The one set last wins, also over older ones that say the
 * opposite: with GBP = 1.3 USD set after USD = 0.9 GBP, only the first counts, so there and back is the same amount.
 */
function inForce(newestFirst: readonly RateOverride[], day: string, knownAtMs: number): Overrides {
  const found = new Map<string, RateOverride>()
  for (const one of newestFirst) {
    const holds =
      one.fromDay <= day &&
      (one.toDay === null || day <= one.toDay) &&
      one.knownFromMs <= knownAtMs &&
      (one.knownUntilMs === null || knownAtMs < one.knownUntilMs)
    if (holds && !found.has(one.currency) && follow(found, one.quote).end !== one.currency) found.set(one.currency, one)
  }
  return found
}

/** Goes from override to override: one unit of `currency` is worth `factor` of `end`, which has no override. */
function follow(manual: Overrides, currency: string): { factor: number; end: string } {
  let [factor, end] = [1, currency]
  for (let one = manual.get(end); one; one = manual.get(end)) {
    factor *= one.rate
    end = one.quote
  }
  return { factor, end }
}
