import type { ClickSelection } from '../events/admin-event.ts'
import { clickColumns } from '../events/click-columns.ts'
import { microsToDecimal } from '../money.ts'
import { asksForCost, type CostShare, type CostSweep, type Sweep } from './sweep.ts'

/**
 * What sweeps make of a click as SQL over the table of clicks: the same as `sweepClick`. The text holds values that
 * people filter by, quoted, as lists may be longer than parameters can be.
 */
export interface SweptSql {
  /** Declarations that everything else refers to, for WITH. */
  readonly declarations: string
  /** Columns of the cost → their values. */
  readonly cost: Readonly<Record<CostColumn, string>>
  /** The click is there no more. */
  readonly isRemoved: string
  /** Some sweep changes or removes it. */
  readonly isChanged: string
}

export const COST_COLUMNS = ['cost', 'cost_original', 'cost_currency', 'cost_rate'] as const
export type CostColumn = (typeof COST_COLUMNS)[number]

/** `sweeps`: oldest first, at least one. */
export function sweptSql(sweeps: readonly Sweep[]): SweptSql {
  const declarations: string[] = []
  const declare = (name: string, sql: string): string => {
    declarations.push(`(${sql}) AS ${name}`)
    return name
  }
  const hits = new Map<Sweep, string>()
  let settled: readonly CostSweep[] = []
  for (const [index, sweep] of sweeps.entries()) {
    const conditions = [`version < ${whole(sweep.seq)}`, ...selectionSql(sweep.selection, COST)]
    // One that asks for the present cost must see what the sweeps before it made of it.
    if (asksForCost(sweep))
      conditions[conditions.length - 1] = costFilterSql(sweep.selection, newest(settled, hits).cost)
    hits.set(sweep, declare(`sweep_${index}`, conditions.join(' AND ')))
    if (sweep.kind === 'costs') settled = [...settled, sweep]
  }
  const removing = sweeps.filter(({ kind }) => kind === 'clean').flatMap((sweep) => hits.get(sweep) ?? [])
  return {
    declarations: declarations.join(', '),
    cost: newest(settled, hits),
    isRemoved: removing.length === 0 ? '0' : `(${removing.join(' OR ')})`,
    isChanged: `(${[...hits.values()].join(' OR ')})`,
  }
}

/** The cost by the newest sweep that hits. */
function newest(sweeps: readonly CostSweep[], hits: ReadonlyMap<Sweep, string>): Record<CostColumn, string> {
  const value = (column: CostColumn, of: (share: CostShare) => string): string => {
    const branches = sweeps.toReversed().flatMap((sweep) => [hits.get(sweep) ?? '0', shareSql(sweep, of)])
    return branches.length === 0 ? column : `multiIf(${[...branches, column].join(', ')})`
  }
  return {
    cost: value('cost', amountSql),
    cost_original: value('cost_original', ({ original }) => decimal(original?.micros ?? 0)),
    cost_currency: value('cost_currency', ({ original }) => `toLowCardinality(${quoted(original?.currency ?? '')})`),
    cost_rate: value('cost_rate', ({ original }) => `toFloat64(${Number(original?.rate ?? 0)})`),
  }
}

/** A value of the share that a row gets of a total. */
export function shareSql({ shares: [usual, ...others] }: CostSweep, of: (share: CostShare) => string): string {
  if (!usual) throw new Error('A sweep without shares')
  const branches = others.flatMap((share) => [`currency IN (${share.rowCurrencies.map(quoted).join(', ')})`, of(share)])
  return branches.length === 0 ? of(usual) : `multiIf(${[...branches, of(usual)].join(', ')})`
}

/** What a click costs by one share. */
export const amountSql = ({ micros, oneMoreUpTo }: CostShare): string =>
  oneMoreUpTo === null
    ? decimal(micros)
    : `if((datetime, sub_id) <= (${momentSql(oneMoreUpTo.atMs)}, ${quoted(oneMoreUpTo.subId)}), ${decimal(micros + 1)}, ${decimal(micros)})`

const COST = 'cost'

/** Conditions that all must hold, the one on the cost last. */
export function selectionSql(selection: ClickSelection, cost = COST): string[] {
  const { slots, onlyUniques, withBots, costsMicros } = selection
  const conditions = segmentSql(selection)
  for (const [slot, values] of Object.entries(slots)) {
    if (!Object.hasOwn(clickColumns, slot)) throw new Error(`Clicks have no column ${slot}`)
    conditions.push(`${slot} IN (${values.length === 0 ? 'NULL' : values.map(quoted).join(', ')})`)
  }
  if (onlyUniques) conditions.push('is_unique_campaign = 1')
  if (!withBots) conditions.push('is_bot = 0')
  if (costsMicros) conditions.push(costFilterSql(selection, cost))
  return conditions
}

const costFilterSql = ({ costsMicros }: ClickSelection, cost: string): string =>
  `reinterpretAsInt64(${cost}) IN (${costsMicros?.length ? costsMicros.map(wholeOrLess).join(', ') : 'NULL'})`

/** Campaigns and time alone, which a click never changes. */
export function segmentSql({ campaignIds, fromMs, toMs }: ClickSelection): string[] {
  const conditions = [`datetime >= ${momentSql(fromMs)}`, `datetime < ${momentSql(toMs)}`]
  if (campaignIds)
    conditions.push(`campaign_id IN (${campaignIds.length === 0 ? 'NULL' : campaignIds.map(whole).join(', ')})`)
  return conditions
}

/** A moment as the store compares it with times. */
export const momentSql = (atMs: number): string =>
  `fromUnixTimestamp64Milli(toInt64(${whole(Math.min(atMs, LAST_MOMENT_MS))}), 'UTC')`

/** The store knows no later time. */
const LAST_MOMENT_MS = Date.UTC(2299, 11, 31)

const decimal = (micros: number): string => `toDecimal64('${microsToDecimal(wholeOrLess(micros))}', 6)`

/** A whole number of ours in the text of a statement. */
export function whole(value: number): number {
  if (value < 0) throw new Error(`Less than nothing: ${value}`)
  return wholeOrLess(value)
}
function wholeOrLess(value: number): number {
  if (!Number.isSafeInteger(value)) throw new Error(`Not a whole number: ${value}`)
  return value
}

export const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
