import { type Exchange, unknownCurrency } from '@trackyard/core/currency/exchange.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'

/** Refuses an amount that is to be converted now, in a currency that has no rate. */
export function rateProblems(
  field: string,
  currency: string | null,
  amountMicros: number | null,
  { exchange, nowMs }: { readonly exchange: Exchange; readonly nowMs: number },
): Problem[] {
  const wrong = amountMicros ? withoutRate(currency, exchange, nowMs) : null
  return wrong === null ? [] : [problem('validation', `${wrong}. ${cureOf(currency ?? '')}`, field)]
}

const DAY_MS = 86_400_000
/** Rates come every working day; older than that nobody fetches them. */
const STALE_MS = 14 * DAY_MS

/** Says that what is saved in a currency without a rate will be taken for the base currency, or by an old rate. */
export function currencyDoubts(
  field: string,
  currency: string | null,
  { exchange, nowMs }: { readonly exchange: Exchange; readonly nowMs: number },
): string[] {
  const wrong = withoutRate(currency, exchange, nowMs)
  if (wrong === null) {
    const found = exchange.book.rate(currency ?? exchange.base, exchange.base, nowMs)
    return found?.source === 'published' && Date.parse(found.day) < nowMs - STALE_MS
      ? [
          `${field}: the last rate of ${currency} is of ${found.day}. Set currency_rates_fetch to have rates fetched daily.`,
        ]
      : []
  }
  return [`${field}: ${wrong}, so amounts are taken for ${exchange.base}. ${cureOf(currency ?? '')}`]
}

function withoutRate(currency: string | null, exchange: Exchange, nowMs: number): string | null {
  const code = currency ?? exchange.base
  const isKnown = exchange.book.rate(code, exchange.base, nowMs) !== null
  return isKnown ? null : `${code} ${unknownCurrency(code, exchange.book)}`
}

const cureOf = (currency: string): string => `Set one: POST currencies/${currency}/rates.`
