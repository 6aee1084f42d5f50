import { type Micros, microsToDecimal, scaleMicros } from '../money.ts'
import { nearest } from '../nearest.ts'
import { openRateBook, type RateBook } from './rate-book.ts'

/** What an amount was before it was converted. */
export interface Original {
  readonly micros: Micros
  readonly currency: string
  /** What one unit was worth; 0 when no rate was known and the number was taken as it was. */
  readonly rate: number
}

/** An amount in the currency that was asked for. */
export interface Money {
  readonly micros: Micros
  /** Null when it came in that currency. */
  readonly original: Original | null
  /** What the user should know, in words that begin with the currency; null when there is nothing. */
  readonly warning: string | null
}

/** Reads amounts of one moment into one currency. */
export interface MoneyReader {
  /** The currency that is read into. */
  readonly currency: string
  /**
   * `currency` in capital letters; '' is the base currency of that moment. One without a rate is kept as the number it
   * is, with a warning, so that nothing a network reports is lost (reference conversions-and-reports §3.7).
   */
  read(amount: Micros, currency: string): Money
}

/** A base currency and since when it is. */
export interface BaseSince {
  readonly currency: string
  /** UTC epoch milliseconds; that of the first one does not count. */
  readonly sinceMs: number
}

/** Money of this installation: its currencies and what they are worth. */
export interface Exchange {
  /** The base currency now: what reports are in. */
  readonly base: string
  /** The base currency that rows are in when they name none: the one of the first start. */
  readonly first: string
  /** Every base currency there has been, from the first to the present one. */
  readonly bases: readonly BaseSince[]
  readonly book: RateBook
  /**
   * Reads amounts into the base currency by the rates of the day of `atMs` as they were known at `knownAtMs`, both UTC
   * epoch milliseconds. An event gives its own time for both, so that a repetition gives the same figures.
   */
  toBase(atMs: number, knownAtMs?: number): MoneyReader
  /** The same into another currency: that of a row, for what happens later to a click. */
  into(currency: string, atMs: number, knownAtMs?: number): MoneyReader
}

/** Larger amounts are not exact in code and do not fit their columns. */
const MAX_MICROS = Number.MAX_SAFE_INTEGER

/** `bases`: every base currency there has been, from the first to the present one; at least one. */
export function openExchange(book: RateBook, bases: readonly BaseSince[]): Exchange {
  const first = bases[0]?.currency ?? ''
  const baseAt = (atMs: number): string => bases.findLast(({ sinceMs }) => sinceMs <= atMs)?.currency ?? first
  const into: Exchange['into'] = (target, atMs, knownAtMs = atMs) => ({
    currency: target,
    read(amount, given) {
      const currency = given || baseAt(atMs)
      if (currency === target) return { micros: amount, original: null, warning: null }
      const found = book.rate(currency, target, atMs, knownAtMs)
      const micros = found ? scaleMicros(amount, found.rate) : amount
      if (found && Math.abs(micros) <= MAX_MICROS)
        return { micros, original: { micros: amount, currency, rate: found.rate }, warning: null }
      const why = found ? `is too much in ${target}` : unknownCurrency(currency, book)
      const warning = `${currency} ${why}: ${microsToDecimal(amount)} was taken for ${target}`
      return { micros: amount, original: { micros: amount, currency, rate: 0 }, warning }
    },
  })
  const base = bases.at(-1)?.currency ?? first
  return { base, first, bases, book, into, toBase: (atMs, knownAtMs) => into(baseAt(atMs), atMs, knownAtMs) }
}

/** Why there is no rate, and the code that was probably meant. */
export function unknownCurrency(currency: string, book: Pick<RateBook, 'currencies'>): string {
  const meant = nearest(currency, book.currencies)
  return `has no exchange rate${meant === null || meant === currency ? '' : ` (did you mean ${meant}?)`}`
}

/** For installations and tests that know one currency besides the former ones of the euro area. */
export const onlyCurrency = (base: string): Exchange => openExchange(openRateBook([]), [{ currency: base, sinceMs: 0 }])
