import {
  type ColumnDef,
  clickColumns,
  conversionColumns,
  postbackLogColumns,
  sentPostbackColumns,
} from '@trackyard/core/events/click-columns.ts'
import { toStoreLine } from '@trackyard/core/events/store-line.ts'
import type { EventTable } from './port.ts'

/** A row as one line of an insert. `sign` −1 cancels the state with the same version. */
export const toLine = (
  table: EventTable,
  row: Readonly<Record<string, string | number>>,
  version: number,
  sign: 1 | -1 = 1,
): string => toStoreLine(COLUMNS[table], row, version, sign === -1 ? -1 : undefined)

const COLUMNS: Readonly<Record<EventTable, Readonly<Record<string, ColumnDef>>>> = {
  clicks: clickColumns,
  conversions: { ...clickColumns, ...conversionColumns, is_deleted: { type: 'flag', help: 'It was removed.' } },
  postback_log: { ...postbackLogColumns, seq: { type: 'big', help: 'Position in the spool.' } },
  sent_postbacks: sentPostbackColumns,
}
