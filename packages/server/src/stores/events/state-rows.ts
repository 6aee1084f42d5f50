import { type ColumnDef, clickColumns, conversionColumns } from '@trackyard/core/events/click-columns.ts'
import { eventTables } from './ddl.ts'
import type { ClickState, ConversionColumns, ConversionState } from './port.ts'
import { subIdDays } from './sub-id-time.ts'

/** Columns in the order they are selected, the sub id first; version and sign come after them. */
interface Fields {
  readonly names: readonly string[]
  readonly sql: string
}
const CLICK = fieldsOf(clickColumns)
const CONVERSION = {
  all: fieldsOf(eventTables.conversions.columns),
  own: fieldsOf({ sub_id: { type: 'text' }, ...conversionColumns }),
}

/**
 * Every stored state of these clicks, cancelled ones too. Sub ids hold only `[a-z0-9]` here, so they can stand in the
 * text. The days keep the store from looking through other months.
 */
export const selectClickStates = (subIds: readonly string[]): string =>
  `SELECT ${CLICK.sql}, version, sign FROM clicks WHERE ${whereSubIds(subIds)}`

export const selectConversions = (subIds: readonly string[], columns: ConversionColumns): string =>
  `SELECT ${CONVERSION[columns].sql}, version FROM conversions FINAL WHERE ${whereSubIds(subIds)} ` +
  'ORDER BY sub_id, postback_datetime, conversion_id SETTINGS do_not_merge_across_partitions_select_final = 1'

/** Adds what remains of each click when its states and their cancellations are netted. */
export function parseClickStates(rows: readonly unknown[][], into: Map<string, ClickState>): void {
  const nets = new Map<string, { net: number; values: unknown[] }>()
  for (const values of rows) {
    const version = Number(values[CLICK.names.length])
    const sign = Number(values[CLICK.names.length + 1])
    const key = `${values[0]} ${version}`
    const seen = nets.get(key)
    if (seen) seen.net += sign
    else nets.set(key, { net: sign, values })
  }
  for (const { net, values } of nets.values()) {
    if (net <= 0) continue
    const version = Number(values[CLICK.names.length])
    const subId = String(values[0])
    if ((into.get(subId)?.version ?? -1) < version) into.set(subId, { row: toRow(CLICK, values), version })
  }
}

export function parseConversions(
  rows: readonly unknown[][],
  columns: ConversionColumns,
  into: Map<string, ConversionState[]>,
): void {
  const fields = CONVERSION[columns]
  for (const values of rows) {
    const conversion = { row: toRow(fields, values), version: Number(values[fields.names.length]) }
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

function fieldsOf(columns: Readonly<Record<string, Pick<ColumnDef, 'type'>>>): Fields {
  const exactValue = ([name, { type }]: [string, Pick<ColumnDef, 'type'>]): string =>
    type === 'money' ? `reinterpretAsInt64(${name})` : type === 'time' ? `toUnixTimestamp64Milli(${name})` : name
  return { names: Object.keys(columns), sql: Object.entries(columns).map(exactValue).join(', ') }
}

function toRow({ names }: Fields, values: readonly unknown[]): Record<string, string | number> {
  const row: Record<string, string | number> = {}
  for (let index = 0; index < names.length; index++) {
    const name = names[index]
    const value = values[index]
    if (name === undefined) continue
    if ((typeof value === 'string' && value !== '') || (typeof value === 'number' && value !== 0)) row[name] = value
  }
  return row
}
