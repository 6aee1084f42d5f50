import { type Sweep, sweepClick } from '@trackyard/core/costs/sweep.ts'
import type { ClickState, ConversionState, EventStore } from './port.ts'

type Reading = Pick<EventStore, 'loadStates' | 'loadConversions' | 'countEach'>

/** A store as it will be once changes of many clicks that are taken down are carried out (`sweeps`, oldest first). */
export function withSweeps(store: Reading, sweeps: () => readonly Sweep[]): Reading {
  return {
    async loadStates(subIds) {
      const present = sweeps()
      const states = await store.loadStates(subIds)
      return present.length === 0 ? states : new Map([...states].flatMap((one) => sweptState(one, present)))
    },
    async loadConversions(subIds) {
      const present = sweeps()
      const conversions = await store.loadConversions(subIds)
      if (present.length === 0 || conversions.size === 0) return conversions
      const states = await store.loadStates([...conversions.keys()])
      return new Map([...conversions].flatMap((one) => sweptConversions(one, states, present)))
    },
    countEach: (clicks, limits) =>
      store.countEach({ ...clicks, sweeps: [...sweeps(), ...(clicks.sweeps ?? [])] }, limits),
  }
}

function sweptState(
  [subId, { row, version }]: readonly [string, ClickState],
  sweeps: readonly Sweep[],
): [string, ClickState][] {
  const { isRemoved, cost, seq } = sweepClick(row, version, sweeps)
  return isRemoved ? [] : [[subId, cost ? { row: filled({ ...row, ...cost }), version: seq } : { row, version }]]
}

function sweptConversions(
  [subId, conversions]: readonly [string, ConversionState[]],
  states: ReadonlyMap<string, ClickState>,
  sweeps: readonly Sweep[],
): [string, ConversionState[]][] {
  const click = states.get(subId)
  const { isRemoved, cost, seq } = click
    ? sweepClick(click.row, click.version, sweeps)
    : { isRemoved: false, cost: null, seq: 0 }
  if (isRemoved) return []
  if (!cost) return [[subId, conversions]]
  const now = conversions.map(({ row, version }): ConversionState => {
    if (version >= seq) return { row, version }
    const isFirst = row.conversion_id === `${subId}-1`
    return { row: filled({ ...row, ...sweptConversion(row, isFirst, cost) }), version: seq }
  })
  return [[subId, now]]
}

/** What becomes of the amounts of a conversion when the cost of its click is set: the first one carries it. */
export const sweptConversion = (
  row: ConversionState['row'],
  isFirst: boolean,
  cost: Readonly<Record<string, string | number>>,
): Record<string, string | number> => {
  const { cost: amount = 0, ...original } = cost
  const settled = Number(row.settled ?? 0) + Number(row.charged ?? 0)
  return { ...original, conversion_cost: isFirst ? amount : 0, charged: 0, settled }
}

/** Columns that are empty are absent in rows. */
const filled = <Row extends ConversionState['row']>(row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== 0 && value !== '')) as Row
