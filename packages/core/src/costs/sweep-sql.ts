import { lookupSql } from './lookup.ts'
import { COST, quoted, whole, wholeOrLess } from './selection-sql.ts'
import { asksForCost, type CostShare, type CostSweep, type Sweep } from './sweep.ts'

/**
 * What sweeps make of a click as SQL over a table that has the columns of clicks: the same as `sweepClick`. The text holds
 * values that people filter by, quoted, as lists may be longer than parameters can be.
 */
export interface SweptSql {
  /** Declarations that everything else refers to, for WITH. */
  readonly declarations: string
  /** Columns of the cost → their values. */
  readonly cost: Readonly<Record<CostColumn, string>>
  /** Position of the last sweep that sets the cost, 0: none does. */
  readonly costSeq: string
  /** Position of the last sweep that removes it, 0: none does. */
  readonly removalSeq: string
  /** Some sweep changes or removes it. */
  readonly isChanged: string
}

export const COST_COLUMNS = ['cost', 'cost_original', 'cost_currency', 'cost_rate'] as const
export type CostColumn = (typeof COST_COLUMNS)[number]

/** Sweeps that are looked up together, and which of them hits a click: its place from 1, 0 for none. */
interface Run {
  readonly sweeps: readonly CostSweep[]
  readonly hit: string
}

/** `sweeps`: oldest first, at least one. `costColumn`: what holds the cost they replace. */
export function sweptSql(sweeps: readonly Sweep[], costColumn = COST): SweptSql {
  const declarations: string[] = []
  const declare = (sql: string): string => {
    const name = `sweep_${declarations.length}`
    declarations.push(`(${sql}) AS ${name}`)
    return name
  }
  // The last sweep that selects a click decides: when that one is in its state, those before are as well.
  const hitBy = (sweeps: readonly Sweep[], presentCost: string): string => {
    const last = lookupSql(
      sweeps.map(({ selection }) => selection),
      (holders) => (holders.at(-1) ?? 0) + 1,
      presentCost,
    )
    // Never a constant, as the place 0 of a list is refused where it is one.
    const place = declare(`materialize(${greatest(last)})`)
    return declare(`if(version < ${seqsSql(sweeps)}[${place}], toUInt32(${place}), 0)`)
  }
  const runs: Run[] = []
  // One that asks for the present cost must see what the sweeps before it made of it.
  for (const together of inRuns(sweeps.filter((sweep) => sweep.kind === 'costs')))
    runs.push({ sweeps: together, hit: hitBy(together, costBy(runs, costColumn).cost) })
  const removing = sweeps.filter(({ kind }) => kind === 'clean')
  const gone = removing.length === 0 ? [] : [`${seqsSql(removing)}[${hitBy(removing, costColumn)}]`]
  const set = runs.map((run) => `${seqsSql(run.sweeps)}[${run.hit}]`)
  return {
    declarations: declarations.join(', '),
    cost: costBy(runs, costColumn),
    costSeq: greatest(set),
    removalSeq: greatest(gone),
    isChanged: `(${greatest([...set, ...gone])} > 0)`,
  }
}

const greatest = (values: readonly string[]): string =>
  values.length < 2 ? (values[0] ?? '0') : `greatest(${values.join(', ')})`

/** One that asks for the present cost stands alone. */
function inRuns(sweeps: readonly CostSweep[]): CostSweep[][] {
  const runs: CostSweep[][] = []
  let isOpen = false
  for (const sweep of sweeps) {
    const asks = asksForCost(sweep)
    if (isOpen && !asks) runs.at(-1)?.push(sweep)
    else runs.push([sweep])
    isOpen = !asks
  }
  return runs
}

/** The cost by the newest sweep that hits. */
function costBy(runs: readonly Run[], costColumn: string): Record<CostColumn, string> {
  const value = (column: string, of: (run: Run) => string): string =>
    runs.length === 0
      ? column
      : `multiIf(${[...runs.toReversed().flatMap((run) => [`${run.hit} > 0`, of(run)]), column].join(', ')})`
  const text = (run: Run): string =>
    shareSql(run, (shares) => listSql(shares.map(({ original }) => quoted(original?.currency ?? ''))))
  const rate = (run: Run): string =>
    shareSql(run, (shares) => listSql(shares.map(({ original }) => Number(original?.rate ?? 0))))
  const micros = (run: Run): string =>
    shareSql(run, (shares) => listSql(shares.map(({ original }) => wholeOrLess(original?.micros ?? 0))))
  return {
    cost: value(costColumn, amountSql),
    cost_original: value('cost_original', (run) => moneySql(micros(run))),
    cost_currency: value('cost_currency', (run) => `toLowCardinality(${text(run)})`),
    cost_rate: value('cost_rate', (run) => `toFloat64(${rate(run)})`),
  }
}

/** What the sweep that hits says in a list, by the currency the row is counted in. */
function shareSql({ sweeps, hit }: Run, listOf: (shares: readonly CostShare[]) => string): string {
  const shareOf = ({ shares }: CostSweep, currency: string | null): CostShare => {
    const own = shares.find(
      ({ rowCurrencies }, place) => place > 0 && currency !== null && rowCurrencies.includes(currency),
    )
    const [usual] = shares
    if (!usual) throw new Error('A sweep without shares')
    return own ?? usual
  }
  const currencies = new Set(sweeps.flatMap(({ shares }) => shares.slice(1).flatMap((one) => one.rowCurrencies)))
  const of = (currency: string | null): string => `${listOf(sweeps.map((sweep) => shareOf(sweep, currency)))}[${hit}]`
  const branches = [...currencies].flatMap((currency) => [`currency = ${quoted(currency)}`, of(currency)])
  return branches.length === 0 ? of(null) : `multiIf(${[...branches, of(null)].join(', ')})`
}

/** What a click costs: its share, and one micro more if it is among the first. */
function amountSql(run: Run): string {
  const share = shareSql(run, (shares) => listSql(shares.map(({ micros }) => wholeOrLess(micros))))
  const all = run.sweeps.flatMap(({ shares }) => shares)
  if (all.every(({ oneMoreUpTo }) => oneMoreUpTo === null)) return moneySql(share)
  const atMs = shareSql(run, (shares) => listSql(shares.map(({ oneMoreUpTo }) => wholeOrLess(oneMoreUpTo?.atMs ?? 0))))
  const subId = shareSql(run, (shares) => listSql(shares.map(({ oneMoreUpTo }) => quoted(oneMoreUpTo?.subId ?? ''))))
  const isFirst = `(toUnixTimestamp64Milli(datetime), toString(sub_id)) <= (toInt64(${atMs}), ${subId})`
  return moneySql(`${share} + (${isFirst})`)
}

/** Millionths as the store keeps money. */
const moneySql = (micros: string): string => `reinterpret(toInt64(${micros}), 'Decimal(18, 6)')`

const seqsSql = (sweeps: readonly Sweep[]): string => listSql(sweeps.map(({ seq }) => whole(seq)))

const listSql = (values: readonly (number | string)[]): string => `[${values.join(', ')}]`
