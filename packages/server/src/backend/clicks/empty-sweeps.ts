import { type AdminEvent, type ClickSelection, isSweep, selectionOf } from '@trackyard/core/events/admin-event.ts'
import { messageOf } from '../../log.ts'
import type { Backend } from '../context.ts'

/** The answer waits no longer for what is only a hint. */
const TIMEOUT_MS = 1000
/** Hints are headers, and a request may have a thousand entries. */
const MAX_HINTS = 20

/**
 * Says of each sweep that would reach no click as things are, and how many bots it leaves out. Asked before the change
 * is made, as clicks that are removed match nothing afterwards. Never a reason to fail: without an answer in time
 * nothing is said. `null` stands for entries that are left out anyway.
 */
export async function emptySweepHints(
  entries: readonly (AdminEvent | null)[],
  { eventStore, logError }: Pick<Backend, 'eventStore' | 'logError'>,
): Promise<string[]> {
  const giveUpAt = performance.now() + TIMEOUT_MS
  const count = async (selections: readonly ClickSelection[]): Promise<number[]> => {
    if (selections.length === 0) return []
    const limits = { timeoutMs: Math.max(1, giveUpAt - performance.now()) }
    const counts = await eventStore.countEach({ selections, below: Number.MAX_SAFE_INTEGER }, limits)
    return counts.map(({ clicks }) => clicks)
  }
  try {
    const sweeps = entries.flatMap((event, index) =>
      event && isSweep(event) ? [{ index, kind: event.kind, selection: selectionOf(event) }] : [],
    )
    const reached = await count(sweeps.map(({ selection }) => selection))
    const empty = sweeps.filter((_, place) => reached[place] === 0).slice(0, MAX_HINTS)
    const leaving = empty.filter(({ selection }) => !selection.withBots)
    const bots = await count(leaving.map(({ selection }) => ({ ...selection, withBots: true })))
    return empty.map((sweep) => {
      const which = entries.length > 1 ? `costs.${sweep.index}: ` : ''
      const what = sweep.kind === 'clean' ? NOTHING_REMOVED : NOTHING_CHANGED
      return `${which}${what}${leftOut(bots[leaving.indexOf(sweep)] ?? 0)}.`
    })
  } catch (error) {
    logError?.('whether a change reaches any click could not be counted', { error: messageOf(error).slice(0, 500) })
    return []
  }
}

const NOTHING_REMOVED = 'No click of this period was found, so nothing was removed'
const NOTHING_CHANGED = 'No click of this period and filter was found, so nothing was changed yet'

function leftOut(bots: number): string {
  if (bots === 0) return ''
  return `; ${bots === 1 ? '1 bot was' : `${bots} bots were`} left out: send skip_bots=0 to include them`
}
