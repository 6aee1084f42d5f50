import { appendFileSync } from 'node:fs'
import { RefusedRows, TooMuchAtOnce } from '../../stores/events/port.ts'

/** Keeps what the store refuses, so that it can be mended and is not lost. */
export type SetAside = (lines: readonly string[], reason: string) => void

/** One JSON object a line: when, why, and the refused lines themselves. */
export const setAsideInto =
  (path: string, nowMs: () => number): SetAside =>
  (lines, reason) =>
    appendFileSync(path, `${JSON.stringify({ at: new Date(nowMs()).toISOString(), reason, lines })}\n`, { mode: 0o600 })

/** With fewer units it is not their number that the store has not the memory for. */
const MIN_UNITS = 500

/**
 * Inserts units of lines that belong together. When the store refuses the rows themselves (not when it cannot be
 * reached), halves them until the bad units are found and set aside: one bad row must not hold up the rest. Halves
 * them as well when they are too much at once.
 */
export async function insertOrSetAside(
  units: readonly (readonly string[])[],
  insert: (lines: readonly string[]) => Promise<void>,
  setAside: SetAside,
): Promise<void> {
  if (units.length === 0) return
  try {
    await insert(units.flat())
  } catch (error) {
    const isTooMuch = error instanceof TooMuchAtOnce && units.length >= MIN_UNITS
    if (!(error instanceof RefusedRows) && !isTooMuch) throw error
    const [only] = units
    if (units.length === 1 && only) return setAside(only, error.message)
    const middle = units.length >> 1
    await insertOrSetAside(units.slice(0, middle), insert, setAside)
    await insertOrSetAside(units.slice(middle), insert, setAside)
  }
}
