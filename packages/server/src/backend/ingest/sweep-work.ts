import { countWithin } from '@trackyard/core/costs/lookup.ts'
import type { Sweep } from '@trackyard/core/costs/sweep.ts'
import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import { isSweep, parseAdminEvent, selectionOf } from '@trackyard/core/events/admin-event.ts'
import { type Log, messageOf } from '../../log.ts'
import { type IngestState, type PendingBatch, textOfSweeps } from '../../spool/ingest-state.ts'
import type { SpoolRecord } from '../../spool/record.ts'
import { type EventStore, RefusedRows } from '../../stores/events/port.ts'
import type { SetAside } from './set-aside.ts'
import { fromEarlierRelease, type PlacedSweep, settleSweeps } from './settle-sweep.ts'
import { createSweeper, RefusedSweep } from './sweeper.ts'

export interface SweepWorkOptions {
  readonly store: EventStore
  readonly log: Log
  readonly setAside: SetAside
  readonly exchange: () => Promise<Exchange>
  /** How many clicks are changed at once. */
  readonly sliceClicks: number | undefined
  readonly state: () => IngestState
  /** Durable when it returns. */
  readonly save: (state: IngestState) => void
  /** Told when changes are carried out. */
  readonly onDone: () => void
}

/** The part of ingest that is about changes of many clicks. */
export interface SweepWork {
  /**
   * Takes down the changes in records that follow each other, at least the first: from now on whoever reads clicks applies
   * them. `to`: end of the last record.
   */
  takeDown(records: readonly SpoolRecord[], to: number): Promise<void>
  /** The same for a change that an earlier release was carrying out when it was stopped. */
  takeOver(record: SpoolRecord, plan: NonNullable<PendingBatch['sweep']>, to: number): void
  /** So many are taken down that some must be carried out before there is another. */
  isFull(): boolean
  /** There is something to carry out now. */
  isDue(): boolean
  /**
   * Carries out a slice, if one is due. That may fail without holding up anything, as reports show it all the same. A
   * change that the store will never take is set aside.
   */
  goOn(): Promise<void>
  /** Why carrying out does not go on, '' when it does. */
  failure(): string
}

/**
 * Whatever else is to be stored waits for so many. Beyond some 10 MB the store writes a file for each column, which takes
 * it ten times the memory (600 MB for 10 000 clicks instead of 50 for 5 000) and no less time for a click.
 */
const SLICE_CLICKS = 4000
/** Reports ask each kind of every click in question (core/costs/lookup.ts), and the state file holds them all. */
const MAX_KINDS = 200
const MAX_SWEEP_BYTES = 4_000_000
/** Those that come in one go are counted together. */
const MAX_TAKEN_DOWN = 1000
const RETRY_MS = 500
const MAX_RETRY_MS = 5000

export function openSweepWork(options: SweepWorkOptions): SweepWork {
  const { store, log, setAside, state, save } = options
  const sweeper = createSweeper(store, options.sliceClicks ?? SLICE_CLICKS, () =>
    log.warn('a change of many clicks is too much at once for the event store and goes on in smaller parts'),
  )
  let failure = ''
  let retryMs = RETRY_MS
  let againAt = 0
  let atOnce = MAX_TAKEN_DOWN

  const isDue = (): boolean => state().sweeps.length > 0 && performance.now() >= againAt
  const drop = (done: IngestState['sweeps']): void => {
    if (done.length === 0) return
    save({ ...state(), sweeps: state().sweeps.filter((sweep) => !done.includes(sweep)) })
    options.onDone()
  }

  return {
    async takeDown(records, to) {
      const { sweeps, isReplay } = state()
      const taken = records.slice(0, Math.min(atOnce, countTogether(records, sweeps)))
      const position = records[taken.length]?.seq ?? to
      const events = taken.flatMap(readSweep)
      if (events.length < taken.length)
        log.error('a change of clicks in the spool is not understood and was passed over', { before: position })
      try {
        const around = { store, sweeps, isReplay, exchange: await options.exchange() }
        save({ ...state(), position, sweeps: await settleSweeps(events, around) })
        atOnce = Math.min(atOnce * 2, MAX_TAKEN_DOWN)
      } catch (error) {
        if (!(error instanceof RefusedRows)) throw error
        // One of them is at fault: it is found by halves.
        atOnce = Math.max(1, Math.floor(taken.length / 2))
        if (taken.length > 1) return
        setAside(
          taken.map(({ rest }) => rest),
          error.message,
        )
        save({ ...state(), position })
      }
    },

    takeOver(record, plan, to) {
      const event = parseAdminEvent(record.rest)
      const sweeps = event && isSweep(event) ? [...state().sweeps, fromEarlierRelease(event, plan)] : state().sweeps
      save({ ...state(), position: to, pending: null, sweeps })
    },

    isFull: () => {
      const { sweeps } = state()
      return (
        textOfSweeps(sweeps).length > MAX_SWEEP_BYTES ||
        countWithin(
          sweeps.map(({ selection }) => selection),
          MAX_KINDS - 1,
        ) < sweeps.length
      )
    },
    isDue,

    async goOn() {
      if (!isDue()) return
      try {
        drop(await sweeper.slice(state().sweeps))
        failure = ''
        retryMs = RETRY_MS
      } catch (error) {
        if (error instanceof RefusedSweep) {
          setAside([JSON.stringify(error.sweep)], error.message)
          return drop([error.sweep])
        }
        if (!failure) log.warn('a change of many clicks is interrupted', { error: messageOf(error) })
        failure = messageOf(error)
        againAt = performance.now() + retryMs
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)
      }
    },

    failure: () => failure,
  }
}

const readSweep = ({ seq, rest }: SpoolRecord): PlacedSweep[] => {
  const event = parseAdminEvent(rest)
  return event && isSweep(event) ? [{ event, seq }] : []
}

/** How many of the records, from the first on, can be taken down at once beside what waits: one at least. */
function countTogether(records: readonly SpoolRecord[], sweeps: readonly Sweep[]): number {
  let bytes = 0
  const selections = sweeps.map(({ selection }) => selection)
  for (const [count, record] of records.entries()) {
    bytes += record.rest.length
    selections.push(...readSweep(record).map(({ event }) => selectionOf(event)))
    if (count > 0 && bytes > MAX_SWEEP_BYTES) return count
  }
  // What is not understood takes no room.
  return Math.max(1, countWithin(selections, MAX_KINDS) - sweeps.length)
}
