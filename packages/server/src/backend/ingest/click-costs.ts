import type { Conversion } from '@trackyard/core/conversion/conversion.ts'
import { type Charges, chargedFor, settle } from '@trackyard/core/costs/charge.ts'
import { type Sweep, sweepClick } from '@trackyard/core/costs/sweep.ts'
import type { ConversionState } from '../../stores/events/port.ts'
import { FIRST, readCharge } from './conversion-row.ts'

/** What a click costs, while events are applied to it: its own cost and what was charged for its conversions. */
export interface ClickCosts {
  row: Record<string, string | number>
  conversions: Conversion[]
  charges: Charges
  ownCostMicros: number
}

/** Splits the cost of a click as stored. */
export function splitCost(
  row: Readonly<Record<string, string | number>>,
  version: number,
  stored: readonly ConversionState[],
): Pick<ClickCosts, 'charges' | 'ownCostMicros'> {
  const ordinalOf = (one: ConversionState): number => Number(String(one.row.conversion_id).split('-')[1])
  const charges = new Map(stored.map((one) => [ordinalOf(one), readCharge(one)]))
  const first = stored.find((one) => ordinalOf(one) === FIRST)
  // Conversions are stored before their click. When the click does not know of them yet, the first one tells its own cost.
  const isAhead = stored.some((one) => one.version > version)
  const ownCostMicros =
    isAhead && first
      ? Number(first.row.conversion_cost ?? 0) - readCharge(first).charged
      : Number(row.cost ?? 0) - chargedFor(charges)
  return { charges, ownCostMicros }
}

/** The cost of a click was set, whatever it was: what was charged before is part of it no more. */
export function setOwnCost(costs: ClickCosts, columns: Readonly<Record<string, string | number>>): void {
  Object.assign(costs.row, columns)
  costs.ownCostMicros = Number(columns.cost ?? 0)
  costs.charges = settle(costs.charges)
}

/**
 * Applies sweeps that are not carried out on a click yet, before something newer changes it; `newerThan`: version of the
 * click. Answers the position of the last one that changed it (0: none), or that the click is gone.
 */
export function applySweeps(costs: ClickCosts, newerThan: number, sweeps: readonly Sweep[]): number | 'removed' {
  const { isRemoved, cost, seq } = sweepClick(costs.row, newerThan, sweeps)
  if (isRemoved) return 'removed'
  if (cost) setOwnCost(costs, cost)
  return seq
}
