import { memoryMb } from '../../bench/lib/process-use.ts'
import type { Yard } from '../harness.ts'
import { ROLES, type Role } from '../processes.ts'

/** Resident memory of a process over time, in MB. */
export interface Memory {
  /** Medians of the first, second and last third of the time. */
  readonly thirds: readonly [number, number, number]
  readonly peak: number
  /** Of a straight line through the last two thirds, in MB a minute; what came before is warming up. */
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
  const third = Math.floor(mb.length / 3)
  return {
    thirds: [median(mb.slice(0, third)), median(mb.slice(third, 2 * third)), median(mb.slice(2 * third))],
    peak: Math.max(0, ...mb),
    slopePerMinute: slope(mb.slice(third)) * (60_000 / EVERY_MS),
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
