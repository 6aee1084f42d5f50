import type { ClickSelection } from '../events/admin-event.ts'
import { clickColumns } from '../events/click-columns.ts'

export const COST = 'cost'

/** Conditions that all must hold, the one on the cost last. */
export function selectionSql(selection: ClickSelection, cost = COST): string[] {
  const { slots, onlyUniques, withBots, costsMicros } = selection
  const conditions = segmentSql(selection)
  for (const [slot, values] of Object.entries(slots))
    conditions.push(`${slotColumn(slot)} IN (${values.length === 0 ? 'NULL' : values.map(quoted).join(', ')})`)
  if (onlyUniques) conditions.push('is_unique_campaign = 1')
  if (!withBots) conditions.push('is_bot = 0')
  if (costsMicros) conditions.push(costFilterSql(selection, cost))
  return conditions
}

/** Throws for what is no column: the name goes into the text of a statement. */
export function slotColumn(slot: string): string {
  if (!Object.hasOwn(clickColumns, slot)) throw new Error(`Clicks have no column ${slot}`)
  return slot
}

const costFilterSql = ({ costsMicros }: ClickSelection, cost: string): string =>
  `reinterpretAsInt64(${cost}) IN (${costsMicros?.length ? costsMicros.map(wholeOrLess).join(', ') : 'NULL'})`

/** Campaigns and time alone, which a click never changes. */
export interface Segment extends Pick<ClickSelection, 'fromMs' | 'toMs'> {
  readonly campaignIds: readonly number[] | null
}

/** Campaigns and time that hold all of them; these are how clicks lie in the store. */
export const segmentAround = (all: readonly Segment[]): Pick<ClickSelection, 'campaignIds' | 'fromMs' | 'toMs'> => ({
  campaignIds: all.some(({ campaignIds }) => campaignIds === null)
    ? null
    : [...new Set(all.flatMap(({ campaignIds }) => campaignIds ?? []))],
  fromMs: all.reduce((first, { fromMs }) => Math.min(first, fromMs), LAST_MOMENT_MS),
  toMs: all.reduce((last, { toMs }) => Math.max(last, toMs), 0),
})

export function segmentSql({ campaignIds, fromMs, toMs }: Segment): string[] {
  const conditions = [`datetime >= ${momentSql(fromMs)}`, `datetime < ${momentSql(toMs)}`]
  if (campaignIds)
    conditions.push(`campaign_id IN (${campaignIds.length === 0 ? 'NULL' : campaignIds.map(whole).join(', ')})`)
  return conditions
}

/** A moment as the store compares it with times. */
export const momentSql = (atMs: number): string =>
  `fromUnixTimestamp64Milli(toInt64(${whole(Math.min(atMs, LAST_MOMENT_MS))}), 'UTC')`

/** The store knows no later time. */
export const LAST_MOMENT_MS = Date.UTC(2299, 11, 31)

/** A whole number of ours in the text of a statement. */
export function whole(value: number): number {
  if (value < 0) throw new Error(`Less than nothing: ${value}`)
  return wholeOrLess(value)
}
export function wholeOrLess(value: number): number {
  if (!Number.isSafeInteger(value)) throw new Error(`Not a whole number: ${value}`)
  return value
}

export const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
