import type { ClickRow } from '../events/click-columns.ts'
import type { Original } from './exchange.ts'

/** The columns that tell what the amount in `column` was; empty ones when it came in the currency of its row. */
export const originalColumns = (column: string, original: Original | null): Record<string, string | number> => ({
  [`${column}_original`]: original?.micros ?? 0,
  [`${column}_currency`]: original?.currency ?? '',
  [`${column}_rate`]: original?.rate ?? 0,
})

/** The inverse. */
export function readOriginal(column: string, row: ClickRow): Original | null {
  const currency = String(row[`${column}_currency`] ?? '')
  if (currency === '') return null
  return { micros: Number(row[`${column}_original`] ?? 0), currency, rate: Number(row[`${column}_rate`] ?? 0) }
}
