import { memoryMb } from '../../bench/lib/process-use.ts'
import type { Yard } from '../harness.ts'
import { ROLES, type Role } from '../processes.ts'
import { EVENING_HOURS, HOURS_IN_ALL } from './day.ts'

/** Resident memory of a process over time, in MB. */
export interface Memory {
  /** Medians of each simulated hour. */
  readonly hours: readonly number[]
  readonly peak: number
  /** From the highest hour of the first evening to the highest of the one a day later, at the same traffic, in percent. */
  readonly growthPercent: number
  /** Of a straight line from the first evening's end, in MB a minute. */
  readonly slopePerMinute: number
}

export interface Watch {
  /** Ends it. */
  stop(): {
    readonly memory: Readonly<Record<Role, Memory>>
    readonly samples: number
    readonly largestBacklogMb: number
  }
}

const EVERY_MS = 1000

/** Looks every second how much memory each process holds, and how far storing is behind the visitors. */
export function watch(yard: Yard): Watch {
  const pids = yard.pids()
  const seen: Record<Role, number[]> = { tracker: [], backend: [], store: [] }
  let largestBacklogMb = 0
  const timer = setInterval(() => {
    for (const role of ROLES) {
      const pid = pids[role]
      if (pid !== undefined) seen[role].push(memoryMb(pid).now)
    }
    void yard.readyz().then((status) => {
      const stored = status?.backend.ingest?.position
      if (status && stored !== undefined)
        largestBacklogMb = Math.max(largestBacklogMb, (status.tracker.spool_position - stored) / 1e6)
    })
  }, EVERY_MS)
  return {
    stop() {
      clearInterval(timer)
      const { tracker, backend, store } = seen
      const memory = { tracker: summary(tracker), backend: summary(backend), store: summary(store) }
      return { memory, samples: tracker.length, largestBacklogMb }
    },
  }
}

function summary(mb: readonly number[]): Memory {
  const end = (hour: number): number => Math.round((mb.length * hour) / HOURS_IN_ALL)
  const hours = Array.from({ length: HOURS_IN_ALL }, (_, hour) => median(mb.slice(end(hour), end(hour + 1))))
  const [first, last] = [Math.max(...hours.slice(0, EVENING_HOURS)), Math.max(...hours.slice(-EVENING_HOURS))]
  return {
    hours,
    peak: Math.max(0, ...mb),
    growthPercent: first === 0 ? 0 : ((last - first) / first) * 100,
    slopePerMinute: slope(mb.slice(end(EVENING_HOURS))) * (60_000 / EVERY_MS),
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** Least squares, per step. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let above = 0
  let below = 0
  for (const [at, value] of values.entries()) {
    above += (at - middle) * (value - mean)
    below += (at - middle) ** 2
  }
  return below === 0 ? 0 : above / below
}
