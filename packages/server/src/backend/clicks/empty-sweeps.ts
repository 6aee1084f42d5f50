import { type AdminEvent, isSweep, selectionOf } from '@trackyard/core/events/admin-event.ts'
import { messageOf } from '../../log.ts'
import type { SelectedClicks } from '../../stores/events/port.ts'
import type { Backend } from '../context.ts'

/** The answer waits no longer for what is only a hint, however many entries the request has. */
const ALL_COUNTS_MS = 1000
const MAX_LOOKED_AT = 20

/**
 * Says of each sweep that would reach no click as things are, and how many bots it leaves out. Asked before the change
 * is made, as clicks that are removed match nothing afterwards. Never a reason to fail: without an answer in time
 * nothing is said. `null` stands for entries that are left out anyway.
 */
export async function emptySweepHints(
  entries: readonly (AdminEvent | null)[],
  { eventStore, logError }: Pick<Backend, 'eventStore' | 'logError'>,
): Promise<string[]> {
  const hints: string[] = []
  const giveUpAt = performance.now() + ALL_COUNTS_MS
  const count = (selection: SelectedClicks['selection']): Promise<number> =>
    eventStore.countClicks(
      { selection, below: Number.MAX_SAFE_INTEGER },
      { timeoutMs: Math.max(1, giveUpAt - performance.now()) },
    )
  try {
    for (const [index, event] of entries.slice(0, MAX_LOOKED_AT).entries()) {
      if (performance.now() > giveUpAt) break
      if (!event || !isSweep(event)) continue
      const selection = selectionOf(event)
      if ((await count(selection)) > 0) continue
      const bots = selection.withBots ? 0 : await count({ ...selection, withBots: true })
      const which = entries.length > 1 ? `costs.${index}: ` : ''
      hints.push(`${which}${event.kind === 'clean' ? NOTHING_REMOVED : NOTHING_CHANGED}${leftOut(bots)}.`)
    }
  } catch (error) {
    logError?.('whether a change reaches any click could not be counted', { error: messageOf(error).slice(0, 500) })
  }
  return hints
}

const NOTHING_REMOVED = 'No click of this period was found, so nothing was removed'
const NOTHING_CHANGED = 'No click of this period and filter was found, so nothing was changed yet'

function leftOut(bots: number): string {
  if (bots === 0) return ''
  return `; ${bots === 1 ? '1 bot was' : `${bots} bots were`} left out: send skip_bots=0 to include them`
}
