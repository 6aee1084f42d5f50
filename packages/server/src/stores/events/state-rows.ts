import { type ColumnDef, clickColumns } from '@trackyard/core/events/click-columns.ts'
import { eventTables } from './ddl.ts'
import type { ClickState, ConversionState } from './port.ts'
import { subIdDays } from './sub-id-time.ts'

/** Columns in the order they are selected; version and sign come after them. */
const CLICK_FIELDS = Object.entries(clickColumns)
const CONVERSION_FIELDS = Object.entries(eventTables.conversions.columns)

/**
 * Every stored state of these clicks, cancelled ones too. Sub ids hold only `[a-z0-9]` here, so they can stand in the
 * text. The days keep the store from looking through other months.
 */
export const selectClickStates = (subIds: readonly string[]): string =>
  `SELECT ${CLICK_FIELDS.map(exactValue).join(', ')}, version, sign FROM clicks WHERE ${whereSubIds(subIds)}`

export const selectConversions = (subIds: readonly string[]): string =>
  `SELECT ${CONVERSION_FIELDS.map(exactValue).join(', ')}, version FROM conversions FINAL WHERE ${whereSubIds(subIds)} ` +
  'ORDER BY sub_id, postback_datetime, conversion_id SETTINGS do_not_merge_across_partitions_select_final = 1'

/** Adds what remains of each click when its states and their cancellations are netted. */
export function parseClickStates(rows: readonly unknown[][], into: Map<string, ClickState>): void {
  const nets = new Map<string, { net: number; values: unknown[] }>()
  for (const values of rows) {
    const version = Number(values[CLICK_FIELDS.length])
    const sign = Number(values[CLICK_FIELDS.length + 1])
    const key = `${values[0]} ${version}`
    const seen = nets.get(key)
    if (seen) seen.net += sign
    else nets.set(key, { net: sign, values })
  }
  for (const { net, values } of nets.values()) {
    if (net <= 0) continue
    const version = Number(values[CLICK_FIELDS.length])
    const subId = String(values[0])
    if ((into.get(subId)?.version ?? -1) < version) into.set(subId, { row: toRow(CLICK_FIELDS, values), version })
  }
}

export function parseConversions(rows: readonly unknown[][], into: Map<string, ConversionState[]>): void {
  for (const values of rows) {
    const conversion = { row: toRow(CONVERSION_FIELDS, values), version: Number(values[CONVERSION_FIELDS.length]) }
    const subId = String(values[0])
    const known = into.get(subId)
    if (known) known.push(conversion)
    else into.set(subId, [conversion])
  }
}

function whereSubIds(subIds: readonly string[]): string {
  const list = (texts: readonly string[]): string => texts.map((text) => `'${text}'`).join(', ')
  return `toDate(datetime) IN (${list(subIdDays(subIds))}) AND sub_id IN (${list(subIds)})`
}

const exactValue = ([name, { type }]: [string, ColumnDef]): string =>
  type === 'money' ? `reinterpretAsInt64(${name})` : type === 'time' ? `toUnixTimestamp64Milli(${name})` : name

function toRow(fields: readonly [string, ColumnDef][], values: readonly unknown[]): Record<string, string | number> {
  const row: Record<string, string | number> = {}
  for (const [index, [name]] of fields.entries()) {
    const value = values[index]
    if ((typeof value === 'string' && value !== '') || (typeof value === 'number' && value !== 0)) row[name] = value
  }
  return row
}
