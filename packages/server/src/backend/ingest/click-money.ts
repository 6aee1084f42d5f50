import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import { originalColumns } from '@trackyard/core/currency/originals.ts'
import { type Micros, microsToDecimal, parseMoney } from '@trackyard/core/money.ts'

/**
 * The tracker knows no rates: an amount in another currency than the row's is spooled as it is, with its currency behind
 * it and no rate. Within texts quotation marks are escaped, so these places cannot be something a visitor wrote.
 */
const COST = /,"cost":(\d+(?:\.\d+)?),"cost_currency":"([A-Z0-9]+)"/
const REVENUE = /,"sale_revenue":(\d+(?:\.\d+)?),"click_revenue":\1,"click_revenue_currency":"([A-Z0-9]+)"/
const CAMPAIGN = /,"campaign_id":(\d+)/
const ROW_CURRENCY = /,"currency":"([A-Z0-9]+)"/

/** Cheap enough to ask of every click: whether the line holds an amount that must be converted. */
export const isForeign = (line: string): boolean => line.includes('_currency":"')

/**
 * The line of a click as spooled with all amounts in the currency of its row, by the rates of the click's time. `warn` is
 * told of amounts that cannot be converted and are taken as they are.
 */
export function withConvertedMoney(
  line: string,
  exchange: Exchange,
  atMs: number,
  warn: (campaignId: number, warning: string) => void = () => undefined,
): string {
  const money = exchange.into(ROW_CURRENCY.exec(line)?.[1] ?? exchange.first, atMs)
  const converted = (column: string, decimal: string, currency: string): { text: string; amount: string } => {
    const { micros, original, warning } = money.read(parseMoney(decimal) ?? 0, currency)
    if (warning !== null) warn(Number(CAMPAIGN.exec(line)?.[1] ?? 0), warning)
    return { amount: microsToDecimal(micros), text: textOf(originalColumns(column, original)) }
  }
  return line
    .replace(COST, (_, decimal: string, currency: string) => {
      const { amount, text } = converted('cost', decimal, currency)
      return `,"cost":${amount}${text}`
    })
    .replace(REVENUE, (_, decimal: string, currency: string) => {
      const { amount, text } = converted('click_revenue', decimal, currency)
      return `,"sale_revenue":${amount},"click_revenue":${amount}${text}`
    })
}

const textOf = (columns: Readonly<Record<string, string | number>>): string =>
  Object.entries(columns)
    .filter(([, value]) => value !== 0 && value !== '')
    .map(
      ([name, value]) =>
        `,"${name}":${name.endsWith('_original') ? microsToDecimal(Number(value)) : JSON.stringify(value)}`,
    )
    .join('')

/** What a click costs or earns from now on, given in some currency, as the columns of its row. */
export function moneyColumns(
  column: 'cost' | 'click_revenue',
  amount: Micros,
  currency: string,
  row: Readonly<Record<string, string | number>>,
  exchange: Exchange,
  atMs: number,
): Record<string, string | number> {
  const { micros, original } = exchange.into(rowCurrency(row, exchange), atMs).read(amount, currency)
  return { [column]: micros, ...originalColumns(column, original) }
}

/** The currency that the amounts of a row are in. */
export const rowCurrency = (row: Readonly<Record<string, string | number>>, exchange: Exchange): string =>
  String(row.currency ?? '') || exchange.first

/** An amount of a click in the base currency of now, by the rate of the click's day, as reports show it. */
export function amountInBase(
  row: Readonly<Record<string, string | number>>,
  column: string,
  exchange: Exchange,
): Micros {
  const atMs = Number(row.datetime ?? 0)
  const amount = Number(row[column] ?? 0)
  return exchange.into(exchange.base, atMs, Number.MAX_SAFE_INTEGER).read(amount, rowCurrency(row, exchange)).micros
}
