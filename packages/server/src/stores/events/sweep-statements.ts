import { COST_COLUMNS, momentSql, selectionSql, sweptSql, whole } from '@trackyard/core/costs/sweep-sql.ts'
import { clicksTable } from '@trackyard/core/costs/swept-tables.ts'
import { eventTables } from './ddl.ts'
import type { SelectedClicks, SweepPart } from './port.ts'

/** How many there are. A state and what cancels it fulfil the same conditions, so nothing needs merging. */
export const countSql = (clicks: SelectedClicks): string => `SELECT toInt64(sum(sign)) FROM ${chosen(clicks)}`

export const countByTimeSql = (clicks: SelectedClicks, stretchMs: number): string =>
  `SELECT ${stretchSql(stretchMs)} AS stretch, toInt64(sum(sign)) AS clicks FROM ${chosen(clicks)} ` +
  'GROUP BY stretch HAVING clicks > 0 ORDER BY stretch'

export function countSweptSql(part: SweepPart, stretchMs: number): string {
  const { declarations, isChanged } = sweptSql(part.sweeps)
  const changing = `(WITH ${declarations} SELECT campaign_id, datetime, sign FROM clicks WHERE ${within(part)} AND ${isChanged})`
  return (
    `SELECT campaign_id, ${stretchSql(stretchMs)} AS stretch, toInt64(sum(sign)) AS clicks FROM ${changing} ` +
    'GROUP BY campaign_id, stretch HAVING clicks > 0 ORDER BY campaign_id, stretch'
  )
}

const stretchSql = (ms: number): string => `intDiv(toUnixTimestamp64Milli(datetime), ${whole(ms)}) * ${whole(ms)}`

export const clickAtSql = (clicks: SelectedClicks, place: number): string =>
  `SELECT toUnixTimestamp64Milli(datetime) AS at_ms, sub_id FROM ${chosen(clicks)} ` +
  `GROUP BY datetime, sub_id HAVING sum(sign) > 0 ORDER BY datetime, sub_id LIMIT 1 OFFSET ${whole(place - 1)}`

const chosen = ({ selection, below, sweeps }: SelectedClicks): string =>
  `${clicksTable(sweeps)} WHERE ${[`version < ${whole(below)}`, ...selectionSql(selection)].join(' AND ')}`

/**
 * Statements that carry out sweeps, in the order in which they must run: conversions before their clicks, as ingest does.
 * Few states are cancelled, so leaving those out is cheaper than FINAL, which reads and merges all columns of all clicks.
 */
export const sweepStatements = (part: SweepPart): string[] => [sweepConversions(part), sweepStates(part)]

const NEW_COST = COST_COLUMNS.map((column) => `new_${column}`)
const isCost = (column: string): boolean => COST_COLUMNS.some((one) => one === column)

/** Clicks that change, with what their cost becomes. */
function changing(part: SweepPart, columns: readonly string[], more = ''): string {
  const { declarations, cost, isRemoved, isChanged } = sweptSql(part.sweeps)
  const values = COST_COLUMNS.map((column, index) => `${cost[column]} AS ${NEW_COST[index]}`)
  return (
    `(WITH ${declarations} SELECT ${[...columns, ...values, `${isRemoved} AS is_gone`].join(', ')} ` +
    `FROM clicks WHERE sign = 1 AND ${within(part)} AND ${isChanged}${more} ` +
    `AND (sub_id, version) NOT IN (SELECT sub_id, version FROM clicks WHERE sign = -1 AND ${within(part)}))`
  )
}

function sweepStates(part: SweepPart): string {
  const columns = Object.keys(eventTables.clicks.columns)
  const values = columns.map((name) => (isCost(name) ? `if(part = 1, new_${name}, ${name})` : name))
  return (
    `INSERT INTO clicks (${columns.join(', ')}, sign, version) SETTINGS ${AS_ONE_BLOCK} ` +
    `SELECT ${values.join(', ')}, part, if(part = 1, ${versionOf(part)}, version) ` +
    `FROM ${changing(part, [...columns, 'version'])} ` +
    'ARRAY JOIN if(is_gone, [toInt8(-1)], [toInt8(-1), toInt8(1)]) AS part'
  )
}

/** The first conversion of a click carries its cost; what had been charged for them is replaced (core/costs/charge.ts). */
const CONVERSION_VALUES: Readonly<Record<string, string>> = {
  conversion_cost:
    "if(is_gone, conversion_cost, if(conversion_id = concat(sub_id, '-1'), new_cost, toDecimal64(0, 6)))",
  charged: 'if(is_gone, charged, toDecimal64(0, 6))',
  settled: 'if(is_gone, settled, settled + charged)',
}

function sweepConversions(part: SweepPart): string {
  const columns = Object.keys(eventTables.conversions.columns)
  const values = columns.map(
    (name) => CONVERSION_VALUES[name] ?? (isCost(name) ? `if(is_gone, ${name}, new_${name})` : name),
  )
  const converted = ` AND sub_id IN (SELECT sub_id FROM conversions WHERE ${within(part)})`
  return (
    `INSERT INTO conversions (${columns.join(', ')}, version, is_deleted) SETTINGS ${AS_ONE_BLOCK} ` +
    `SELECT ${values.join(', ')}, ${versionOf(part)}, is_gone ` +
    `FROM (SELECT ${columns.join(', ')} FROM conversions FINAL WHERE version < ${versionOf(part)} AND ${within(part)}) AS own ` +
    `INNER JOIN ${changing(part, ['sub_id'], converted)} AS swept USING (sub_id)`
  )
}

/** Everything up to the last of the sweeps is in what they change. */
export const versionOf = ({ sweeps }: SweepPart): number => Math.max(...sweeps.map(({ seq }) => whole(seq)))

/** Campaigns and days are how clicks lie in the store. */
function within({ sweeps, campaignIds, fromMs, toMs }: SweepPart): string {
  const conditions = [`datetime >= ${momentSql(fromMs)}`, `datetime < ${momentSql(toMs)}`]
  const asked = sweeps.map(({ selection }) => selection.campaignIds)
  const ids = campaignIds ?? (asked.every((list) => list !== null) ? [...new Set(asked.flat())] : null)
  if (ids) conditions.push(`campaign_id IN (${ids.map(whole).join(', ') || 'NULL'})`)
  return conditions.join(' AND ')
}

/** Half of a change must not be there without the other, so what is inserted may not be cut into several parts. */
const AS_ONE_BLOCK =
  'min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 0, max_insert_threads = 1, ' +
  'max_partitions_per_insert_block = 10000, async_insert = 0, do_not_merge_across_partitions_select_final = 1'
