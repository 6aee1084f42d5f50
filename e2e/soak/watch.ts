import { memoryMb } from '../../bench/lib/process-use.ts'
import type { Yard } from '../harness.ts'
import { ROLES, type Role } from '../processes.ts'

/** Resident memory of a process over time, in MB. */
export interface Memory {
  /** Medians of each tenth of the time: of ten minutes, one a minute. */
  readonly tenths: readonly number[]
  readonly peak: number
  /** From the highest of the first four tenths, in which all is warmed up, to the last, in percent. */
  readonly growthPercent: number
  /** Of a straight line through that time, in MB a minute. */
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

const TENTHS = 10
const WARM = 4

function summary(mb: readonly number[]): Memory {
  const end = (tenth: number): number => Math.round((mb.length * tenth) / TENTHS)
  const tenths = Array.from({ length: TENTHS }, (_, tenth) => median(mb.slice(end(tenth), end(tenth + 1))))
  const [warm, last = 0] = [Math.max(...tenths.slice(0, WARM)), tenths.at(-1)]
  return {
    tenths,
    peak: Math.max(0, ...mb),
    growthPercent: warm === 0 ? 0 : ((last - warm) / warm) * 100,
    slopePerMinute: slope(mb.slice(end(WARM))) * (60_000 / EVERY_MS),
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
