import { lookupSql } from '@trackyard/core/costs/lookup.ts'
import { segmentAround, segmentSql, whole } from '@trackyard/core/costs/selection-sql.ts'
import { COST_COLUMNS, sweptSql } from '@trackyard/core/costs/sweep-sql.ts'
import { clicksTable } from '@trackyard/core/costs/swept-tables.ts'
import { eventTables } from './ddl.ts'
import type { SelectedClicks, SweepPart } from './port.ts'

/** Clicks of many selections at once; which selections the clicks of a piece are in. */
export interface PiecesSql {
  readonly sql: string
  /** Places of the selections by number of the piece. */
  readonly pieces: ReadonlyMap<number, readonly number[]>
}

/**
 * How many there are, and when the first and the last of them came: piece, clicks, first, last. A state and what cancels
 * it fulfil the same conditions, so nothing needs merging.
 */
export const countEachSql = (clicks: SelectedClicks): PiecesSql =>
  inPieces(
    clicks,
    (from) =>
      `SELECT piece, toInt64(sum(sign)) AS clicks, min(${AT_MS}), max(${AT_MS}) FROM ${from} GROUP BY piece HAVING clicks > 0`,
  )

/** Piece, stretch, clicks. */
export const countEachByTimeSql = (clicks: SelectedClicks, stretchMs: number): PiecesSql =>
  inPieces(
    clicks,
    (from) =>
      `SELECT piece, ${stretchSql(stretchMs)} AS stretch, toInt64(sum(sign)) AS clicks FROM ${from} ` +
      'GROUP BY piece, stretch HAVING clicks > 0',
  )

/** Piece, time, sub id. */
export const listEachSql = (clicks: SelectedClicks): PiecesSql =>
  inPieces(
    clicks,
    (from) => `SELECT piece, ${AT_MS} AS at_ms, sub_id FROM ${from} GROUP BY piece, at_ms, sub_id HAVING sum(sign) > 0`,
  )

function inPieces({ selections, below, sweeps }: SelectedClicks, statement: (from: string) => string): PiecesSql {
  const pieces = new Map<number, readonly number[]>()
  const numbers = lookupSql(selections, (holders) => {
    pieces.set(pieces.size + 1, [...holders])
    return pieces.size
  })
  const all = numbers.length === 0 ? 'emptyArrayUInt8()' : `arrayFilter(n -> n > 0, [${numbers.join(', ')}])`
  const where = [`version < ${whole(below)}`, ...segmentSql(segmentAround(selections))].join(' AND ')
  return { sql: statement(`(SELECT * FROM ${clicksTable(sweeps)} WHERE ${where}) ARRAY JOIN ${all} AS piece`), pieces }
}

const AT_MS = 'toUnixTimestamp64Milli(datetime)'

export function countSweptSql(part: SweepPart, stretchMs: number): string {
  const { declarations, isChanged } = sweptSql(part.sweeps)
  const changing = `(WITH ${declarations} SELECT campaign_id, datetime, sign FROM clicks WHERE ${within(part)} AND ${isChanged})`
  return (
    `SELECT campaign_id, ${stretchSql(stretchMs)} AS stretch, toInt64(sum(sign)) AS clicks FROM ${changing} ` +
    'GROUP BY campaign_id, stretch HAVING clicks > 0 ORDER BY campaign_id, stretch'
  )
}

const stretchSql = (ms: number): string => `intDiv(${AT_MS}, ${whole(ms)}) * ${whole(ms)}`

/**
 * Statements that carry out sweeps, in the order in which they must run: conversions before their clicks, as ingest does.
 * Few states are cancelled, so leaving those out is cheaper than FINAL, which reads and merges all columns of all clicks.
 */
export const sweepStatements = (part: SweepPart): string[] => [sweepConversions(part), sweepStates(part)]

const NEW_COST = COST_COLUMNS.map((column) => `new_${column}`)
const isCost = (column: string): boolean => COST_COLUMNS.some((one) => one === column)

/** Clicks that change, with what their cost becomes. */
function changing(part: SweepPart, columns: readonly string[], more = ''): string {
  const { declarations, cost, removalSeq, isChanged } = sweptSql(part.sweeps)
  const values = COST_COLUMNS.map((column, index) => `${cost[column]} AS ${NEW_COST[index]}`)
  return (
    `(WITH ${declarations} SELECT ${[...columns, ...values, `${removalSeq} > 0 AS is_gone`].join(', ')} ` +
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

function within({ sweeps, campaignIds, fromMs, toMs }: SweepPart): string {
  const around = segmentAround(sweeps.map(({ selection }) => selection))
  return segmentSql({ fromMs, toMs, campaignIds: campaignIds ?? around.campaignIds }).join(' AND ')
}

/** Half of a change must not be there without the other, so what is inserted may not be cut into several parts. */
const AS_ONE_BLOCK =
  'min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 0, max_insert_threads = 1, ' +
  'max_partitions_per_insert_block = 10000, async_insert = 0, do_not_merge_across_partitions_select_final = 1'
