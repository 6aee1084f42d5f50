import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { RefusedRows, TooMuchAtOnce } from '../../stores/events/port.ts'

/** Keeps what the store refuses, so that it can be mended and is not lost. */
export type SetAside = (lines: readonly string[], reason: string) => void

/** One JSON object a line: when, why, and the refused lines themselves. */
export const setAsideInto =
  (path: string, nowMs: () => number): SetAside =>
  (lines, reason) =>
    appendFileSync(path, `${JSON.stringify({ at: new Date(nowMs()).toISOString(), reason, lines })}\n`, { mode: 0o600 })

const DAY_MS = 86_400_000
const KEEP_MS = 30 * DAY_MS
const asideLine = z.object({ at: z.iso.datetime() })

/** Removes what was set aside more than 30 days ago, and whatever is about these clicks, as their visitors are erased. */
export function tidySetAside(path: string, nowMs: number, erased: Iterable<string> = []): void {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    // Nothing was ever set aside.
    return
  }
  const subIds = [...erased]
  const lines = text.split('\n').filter((line) => line !== '')
  const kept = lines.filter((line) => isRecent(line, nowMs) && !subIds.some((subId) => line.includes(subId)))
  if (kept.length === lines.length) return
  const temporary = `${path}.tmp`
  writeFileSync(temporary, kept.map((line) => `${line}\n`).join(''), { mode: 0o600 })
  renameSync(temporary, path)
}

function isRecent(line: string, nowMs: number): boolean {
  try {
    return nowMs - Date.parse(asideLine.parse(JSON.parse(line)).at) < KEEP_MS
  } catch {
    // Cut off when the disk was full, say: nobody could tell when it is to go.
    return false
  }
}

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
