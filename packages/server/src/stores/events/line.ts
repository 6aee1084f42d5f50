import {
  type ColumnDef,
  clickColumns,
  conversionColumns,
  postbackLogColumns,
} from '@trackyard/core/events/click-columns.ts'
import { microsToDecimal } from '@trackyard/core/money.ts'
import type { EventTable } from './port.ts'

/**
 * A row as one line of an insert: empty columns left out, money as an exact decimal number. `sign` −1 cancels the state
 * with the same version. Unknown columns are left out too, so that a row of a newer release can still be stored.
 */
export function toLine(
  table: EventTable,
  row: Readonly<Record<string, string | number>>,
  version: number,
  sign: 1 | -1 = 1,
): string {
  const columns = COLUMNS[table]
  let line = table === 'clicks' && sign === -1 ? `{"sign":-1,"version":${version}` : `{"version":${version}`
  for (const name in row) {
    const value = row[name]
    const def = columns[name]
    if (def === undefined || value === undefined || value === 0 || value === '') continue
    line += `,"${name}":${typeof value === 'string' ? JSON.stringify(value) : def.type === 'money' ? microsToDecimal(value) : value}`
  }
  return `${line}}`
}

const COLUMNS: Readonly<Record<EventTable, Readonly<Record<string, ColumnDef>>>> = {
  clicks: clickColumns,
  conversions: { ...clickColumns, ...conversionColumns },
  postback_log: { ...postbackLogColumns, seq: { type: 'big', help: '' } },
}
