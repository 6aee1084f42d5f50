import type { ClickPlace } from '@trackyard/core/costs/sweep.ts'
import type { ClickSelection } from '@trackyard/core/events/admin-event.ts'
import type { ClickCount, EventStore, SelectedClicks } from '../../stores/events/port.ts'

/** The click of this number, from 1, among those of a selection in the order in which they came. */
export interface WantedPlace {
  readonly selection: ClickSelection
  readonly number: number
  readonly count: ClickCount
}

/** So few clicks are listed, more are counted by time first. */
const FEW = 50
/** Counts of one statement, for all selections together, and at least so many for each. */
const MAX_COUNTS = 8192
const MIN_COUNTS = 64

/**
 * Where clicks of these numbers stand; null: they are gone. For all of them at once, by narrowing down the time each came
 * in: a few statements however many clicks there are. Version and sweeps are those of `clicks`.
 */
export async function findPlaces(
  store: Pick<EventStore, 'countEachByTime' | 'listEach'>,
  clicks: Omit<SelectedClicks, 'selections'>,
  wanted: readonly WantedPlace[],
): Promise<(ClickPlace | null)[]> {
  if (wanted.length === 0) return []
  const of = (windows: readonly Window[]): SelectedClicks => ({
    ...clicks,
    selections: windows.map(({ selection }) => selection),
  })
  let windows = wanted.map(({ selection, number, count }): Window => {
    const bounds = {
      fromMs: Math.max(selection.fromMs, count.firstMs),
      toMs: Math.min(selection.toMs, count.lastMs + 1),
    }
    return { selection: { ...selection, ...bounds }, number, clicks: count.clicks }
  })
  for (;;) {
    const wide = windows.filter((one) => one.clicks > FEW && lengthOf(one) > 1)
    if (wide.length === 0) break
    const parts = Math.max(MIN_COUNTS, Math.floor(MAX_COUNTS / wide.length))
    const stretchMs = Math.max(1, Math.ceil(Math.max(...wide.map(lengthOf)) / parts))
    const counts = await store.countEachByTime(of(wide), stretchMs)
    const narrowed = new Map(wide.map((one, index) => [one, narrow(one, counts[index] ?? [], stretchMs)]))
    windows = windows.map((one) => narrowed.get(one) ?? one)
  }
  const lists = await store.listEach(of(windows))
  return windows.map(({ number }, index) => lists[index]?.[number - 1] ?? null)
}

interface Window {
  readonly selection: ClickSelection
  /** Within it. */
  readonly number: number
  readonly clicks: number
}

const lengthOf = ({ selection: { fromMs, toMs } }: Window): number => toMs - fromMs

function narrow(
  { selection, number }: Window,
  stretches: readonly { readonly fromMs: number; readonly clicks: number }[],
  stretchMs: number,
): Window {
  let left = number
  for (const { fromMs, clicks } of stretches) {
    const bounds = { fromMs: Math.max(selection.fromMs, fromMs), toMs: Math.min(selection.toMs, fromMs + stretchMs) }
    if (left <= clicks) return { selection: { ...selection, ...bounds }, number: left, clicks }
    left -= clicks
  }
  throw new Error('Clicks are gone that were counted a moment ago')
}
