import { microsToDecimal, parseMoney } from '../money.ts'
import type { ColumnDef } from './click-columns.ts'

type Columns = Readonly<Record<string, ColumnDef>>
type Row = Readonly<Record<string, string | number>>

/**
 * One row as a line for the store (a JSON object): empty columns are left out, as the store fills in defaults; money
 * becomes an exact decimal, times stay epoch milliseconds. Columns that are not declared are left out. The tracker
 * spools clicks in this form already, so that most of them are passed on unread.
 */
export function toStoreLine(columns: Columns, row: Row, version?: number, sign?: -1): string {
  let line = version === undefined ? '' : `,"version":${version}`
  if (sign) line += `,"sign":${sign}`
  for (const name in row) {
    const value = row[name]
    const def = columns[name]
    if (def === undefined || value === undefined || value === 0 || value === '') continue
    line += `,"${name}":${typeof value === 'string' ? JSON.stringify(value) : def.type === 'money' ? microsToDecimal(value) : value}`
  }
  return `{${line.slice(1)}}`
}

/** The inverse of toStoreLine: money in micros again, undeclared columns dropped. */
export function fromStoreLine(columns: Columns, line: string): Record<string, string | number> {
  const fields: unknown = JSON.parse(line)
  const row: Record<string, string | number> = {}
  if (typeof fields !== 'object' || fields === null) return row
  for (const [name, value] of Object.entries(fields)) {
    const type = columns[name]?.type
    if (type === undefined || (typeof value !== 'string' && typeof value !== 'number')) continue
    row[name] = type === 'money' ? (parseMoney(value) ?? 0) : value
  }
  return row
}

/** Puts the version, which only ingest knows, in front of a spooled line without parsing it. */
export const withVersion = (line: string, version: number): string =>
  line === '{}' ? `{"version":${version}}` : `{"version":${version},${line.slice(1)}`
