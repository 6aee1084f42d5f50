import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../log.ts'
import { type EventStore, RefusedRows } from '../../stores/events/port.ts'
import type { DeliveryQueue } from './queue.ts'

export interface LogWriterOptions {
  readonly queue: Pick<DeliveryQueue, 'logLines' | 'dropLogLines'>
  readonly store: Pick<EventStore, 'insertLines'>
  readonly everyMs: number
  readonly log: { warn(message: string, fields?: Record<string, unknown>): void }
}

const LONGEST_RETRY_MS = 30_000
const MAX_LINES = 10_000

export interface LogWriter {
  /** Nothing is written until the answered function is called. */
  hold(): Promise<() => void>
  close(): Promise<void>
}

/**
 * Moves lines from the queue to the event store. Lines that are moved twice, as after a crash, are one there: the store
 * knows them by time, message and attempt.
 */
export function startLogWriter({ queue, store, everyMs, log }: LogWriterOptions): LogWriter {
  const stop = new AbortController()
  let holds = 0
  let moving: Promise<void> = Promise.resolve()
  let isFailing = false

  async function move(): Promise<void> {
    for (;;) {
      const lines = queue.logLines(MAX_LINES)
      const last = lines.at(-1)
      if (!last) return
      try {
        await store.insertLines(
          'sent_postbacks',
          lines.map(({ line }) => line),
          `s${last.n}`,
        )
      } catch (error) {
        if (!(error instanceof RefusedRows)) throw error
        log.warn('lines of the log of sent postbacks were given up', { lines: lines.length, error: messageOf(error) })
      }
      queue.dropLogLines(last.n)
      if (lines.length < MAX_LINES) return
    }
  }

  async function run(): Promise<void> {
    let pauseMs = everyMs
    while (!stop.signal.aborted) {
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined)
      if (holds > 0) continue
      try {
        moving = move()
        await moving
        pauseMs = everyMs
        isFailing = false
      } catch (error) {
        if (!isFailing) log.warn('the log of sent postbacks waits for the event store', { error: messageOf(error) })
        isFailing = true
        pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS)
      }
    }
  }

  const running = run()
  return {
    async hold() {
      holds++
      await moving.catch(() => undefined)
      let isHeld = true
      return () => {
        if (isHeld) holds--
        isHeld = false
      }
    },
    async close() {
      stop.abort()
      await running
    },
  }
}
