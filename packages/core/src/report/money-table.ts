import { dayText } from '../currency/codes.ts'
import type { Exchange } from '../currency/exchange.ts'
import { clickColumns, conversionColumns } from '../events/click-columns.ts'
import { ORIGINALS, originalsSql } from './original-money.ts'

/**
 * Rows keep the currency they were counted in, so that a change of the base currency rewrites nothing. Once there were
 * several bases, reports read a table in which every amount is in the present one, by the rate of the day of the click as
 * it is known now. One rule for clicks and conversions, so that reports and logs agree.
 */
export interface MoneyScope {
  readonly exchange: Pick<Exchange, 'base' | 'first' | 'bases' | 'book'> | undefined
  /** Days that are looked at, UTC epoch milliseconds; null: no bound. */
  readonly fromMs: number | null
  readonly toMs: number | null
  readonly nowMs: number
}

const DAY_MS = 86_400_000
/** Days before take the rate of the first; a list of all days since 1999 would be longer than a statement may be. */
const MAX_DAYS = 2000

const amountsOf = (columns: typeof clickColumns): string[] =>
  Object.entries(columns).flatMap(([name, { type, summed }]) => (type === 'money' && summed ? [name] : []))

const AMOUNTS = { clicks: amountsOf(clickColumns), conversions: amountsOf(conversionColumns) }

/** The table `from` as FROM wants it, with its amounts in the base currency; as it is while there is one base. */
export function inBaseCurrency(table: keyof typeof AMOUNTS, from: string, scope: MoneyScope): string {
  const { exchange } = scope
  const others = exchange ? otherBases(exchange) : []
  if (!exchange || others.length === 0) return from
  const { firstDay, days } = daysOf(scope)
  const place = `least(greatest(toInt32(toDate(datetime)) - ${firstDay - 1}, 1), ${days.length})`
  // One list for all, with a one in front for rows that are in the base already: looking up is cheaper than branching.
  const rates = others.flatMap((currency) =>
    days.map((atMs) => exchange.book.rate(currency, exchange.base, atMs, scope.nowMs)?.rate ?? 1),
  )
  const index = others.map(
    (currency, nth) => `(currency = ${quoted(storedAs(currency, exchange))}) * (${nth * days.length} + ${place})`,
  )
  // What amounts were when they came is not converted, so it is told here from what is about to be.
  const { currency: _, ...originals } = originalsSql(ORIGINALS[table], quoted(exchange.first))
  const columns = [
    ...AMOUNTS[table].map((column) => `${converted(column)} AS ${column}`),
    ...Object.entries(originals).map(([column, sql]) => `${sql} AS ${column}`),
  ]
  const declarations = [
    `CAST([1, ${rates.join(', ')}], 'Array(Float64)') AS money_rates`,
    `money_rates[1 + ${index.join(' + ')}] AS ${FACTOR}`,
  ]
  return `(WITH ${declarations.join(', ')} SELECT * REPLACE (${columns.join(', ')}) FROM ${from}) AS ${table}`
}

const FACTOR = 'money_factor'

/** Rounded half away from zero, as in code. */
function converted(column: string): string {
  const micros = `reinterpretAsInt64(${column})`
  return `reinterpret(toInt64(${micros} * ${FACTOR} + 0.5 * sign(${micros})), 'Decimal(18, 6)')`
}

const otherBases = ({ base, bases }: Pick<Exchange, 'base' | 'bases'>): string[] =>
  [...new Set(bases.map(({ currency }) => currency))].filter((currency) => currency !== base)

const storedAs = (currency: string, { first }: Pick<Exchange, 'first'>): string => (currency === first ? '' : currency)

/** Days since 1970 of the first one, and a moment of each. */
function daysOf({ exchange, fromMs, toMs, nowMs }: MoneyScope): { firstDay: number; days: number[] } {
  const last = Math.floor(Math.min(toMs ?? nowMs, nowMs) / DAY_MS)
  const known = Math.floor(Date.parse(`${exchange?.book.firstDay || dayText(nowMs)}T00:00:00Z`) / DAY_MS)
  const wanted = fromMs === null ? known : Math.max(known, Math.floor(fromMs / DAY_MS))
  const firstDay = Math.min(last, Math.max(wanted, last - MAX_DAYS + 1))
  return { firstDay, days: Array.from({ length: last - firstDay + 1 }, (_, index) => (firstDay + index) * DAY_MS) }
}

/** Codes are letters and digits. */
const quoted = (code: string): string => `'${code.replaceAll(/[^A-Z0-9]/g, '')}'`
