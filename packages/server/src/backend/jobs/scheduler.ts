import { type Log, messageOf } from '../../log.ts'

/** Something that is done again and again in the background. */
export interface Job {
  readonly name: string
  readonly everyMs: number
  /** Answers in words what was done, for the log; '' when there was nothing to do. */
  run(signal: AbortSignal): Promise<string>
}

export interface JobStatus {
  readonly name: string
  readonly runs: number
  readonly failures: number
  /** Why the last run failed, null when it did not. */
  readonly lastError: string | null
  /** UTC epoch milliseconds. */
  readonly nextRunAtMs: number
}

interface Options {
  readonly log: Pick<Log, 'info' | 'warn'>
  nowMs(): number
  /** From 0 to below 1. */
  random(): number
}

/** Runs come up to this share early or late, so that the backends of several machines drift apart. */
const JITTER = 0.1
const FIRST_RUN_WITHIN_MS = 60_000

export interface RunningJobs {
  status(): readonly JobStatus[]
  /** Starts no more runs and waits for the one that is under way. */
  close(): Promise<void>
}

/**
 * Runs jobs one at a time: they are housekeeping and must not take the machine from visitors. A run that fails is
 * logged and comes again at its time.
 */
export function startJobs(jobs: readonly Job[], { log, nowMs, random }: Options): RunningJobs {
  const stop = new AbortController()
  const jitter = (ms: number): number => Math.round(ms * (1 + JITTER * (2 * random() - 1)))
  const states = jobs.map((job) => ({
    job,
    runs: 0,
    failures: 0,
    lastError: null as string | null,
    nextRunAtMs: nowMs() + Math.round(random() * Math.min(job.everyMs, FIRST_RUN_WITHIN_MS)),
  }))
  let timer: NodeJS.Timeout | null = null
  let current: Promise<void> = Promise.resolve()

  const schedule = (): void => {
    if (stop.signal.aborted || states.length === 0) return
    const next = states.reduce((first, state) => (state.nextRunAtMs < first.nextRunAtMs ? state : first))
    const start = () => {
      current = runOne(next).finally(schedule)
    }
    timer = setTimeout(start, Math.max(0, next.nextRunAtMs - nowMs()))
    // Housekeeping is no reason to keep a process alive.
    timer.unref()
  }

  async function runOne(state: (typeof states)[number]): Promise<void> {
    const { job } = state
    const startedAtMs = nowMs()
    try {
      const done = await job.run(stop.signal)
      state.lastError = null
      if (done !== '') log.info(`${job.name}: ${done}`, { duration_ms: nowMs() - startedAtMs })
    } catch (error) {
      state.failures++
      state.lastError = messageOf(error)
      log.warn(`${job.name} failed and will be tried again`, { error: state.lastError })
    }
    state.runs++
    state.nextRunAtMs = nowMs() + jitter(job.everyMs)
  }

  schedule()
  return {
    status: () => states.map(({ job, ...state }) => ({ name: job.name, ...state })),
    async close() {
      stop.abort()
      if (timer) clearTimeout(timer)
      await current
    },
  }
}
