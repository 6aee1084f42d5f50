import { clicksTable, conversionsTable, sweepsWithin } from '../costs/swept-tables.ts'
import { inBaseCurrency, type MoneyScope } from './money-table.ts'
import type { PlanScope } from './scope.ts'

/**
 * The tables that statements read, as FROM wants them. Changes of many clicks that are taken down but not carried out yet
 * are applied, and amounts are in the base currency, so every statement over clicks and conversions must name its tables
 * by these.
 */

/** States of clicks. `isByTime`: the statement reads clicks of its range only. */
export function clicksOf(scope: PlanScope, isByTime = true): string {
  const { context, range } = scope
  const [fromMs, toMs] = isByTime ? [range.fromMs, range.toMs] : [null, null]
  const swept = clicksTable(sweepsWithin(context.sweeps ?? [], context.campaignIds ?? null, fromMs, toMs))
  return inBaseCurrency('clicks', swept, { ...moneyScope(scope), fromMs, toMs })
}

/** Conversions as they are now. */
export const conversionsOf = (scope: PlanScope): string =>
  inBaseCurrency(
    'conversions',
    conversionsTable(sweepsWithin(scope.context.sweeps ?? [], scope.context.campaignIds ?? null, null, null)),
    moneyScope(scope),
  )

/** The same for statements that have their clicks from `clicksOf`: only the money of conversions matters there. */
export const revenueOfConversions = (scope: PlanScope): string =>
  inBaseCurrency('conversions', 'conversions FINAL', moneyScope(scope))

const moneyScope = ({ context: { money, nowMs } }: PlanScope): MoneyScope => ({
  exchange: money,
  fromMs: null,
  toMs: null,
  nowMs,
})
