import type { Sweep } from './sweep.ts'
import { amountSql, COST_COLUMNS, segmentSql, selectionSql, shareSql, sweptSql, whole } from './sweep-sql.ts'

/**
 * Tables as FROM wants them, with sweeps applied that are taken down but not carried out yet: so reports show them from
 * the first moment, and what they show does not depend on how far carrying out has come.
 */

/** The states of clicks: both a state and what cancels it are changed alike, so sums over signs stay right. */
export function clicksTable(sweeps: readonly Sweep[] = []): string {
  if (sweeps.length === 0) return 'clicks'
  const { declarations, cost, isRemoved } = sweptSql(sweeps)
  const replaced = COST_COLUMNS.filter((column) => cost[column] !== column)
  const columns =
    replaced.length === 0 ? '*' : `* REPLACE (${replaced.map((column) => `${cost[column]} AS ${column}`).join(', ')})`
  return `(WITH ${declarations} SELECT ${columns} FROM clicks WHERE NOT ${isRemoved}) AS clicks`
}

/** Conversions as they are now. The first of a click carries what the click costs. */
export function conversionsTable(sweeps: readonly Sweep[] = []): string {
  if (sweeps.length === 0) return 'conversions FINAL'
  const declarations: string[] = []
  const costs: string[] = []
  const removing: string[] = []
  for (const [index, sweep] of sweeps.entries()) {
    const hit = `sweep_${index}`
    declarations.push(`(${hitsConversion(sweep, sweeps.slice(0, index + 1))}) AS ${hit}`)
    if (sweep.kind === 'clean') removing.push(hit)
    // The newest that hits comes first.
    else costs.unshift(hit, `if(${IS_FIRST}, ${shareSql(sweep, amountSql)}, toDecimal64(0, 6))`)
  }
  const columns =
    costs.length === 0 ? '*' : `* REPLACE (multiIf(${costs.join(', ')}, conversion_cost) AS conversion_cost)`
  const where = removing.length === 0 ? '' : ` WHERE NOT (${removing.join(' OR ')})`
  return `(WITH ${declarations.join(', ')} SELECT ${columns} FROM conversions FINAL${where}) AS conversions`
}

const IS_FIRST = "conversion_id = concat(sub_id, '-1')"

/**
 * A conversion goes with its click. What it repeats of the click's parameters may be older than the click, so where they
 * or the cost matter the click is asked; campaign, time and flags never change.
 */
function hitsConversion({ seq, selection }: Sweep, upToThis: readonly Sweep[]): string {
  const own = `version < ${whole(seq)}`
  const { slots, costsMicros } = selection
  if (Object.keys(slots).length === 0 && costsMicros === null) return [own, ...selectionSql(selection)].join(' AND ')
  const segment = segmentSql(selection).join(' AND ')
  const { declarations } = sweptSql(upToThis)
  const hit = `sweep_${upToThis.length - 1}`
  const clicks =
    `SELECT sub_id FROM (WITH ${declarations} SELECT sub_id, version, sign FROM clicks WHERE ${hit} ` +
    `AND sub_id IN (SELECT sub_id FROM conversions WHERE ${segment})) GROUP BY sub_id, version HAVING sum(sign) > 0`
  return `${own} AND ${segment} AND sub_id IN (${clicks})`
}

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
