import { type ClickPlace, type CostShare, type Sweep, shareOut, withSweep } from '@trackyard/core/costs/sweep.ts'
import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import {
  type CleanEvent,
  type ClickSelection,
  type CostsEvent,
  selectionOf,
} from '@trackyard/core/events/admin-event.ts'
import { subIdTimeMs } from '@trackyard/core/events/sub-id.ts'
import { roundHalfAway } from '@trackyard/core/money.ts'
import type { PendingBatch } from '../../spool/ingest-state.ts'
import type { ClickCount, EventStore, SelectedClicks } from '../../stores/events/port.ts'
import { findPlaces, type WantedPlace } from './find-places.ts'

export type SweepEvent = CostsEvent | CleanEvent

/** An event with its position in the spool. */
export interface PlacedSweep {
  readonly event: SweepEvent
  readonly seq: number
}

interface Surroundings {
  readonly store: Pick<EventStore, 'countEach' | 'countEachByTime' | 'listEach'>
  /** Sweeps before it that are not carried out yet. */
  readonly sweeps: readonly Sweep[]
  readonly exchange: Exchange
  /** The events may be carried out already, in part or in full. */
  readonly isReplay: boolean
}

/**
 * Settles what events about many clicks do to each of them, and answers all sweeps that wait now. They follow each other in
 * the spool with nothing in between, and all events before them must be stored. Only counts, all totals at once, so it
 * takes a moment however many clicks and totals there are.
 */
export async function settleSweeps(events: readonly PlacedSweep[], around: Surroundings): Promise<readonly Sweep[]> {
  let { sweeps } = around
  for (const run of inRuns(events)) {
    const settled = await settleRun(run, { ...around, sweeps })
    sweeps = settled.reduce(withSweep, sweeps)
  }
  return sweeps
}

/** Those that can be counted together: none of them changes which clicks another is about. */
function inRuns(events: readonly PlacedSweep[]): PlacedSweep[][] {
  const runs: PlacedSweep[][] = []
  let isOpen = false
  for (const one of events) {
    const isPlain = one.event.kind === 'costs' && one.event.selection.costsMicros === null
    if (isOpen && isPlain) runs.at(-1)?.push(one)
    else runs.push([one])
    isOpen = isPlain
  }
  return runs
}

async function settleRun(run: readonly PlacedSweep[], around: Surroundings): Promise<Sweep[]> {
  const counted = await countRun(run, around)
  const settled = run.flatMap(({ event, seq }, index): Settled[] => {
    const { clicks, selection, count } = counted[index] ?? {}
    if (!clicks || !selection || !count) return []
    const own = { clicks, selection, count, number: 0 }
    if (event.kind === 'clean') return [{ ...own, sweep: { kind: 'clean', seq, selection: selectionOf(event) } }]
    const { shares, oneMore } = settleShares(event, count.clicks, around.exchange)
    return [{ ...own, number: oneMore, sweep: { kind: 'costs', seq, selection: event.selection, shares } }]
  })
  const placeOf = new Map<Settled, ClickPlace | null>()
  const sharing = settled.filter(({ number }) => number > 0)
  for (const [clicks, wanted] of Map.groupBy(sharing, (one) => one.clicks)) {
    const places = await findPlaces(around.store, clicks, wanted)
    for (const [index, one] of wanted.entries()) placeOf.set(one, places[index] ?? null)
  }
  return settled.map((one) => withPlace(one.sweep, placeOf.get(one) ?? null))
}

/** Clicks that share a total. */
interface Sharing {
  /** What its clicks are among. */
  readonly clicks: Omit<SelectedClicks, 'selections'>
  readonly selection: ClickSelection
  readonly count: ClickCount
}

/** `number`: so many of the clicks, the first ones, get one micro more. */
interface Settled extends Sharing, WantedPlace {
  readonly sweep: Sweep
}

/** Only the share in the base currency of the event makes up the total to the last micro. */
function withPlace(sweep: Sweep, oneMoreUpTo: ClickPlace | null): Sweep {
  if (sweep.kind === 'clean' || !oneMoreUpTo) return sweep
  return { ...sweep, shares: sweep.shares.map((share, place) => (place === 0 ? { ...share, oneMoreUpTo } : share)) }
}

/**
 * Counts the clicks there are for each; null where there are none left. In a replay an event may have changed clicks
 * already, perhaps together with later ones: those are told from newer ones by their time.
 */
async function countRun(run: readonly PlacedSweep[], around: Surroundings): Promise<(Sharing | null)[]> {
  const { store, sweeps, isReplay } = around
  const left = { below: run.at(-1)?.seq ?? 0, sweeps }
  const selections = run.map(({ event }) => selectionOf(event))
  const counts = await store.countEach({ ...left, selections })
  const sharing = selections.map((selection, index): Sharing | null => {
    const count = counts[index]
    return count && count.clicks > 0 ? { clicks: left, selection, count } : null
  })
  if (!isReplay || sharing.every((one) => one === null)) return sharing
  const before = { ...left, below: Number.MAX_SAFE_INTEGER }
  const older = run.map(({ event }, index): ClickSelection => {
    const selection = selections[index] ?? selectionOf(event)
    return { ...selection, toMs: Math.min(selection.toMs, event.atMs) }
  })
  const countsBefore = await store.countEach({ ...before, selections: older })
  return sharing.map((one, index) => {
    const [selection, count] = [older[index], countsBefore[index]]
    if (!one || !selection || !count || count.clicks < one.count.clicks) return one
    return { clicks: before, selection, count }
  })
}

/** What each click gets, by the currency of its row: rows keep the base currency of their time. */
function settleShares(
  event: CostsEvent,
  count: number,
  exchange: Exchange,
): { readonly shares: CostShare[]; readonly oneMore: number } {
  const base = exchange.toBase(event.atMs).currency
  // The rate of the period, so that the same costs sent again later come to the same.
  const rateMs = Math.max(0, Math.min(event.selection.toMs - 1, event.atMs))
  const into = (currency: string) => exchange.into(currency, rateMs, event.atMs)
  const rowCurrencies = (currency: string): string[] => (currency === exchange.first ? ['', currency] : [currency])
  const { micros: total, original } = into(base).read(event.costMicros, event.costCurrency || base)
  const { micros, oneMore } = shareOut(total, count)
  const usual: CostShare = {
    ...{ rowCurrencies: rowCurrencies(base), micros, oneMoreUpTo: null },
    original: original && { ...original, micros: roundHalfAway(original.micros / count) },
  }
  const others = new Set(exchange.bases.map(({ currency }) => currency).filter((currency) => currency !== base))
  const converted = [...others].map((currency): CostShare => {
    const share = into(currency).read(micros, base)
    return { rowCurrencies: rowCurrencies(currency), micros: share.micros, oneMoreUpTo: null, original: share.original }
  })
  return { shares: [usual, ...converted], oneMore }
}

/** One that an earlier release was carrying out part by part; what it has changed already is left out by its version. */
export function fromEarlierRelease(event: SweepEvent, plan: NonNullable<PendingBatch['sweep']>): Sweep {
  const { seq, micros, oneMoreUpTo: subId } = plan
  const selection = selectionOf(event)
  if (event.kind === 'clean') return { kind: 'clean', seq, selection }
  const oneMoreUpTo = subId === '' ? null : { atMs: subIdTimeMs(subId), subId }
  return { kind: 'costs', seq, selection, shares: [{ rowCurrencies: [''], micros, oneMoreUpTo, original: null }] }
}
