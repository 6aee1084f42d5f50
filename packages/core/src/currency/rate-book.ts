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
  const manual = Map.groupBy(
    [...overrides].sort((a, b) => b.knownFromMs - a.knownFromMs),
    ({ currency }) => currency,
  )

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

  /** `without`: currencies whose own overrides were gone through already, so that two in terms of each other end. */
  const find = (
    from: string,
    to: string,
    day: string,
    knownAtMs: number,
    without: readonly string[],
  ): FoundRate | null => {
    if (from === to) return { rate: 1, source: 'same', day: '' }
    const own = overrideOf(manual.get(from), day, knownAtMs, without)
    if (own) {
      const rest = find(own.quote, to, day, knownAtMs, [...without, from])
      return rest && { rate: own.rate * rest.rate, source: 'manual', day: rest.day || day }
    }
    const theirs = overrideOf(manual.get(to), day, knownAtMs, without)
    if (theirs) {
      const rest = find(from, theirs.quote, day, knownAtMs, [...without, to])
      return rest && { rate: rest.rate / theirs.rate, source: 'manual', day: rest.day || day }
    }
    const a = perEuro(from, day, knownAtMs)
    const b = perEuro(to, day, knownAtMs)
    if (!a || !b) return null
    const days = [a.day, b.day].filter((one) => one !== '').sort()
    return { rate: b.rate / a.rate, source: days.length > 0 ? 'published' : 'parity', day: days[0] ?? '' }
  }

  return {
    rate(from, to, atMs, knownAtMs = atMs) {
      const found = find(from, to, dayText(atMs), knownAtMs, [])
      return found && { ...found, rate: Number(found.rate.toPrecision(DIGITS)) }
    },
    currencies: [...new Set([EURO, ...Object.keys(EURO_PARITIES), ...entries.keys(), ...manual.keys()])].sort(),
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

/** Of several for the same day the one that was set last. */
const overrideOf = (
  newestFirst: readonly RateOverride[] | undefined,
  day: string,
  knownAtMs: number,
  without: readonly string[],
): RateOverride | undefined =>
  newestFirst?.find(
    (one) =>
      !without.includes(one.currency) &&
      one.fromDay <= day &&
      (one.toDay === null || day <= one.toDay) &&
      one.knownFromMs <= knownAtMs &&
      (one.knownUntilMs === null || knownAtMs < one.knownUntilMs),
  )
