import { renameSync } from 'node:fs'
import { type Log, messageOf } from '../../log.ts'
import { keepConnections } from '../../outgoing/keep-connections.ts'
import { sendRequest } from '../../outgoing/send-request.ts'
import type { ConfigStore } from '../../stores/config/port.ts'
import type { EventStore } from '../../stores/events/port.ts'
import type { StatusChange } from '../ingest/plan-batch.ts'
import { deliver, type Outcome } from './deliver.ts'
import { deriveMessages } from './derive.ts'
import { createDirectory, type DirectoryOptions } from './directory.ts'
import { switchOff } from './disable.ts'
import { HOST_LIMIT, startDispatcher } from './dispatcher.ts'
import { type DeliveryQueue, type NewJob, openQueue } from './queue.ts'
import { startLogWriter } from './write-log.ts'

export interface DeliveryOptions extends DirectoryOptions {
  readonly queuePath: string
  readonly configStore: ConfigStore
  readonly eventStore: Pick<EventStore, 'insertLines'>
  readonly allowPrivateTargets: boolean
  /** How often lines of the log go to the event store; small inserts cost it the most. */
  readonly logEveryMs?: number
  /** Told when a postback was switched off. */
  readonly changed: () => void
  readonly log: Log
  nowMs(): number
  /** From 0 to below 1. */
  random(): number
}

export interface DeliveryStatus {
  readonly inFlight: number
  /** Attempts since the start by what came of them. */
  readonly outcomes: Readonly<Record<Outcome, number>>
}

/** Sending postbacks of ours. */
export interface Delivery {
  /** For ingest: queues what is due about conversions with another status, once. */
  tell(changes: readonly StatusChange[], position: number): Promise<void>
  /** Sends messages again, under the ids they have. */
  repeat(jobs: readonly NewJob[]): void
  /** Messages that are to be sent, those waiting for another try among them. */
  queued(): number
  /** Removes what waits about these clicks. */
  forget(subIds: readonly string[]): void
  status(): DeliveryStatus
  /** For backups: nothing is written to the event store until the answered function is called. */
  hold(): Promise<() => void>
  close(): Promise<void>
}

const LOG_EVERY_MS = 1000
/** What is kept of an answer. */
const MAX_ANSWER_BYTES = 500

/** Starts sending what the queue holds. The receivers, the event store or all of them may be down. */
export function startDelivery(options: DeliveryOptions): Delivery {
  const { configStore, log, nowMs } = options
  const queue = openOrSetAside(options)
  const directory = createDirectory(configStore, options)
  const connections = keepConnections(HOST_LIMIT)
  const limits = { allowPrivateTargets: options.allowPrivateTargets, maxBodyBytes: MAX_ANSWER_BYTES, connections }
  const outcomes: Record<Outcome, number> = { delivered: 0, retrying: 0, failed: 0, gone: 0, refused: 0, skipped: 0 }
  let isFaulty = false
  const labelOf = async (key: string): Promise<string> => (await directory.find(key).catch(() => null))?.label ?? key

  const dispatcher = startDispatcher({
    queue,
    nowMs,
    async deliver(job) {
      const delivered = await deliver(job, {
        directory,
        send: (request, timeoutMs) => sendRequest(request, { ...limits, timeoutMs }),
        async disable(postback) {
          const isOff = await switchOff(postback, configStore, nowMs()).catch((error: unknown) => {
            log.error('a postback that is gone could not be switched off', { error: messageOf(error) })
            return false
          })
          if (!isOff) return
          log.warn('a postback was switched off: its receiver answered 410 Gone', { postback: postback.label })
          await directory.refresh()
          options.changed()
        },
        nowMs,
        random: options.random,
      })
      outcomes[delivered.outcome]++
      isFaulty = false
      return delivered
    },
    hostOf: directory.hostOf,
    onHealth(lane, isHealthy) {
      const words = isHealthy
        ? 'a receiver of postbacks is well again'
        : 'a receiver of postbacks fails; its postbacks wait'
      void labelOf(lane).then((postback) => log[isHealthy ? 'info' : 'warn'](words, { postback }))
    },
    onFault(error) {
      if (!isFaulty) log.error('postbacks cannot be sent now; they wait', { error: messageOf(error) })
      isFaulty = true
    },
  })
  const everyMs = options.logEveryMs ?? LOG_EVERY_MS
  const logWriter = startLogWriter({ queue, store: options.eventStore, everyMs, log })

  return {
    async tell(changes, position) {
      const told = await deriveMessages(changes, directory)
      if (told.length === 0) return
      queue.tell(told, position, nowMs())
      dispatcher.wake(new Set(told.flatMap(({ jobs }) => jobs.map(({ lane }) => lane))))
    },
    repeat(jobs) {
      queue.repeat(jobs, nowMs())
      dispatcher.wake(new Set(jobs.map(({ lane }) => lane)))
    },
    forget: queue.forget,
    queued: () => queue.lanes().reduce((sum, { jobs }) => sum + jobs, 0),
    status: () => ({ inFlight: dispatcher.inFlight(), outcomes }),
    hold: logWriter.hold,
    async close() {
      await dispatcher.close()
      await logWriter.close()
      connections.close()
      queue.close()
    },
  }
}

/** A damaged queue is set aside: it must not keep clicks from being stored, nor later postbacks from being sent. */
function openOrSetAside({ queuePath, log, nowMs }: DeliveryOptions): DeliveryQueue {
  try {
    return openQueue(queuePath)
  } catch (error) {
    const aside = `${queuePath}.damaged-${nowMs()}`
    log.error('the queue of postbacks is damaged and was set aside; a new one begins', {
      file: aside,
      error: messageOf(error),
    })
    for (const ending of ['', '-wal', '-shm']) {
      try {
        renameSync(queuePath + ending, aside + ending)
      } catch {
        // Not every one of them is always there.
      }
    }
    return openQueue(queuePath)
  }
}
