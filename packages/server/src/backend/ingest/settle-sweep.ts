import { type ClickPlace, type CostShare, type Sweep, shareOut } from '@trackyard/core/costs/sweep.ts'
import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import { type CleanEvent, type CostsEvent, selectionOf } from '@trackyard/core/events/admin-event.ts'
import { subIdTimeMs } from '@trackyard/core/events/sub-id.ts'
import { roundHalfAway } from '@trackyard/core/money.ts'
import type { PendingBatch } from '../../spool/ingest-state.ts'
import type { EventStore, SelectedClicks, StretchCount } from '../../stores/events/port.ts'

export type SweepEvent = CostsEvent | CleanEvent

const HOUR_MS = 3_600_000
const SECOND_MS = 1000

interface Surroundings {
  readonly store: Pick<EventStore, 'countClicks' | 'countByTime' | 'clickAt'>
  /** Sweeps before it that are not carried out yet. */
  readonly sweeps: readonly Sweep[]
  readonly exchange: Exchange
  /** The event may be carried out already, in part or in full. */
  readonly isReplay: boolean
}

/**
 * Settles what an event about many clicks does to each of them; null when there is nothing to change. Only counts, so it
 * takes a moment however many there are. All events before it must be stored.
 */
export async function settleSweep(event: SweepEvent, seq: number, around: Surroundings): Promise<Sweep | null> {
  const { store, sweeps } = around
  const selection = selectionOf(event)
  const left = { selection, below: seq, sweeps }
  if (event.kind === 'clean') return (await store.countClicks(left)) === 0 ? null : { kind: 'clean', seq, selection }
  const hoursLeft = await store.countByTime(left, HOUR_MS)
  if (hoursLeft.length === 0) return null
  const before = around.isReplay ? comeBefore(event, left) : left
  const hoursBefore = around.isReplay ? await store.countByTime(before, HOUR_MS) : hoursLeft
  const [clicks, hours] = sum(hoursBefore) < sum(hoursLeft) ? [left, hoursLeft] : [before, hoursBefore]
  return { kind: 'costs', seq, selection, shares: await settleShares(event, sum(hours), around.exchange, place) }

  async function place(number: number): Promise<ClickPlace | null> {
    const hour = stretchOf(number, hours)
    const inHour = within(clicks, hour.fromMs, HOUR_MS)
    const second = stretchOf(hour.number, await store.countByTime(inHour, SECOND_MS))
    return store.clickAt(within(inHour, second.fromMs, SECOND_MS), second.number)
  }
}

/** What each click gets, by the currency of its row: rows keep the base currency of their time. */
async function settleShares(
  event: CostsEvent,
  count: number,
  exchange: Exchange,
  place: (number: number) => Promise<ClickPlace | null>,
): Promise<CostShare[]> {
  const base = exchange.toBase(event.atMs).currency
  // The rate of the period, so that the same costs sent again later come to the same.
  const rateMs = Math.max(0, Math.min(event.selection.toMs - 1, event.atMs))
  const into = (currency: string) => exchange.into(currency, rateMs, event.atMs)
  const rowCurrencies = (currency: string): string[] => (currency === exchange.first ? ['', currency] : [currency])
  const { micros: total, original } = into(base).read(event.costMicros, event.costCurrency || base)
  const { micros, oneMore } = shareOut(total, count)
  const usual: CostShare = {
    rowCurrencies: rowCurrencies(base),
    micros,
    oneMoreUpTo: oneMore === 0 ? null : await place(oneMore),
    original: original && { ...original, micros: roundHalfAway(original.micros / count) },
  }
  const others = new Set(exchange.bases.map(({ currency }) => currency).filter((currency) => currency !== base))
  const converted = [...others].map((currency): CostShare => {
    const share = into(currency).read(micros, base)
    return { rowCurrencies: rowCurrencies(currency), micros: share.micros, oneMoreUpTo: null, original: share.original }
  })
  return [usual, ...converted]
}

/** One that an earlier release was carrying out part by part; what it has changed already is left out by its version. */
export function fromEarlierRelease(event: SweepEvent, plan: NonNullable<PendingBatch['sweep']>): Sweep {
  const { seq, micros, oneMoreUpTo: subId } = plan
  const selection = selectionOf(event)
  if (event.kind === 'clean') return { kind: 'clean', seq, selection }
  const oneMoreUpTo = subId === '' ? null : { atMs: subIdTimeMs(subId), subId }
  return { kind: 'costs', seq, selection, shares: [{ rowCurrencies: [''], micros, oneMoreUpTo, original: null }] }
}

/** Those that it has changed already, perhaps together with later events, are told from newer ones by their time. */
const comeBefore = ({ atMs }: CostsEvent, { selection, sweeps = [] }: SelectedClicks): SelectedClicks => ({
  ...{ selection: { ...selection, toMs: Math.min(selection.toMs, atMs) }, sweeps },
  below: Number.MAX_SAFE_INTEGER,
})

const sum = (stretches: readonly StretchCount[]): number => stretches.reduce((total, { clicks }) => total + clicks, 0)

/** The stretch in which the click of this number stands, and its number there, from 1. */
function stretchOf(number: number, stretches: readonly StretchCount[]): { fromMs: number; number: number } {
  let left = number
  for (const { fromMs, clicks } of stretches) {
    if (left <= clicks) return { fromMs, number: left }
    left -= clicks
  }
  throw new Error('Clicks are gone that were counted a moment ago')
}

function within(clicks: SelectedClicks, fromMs: number, lengthMs: number): SelectedClicks {
  const { selection } = clicks
  const bounds = { fromMs: Math.max(selection.fromMs, fromMs), toMs: Math.min(selection.toMs, fromMs + lengthMs) }
  return { ...clicks, selection: { ...selection, ...bounds } }
}
