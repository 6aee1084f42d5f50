import { type LimitCounts, NO_LIMITS } from '@trackyard/core/click/click.ts'
import { dayInZone, hourStartInZone } from '@trackyard/core/time/zone.ts'

/** Days and hours of every time zone begin on a quarter hour of UTC. */
const QUARTER_HOUR_MS = 900_000
/** The longest day has 25 hours. */
const KEPT_QUARTERS = 26 * 4

/**
 * How often a stream was chosen, in a form that no time zone is in: it counts alike whatever zone is asked for later, also
 * when it is rebuilt before anybody knows which. A mark says how many there were before a quarter hour (number since 1970).
 */
export interface LimitCounter {
  readonly total: number
  /** Quarter hours with a choice, the oldest first. */
  readonly marks: readonly (readonly [quarter: number, before: number])[]
}

/** Counts by the clocks of a zone. */
export function countsAt(counter: LimitCounter | undefined, atMs: number, timeZone: string): LimitCounts {
  if (!counter) return NO_LIMITS
  return {
    hour: since(counter, hourStartInZone(atMs, timeZone)),
    day: since(counter, dayInZone(atMs, timeZone).startMs),
    total: counter.total,
  }
}

function since({ total, marks }: LimitCounter, startMs: number): number {
  const start = Math.floor(startMs / QUARTER_HOUR_MS)
  let before = total
  for (let index = marks.length - 1; index >= 0; index--) {
    const mark = marks[index]
    if (mark === undefined || mark[0] < start) break
    before = mark[1]
  }
  return total - before
}

/** The counter after one more choice. */
export function counted(counter: LimitCounter | undefined, atMs: number): LimitCounter {
  const { total, marks } = counter ?? { total: 0, marks: [] }
  const quarter = Math.floor(atMs / QUARTER_HOUR_MS)
  const last = marks.at(-1)
  // A clock that was set back counts into the newest quarter, as if it had stood still.
  if (last !== undefined && last[0] >= quarter) return { total: total + 1, marks }
  const kept = marks.filter(([at]) => at > quarter - KEPT_QUARTERS)
  return { total: total + 1, marks: [...kept, [quarter, total]] }
}

/** Counts by days and hours of UTC, as memories were saved before limits had time zones. */
interface UtcCounter {
  readonly hourStart: number
  readonly hour: number
  readonly dayStart: number
  readonly day: number
  readonly total: number
}

export function fromUtcCounter({ hourStart, hour, dayStart, day, total }: UtcCounter): LimitCounter {
  const dayMark = [dayStart * 96, total - day] as const
  const hourMark = [hourStart * 4, total - hour] as const
  return { total, marks: day === hour ? [hourMark] : [dayMark, hourMark] }
}
