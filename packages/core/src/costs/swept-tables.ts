import { segmentAround, segmentSql } from './selection-sql.ts'
import type { Sweep } from './sweep.ts'
import { COST_COLUMNS, sweptSql } from './sweep-sql.ts'

/**
 * Tables as FROM wants them, with sweeps applied that are taken down but not carried out yet: so reports show them from
 * the first moment, and what they show does not depend on how far carrying out has come.
 */

/** The states of clicks: both a state and what cancels it are changed alike, so sums over signs stay right. */
export function clicksTable(sweeps: readonly Sweep[] = []): string {
  if (sweeps.length === 0) return 'clicks'
  const { declarations, cost, removalSeq } = sweptSql(sweeps)
  const replaced = COST_COLUMNS.filter((column) => cost[column] !== column)
  const columns =
    replaced.length === 0 ? '*' : `* REPLACE (${replaced.map((column) => `${cost[column]} AS ${column}`).join(', ')})`
  return `(WITH ${declarations} SELECT ${columns} FROM clicks WHERE ${removalSeq} = 0) AS clicks`
}

/**
 * Conversions as they are now. The first of a click carries what the click costs. A conversion goes with its click: what it
 * repeats of the click's parameters may be older than the click, so where they or the cost matter the click is asked;
 * campaign, time and flags never change.
 */
export function conversionsTable(sweeps: readonly Sweep[] = []): string {
  if (sweeps.length === 0) return 'conversions FINAL'
  const isAsked = sweeps.some(
    ({ selection }) => Object.keys(selection.slots).length > 0 || selection.costsMicros !== null,
  )
  return isAsked ? byTheirClicks(sweeps) : byThemselves(sweeps)
}

function byThemselves(sweeps: readonly Sweep[]): string {
  const { declarations, cost, costSeq, removalSeq } = sweptSql(sweeps, 'conversion_cost')
  const columns = `* REPLACE (${shareOf(`${costSeq} > 0`, cost.cost)})`
  return `(WITH ${declarations} SELECT ${columns} FROM conversions FINAL WHERE ${removalSeq} = 0) AS conversions`
}

function byTheirClicks(sweeps: readonly Sweep[]): string {
  const { declarations, cost, costSeq, removalSeq, isChanged } = sweptSql(sweeps)
  const segment = segmentSql(segmentAround(sweeps.map(({ selection }) => selection))).join(' AND ')
  const columns = { swept_cost: cost.cost, swept_seq: costSeq, gone_seq: removalSeq }
  const changed =
    `(WITH ${declarations} SELECT sub_id, ${Object.entries(columns)
      .map(([name, sql]) => `${sql} AS ${name}`)
      .join(', ')} ` +
    `FROM clicks WHERE ${segment} AND ${isChanged} AND sub_id IN (SELECT sub_id FROM conversions WHERE ${segment}) ` +
    `GROUP BY sub_id, version, ${Object.keys(columns).join(', ')} HAVING sum(sign) > 0)`
  return (
    `(SELECT * REPLACE (${shareOf('version < swept_seq', 'swept_cost')}) FROM (SELECT * FROM conversions FINAL) AS own ` +
    `LEFT ANY JOIN ${changed} AS swept USING (sub_id) WHERE version >= gone_seq) AS conversions`
  )
}

const shareOf = (isSwept: string, cost: string): string =>
  `if(${isSwept}, if(conversion_id = concat(sub_id, '-1'), ${cost}, toDecimal64(0, 6)), conversion_cost) AS conversion_cost`

/** Those that can concern clicks of these campaigns (null: all) that came at `fromMs ≤ t < toMs` (null: no bound). */
export const sweepsWithin = (
  sweeps: readonly Sweep[],
  campaignIds: readonly number[] | null,
  fromMs: number | null,
  toMs: number | null,
): readonly Sweep[] =>
  sweeps.filter(
    ({ selection }) =>
      (fromMs === null || selection.toMs > fromMs) &&
      (toMs === null || selection.fromMs < toMs) &&
      (campaignIds === null || (selection.campaignIds?.some((id) => campaignIds.includes(id)) ?? true)),
  )
