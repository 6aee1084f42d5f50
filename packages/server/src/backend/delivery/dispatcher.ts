import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivered } from './deliver.ts'
import type { DeliveryQueue, Job, Settled } from './queue.ts'

export interface DispatcherOptions {
  readonly queue: Pick<DeliveryQueue, 'due' | 'settle' | 'nextDueMs' | 'lanes'>
  deliver(job: Job): Promise<Delivered>
  /** Host a lane goes to, '' when that is not known yet. */
  hostOf(lane: string): string
  /** The lane does not do what it should, or does so again. */
  onHealth(lane: string, isHealthy: boolean): void
  /** The queue, or what is needed to send, cannot be reached. */
  onFault(error: unknown): void
  nowMs(): number
}

export interface Dispatcher {
  /** Something was added to these lanes. */
  wake(lanes: Iterable<string>): void
  inFlight(): number
  /** Starts no more attempts, and waits for those under way, not for ever. */
  close(): Promise<void>
}

interface Lane {
  readonly key: string
  /** Taken from the queue and not begun. */
  readonly waiting: Job[]
  /** Numbers of jobs that were taken and are not settled. */
  readonly held: Set<number>
  inFlight: number
  /** How many may be under way at once: more while it goes well, fewer when it does not. */
  limit: number
  isHealthy: boolean
  nextDueMs: number
  pausedUntilMs: number
}

const FIRST_LIMIT = 8
const LANE_LIMIT = 64
/** Attempts at once to one host, whatever the number of postbacks there. */
export const HOST_LIMIT = 64
const TOTAL_LIMIT = 512
/** What is taken from the queue is held in memory: of a lane that goes slowly only a little. */
const TAKEN_PER_ATTEMPT = 2
/** Outcomes are written together, as each transaction costs; they are still written several times while one is awaited. */
const SETTLE_EVERY_MS = 25
const FAULT_PAUSE_MS = 1000
const CLOSE_MS = 2000
const LONGEST_SLEEP_MS = 60_000

/**
 * Sends what is due. Every postback is a lane of its own with a number of attempts at once that follows its health: one
 * whose receiver is dead holds a single attempt, whatever waits behind it, and so delays no other.
 */
export function startDispatcher({ queue, nowMs, ...deps }: DispatcherOptions): Dispatcher {
  const lanes = new Map<string, Lane>()
  const hosts = new Map<string, number>()
  let finished: Settled[] = []
  let total = 0
  let turn = 0
  let isClosing = false
  let isClosed = false
  let blockedUntilMs = 0
  let sleeping: NodeJS.Timeout | undefined
  let settling: NodeJS.Timeout | undefined

  function laneOf(key: string): Lane {
    const known = lanes.get(key)
    if (known) return known
    const lane: Lane = {
      key,
      waiting: [],
      held: new Set(),
      inFlight: 0,
      limit: FIRST_LIMIT,
      isHealthy: true,
      nextDueMs: nowMs(),
      pausedUntilMs: 0,
    }
    lanes.set(key, lane)
    return lane
  }

  function pump(): void {
    if (isClosing) return
    clearTimeout(sleeping)
    const now = nowMs()
    let wakeMs = Number.POSITIVE_INFINITY
    if (now >= blockedUntilMs) {
      // Another lane begins each time, so that none is always the last when there is room for few.
      const all = [...lanes.values()]
      turn++
      for (let index = 0; index < all.length; index++) {
        const lane = all[(index + turn) % all.length]
        if (lane) fill(lane, now)
      }
    }
    for (const [key, lane] of lanes) {
      if (lane.nextDueMs === Number.POSITIVE_INFINITY && lane.held.size === 0 && lane.isHealthy) lanes.delete(key)
      const dueMs = lane.waiting.length > 0 ? now : lane.nextDueMs
      const nextMs = Math.max(dueMs, lane.pausedUntilMs, blockedUntilMs)
      // Due already and still not begun: there is no room, and the end of an attempt makes some.
      if (nextMs > now) wakeMs = Math.min(wakeMs, nextMs)
    }
    if (wakeMs < Number.POSITIVE_INFINITY) sleeping = setTimeout(pump, Math.min(wakeMs - now, LONGEST_SLEEP_MS))
  }

  /** Begins as many attempts of a lane as there may be. */
  function fill(lane: Lane, now: number): void {
    if (lane.pausedUntilMs > now) return
    while (lane.inFlight < lane.limit && total < TOTAL_LIMIT) {
      const host = deps.hostOf(lane.key) || lane.key
      if ((hosts.get(host) ?? 0) >= HOST_LIMIT) return
      const job = lane.waiting.shift() ?? take(lane, now)
      if (!job) return
      begin(lane, host, job)
    }
  }

  function take(lane: Lane, now: number): Job | undefined {
    if (lane.nextDueMs > now) return undefined
    try {
      lane.waiting.push(...queue.due(lane.key, now, TAKEN_PER_ATTEMPT * lane.limit, lane.held))
      if (lane.waiting.length === 0) lane.nextDueMs = queue.nextDueMs(lane.key, now) ?? Number.POSITIVE_INFINITY
    } catch (error) {
      block(error)
    }
    for (const job of lane.waiting) lane.held.add(job.n)
    return lane.waiting.shift()
  }

  function begin(lane: Lane, host: string, job: Job): void {
    total++
    lane.inFlight++
    hosts.set(host, (hosts.get(host) ?? 0) + 1)
    void deps
      .deliver(job)
      .then(
        (delivered) => note(lane, delivered),
        (error: unknown) => {
          lane.held.delete(job.n)
          lane.nextDueMs = Math.min(lane.nextDueMs, nowMs())
          block(error)
        },
      )
      .finally(() => {
        total--
        lane.inFlight--
        const others = (hosts.get(host) ?? 1) - 1
        if (others === 0) hosts.delete(host)
        else hosts.set(host, others)
        pump()
      })
  }

  function note(lane: Lane, { settled, isHealthy, pauseMs }: Delivered): void {
    // It is sent again after the next start: that it arrived cannot be written any more.
    if (isClosed) return
    finished.push(settled)
    settling ??= setTimeout(settle, SETTLE_EVERY_MS)
    if (pauseMs > 0) lane.pausedUntilMs = Math.max(lane.pausedUntilMs, nowMs() + pauseMs)
    if (isHealthy === null) return
    lane.limit = isHealthy ? Math.min(lane.limit + 1, LANE_LIMIT) : Math.max(Math.floor(lane.limit / 2), 1)
    // One failure among many says little: told is a stretch of them, and its end.
    const isWell = lane.isHealthy ? lane.limit > 1 : lane.limit >= FIRST_LIMIT
    if (isWell === lane.isHealthy) return
    lane.isHealthy = isWell
    deps.onHealth(lane.key, isWell)
  }

  function settle(): void {
    settling = undefined
    const done = finished
    try {
      queue.settle(done)
    } catch (error) {
      // Not written, so not forgotten either: what was sent would be sent again and again.
      settling = setTimeout(settle, FAULT_PAUSE_MS)
      return block(error)
    }
    finished = []
    for (const { job, nextDueMs } of done) {
      const lane = laneOf(job.lane)
      lane.held.delete(job.n)
      if (nextDueMs !== null) lane.nextDueMs = Math.min(lane.nextDueMs, nextDueMs)
    }
    pump()
  }

  /** Nothing more is begun for a moment. */
  function block(error: unknown): void {
    blockedUntilMs = nowMs() + FAULT_PAUSE_MS
    deps.onFault(error)
  }

  for (const { lane, nextDueMs } of queue.lanes()) laneOf(lane).nextDueMs = nextDueMs
  pump()
  return {
    wake(keys) {
      const now = nowMs()
      for (const key of keys) {
        const lane = laneOf(key)
        lane.nextDueMs = Math.min(lane.nextDueMs, now)
      }
      pump()
    },
    inFlight: () => total,
    async close() {
      isClosing = true
      clearTimeout(sleeping)
      const giveUpAt = performance.now() + CLOSE_MS
      while (total > 0 && performance.now() < giveUpAt) await sleep(10)
      clearTimeout(settling)
      isClosed = true
      try {
        queue.settle(finished)
      } catch (error) {
        deps.onFault(error)
      }
    },
  }
}
