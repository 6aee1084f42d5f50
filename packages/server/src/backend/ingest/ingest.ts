import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sweep } from '@trackyard/core/costs/sweep.ts'
import { type Log, messageOf } from '../../log.ts'
import { type IngestState, readIngestState, writeIngestState } from '../../spool/ingest-state.ts'
import { readSpool } from '../../spool/reader.ts'
import type { EventStore, EventTable } from '../../stores/events/port.ts'
import { type BatchPlan, type BatchSource, type ClickChange, planBatch, type StatusChange } from './plan-batch.ts'
import { insertOrSetAside, type SetAside, setAsideInto, tidySetAside } from './set-aside.ts'
import { openSweepWork } from './sweep-work.ts'
import { SWEEP_MARKER } from './sweeper.ts'
import { warnOncePerDay } from './unknown-currencies.ts'

export interface IngestOptions {
  /** Where rows go that the store refuses. */
  readonly rejectedPath: string
  readonly spoolDir: string
  readonly statePath: string
  readonly store: EventStore
  readonly source: Omit<BatchSource, 'loadStates' | 'loadConversions' | 'warnOfMoney'>
  readonly log: Log
  /** Told after conversions were stored, changed or removed. */
  readonly onConversions?: () => void
  /**
   * Told of conversions with another status before they are stored, with the position from which ingest would read
   * again after a crash: the same ones may then be told again. While it rejects, nothing is stored.
   */
  readonly onStatusChanges?: (changes: readonly StatusChange[], position: number) => Promise<void>
  /** Told of clicks that are removed one by one, and of those whose visitors are erased. */
  readonly onRemovedClicks?: (subIds: readonly string[]) => void
  /** How many clicks a change of many changes at once. */
  readonly sliceClicks?: number
}

export interface IngestStatus {
  readonly position: number
  readonly storedClicks: number
  readonly orphans: number
  readonly damagedBytes: number
  /** Refused by the store and set aside since the start. */
  readonly rejected: number
  /** Changes of many clicks that reports show but that are not carried out on every click yet. */
  readonly sweeps: number
  /** Why storing does not go on, '' when it does. */
  readonly failure: string
}

export interface Ingest {
  status(): IngestStatus
  /** Changes of many clicks that are not carried out yet, oldest first: who reads clicks must apply them. */
  sweeps(): readonly Sweep[]
  /** Resolves once the batch in hand is finished; nothing more is stored until the answered function is called. */
  hold(): Promise<() => void>
  /**
   * Runs work on the store while nothing is being stored and nothing is stored in part. Rejects when a batch is waiting
   * to be finished, as dropping rows would then leave halves.
   */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  /** Hurries, and tells whether the event at this spool position was stored within `timeoutMs`. */
  untilStored(position: number, timeoutMs: number): Promise<boolean>
  /** Finishes the batch in hand and stops. */
  close(): Promise<void>
}

const MAX_BATCH_BYTES = 8 * 1_048_576
/** Small batches make many small parts in the store, long pauses make reports late: clicks are in reports within a second. */
const PAUSE_MS = 400
const RETRY_MS = 500
/** Between two looks while somebody waits. */
const AWAITED_PAUSE_MS = 10
/** Changes of many clicks come in batches of their own: everything before them is stored when they are taken down. */
const SWEEP = 'w'
/** What they change is held in memory, a good 20 kB each; smaller batches cost the store more. */
const BATCH_LIMITS = { alone: SWEEP, maxLaterEvents: 1000 }
const TIDY_MS = 3_600_000
const MAX_RETRY_MS = 5000

/**
 * Moves the spool into the event store: in order, each event once, whatever dies when. The plan of a batch is on disk
 * before its first insert; after any failure the batch is finished from there, leaving out what had arrived.
 */
export function startIngest(options: IngestOptions): Ingest {
  const { store, log } = options
  const source: BatchSource = {
    ...options.source,
    loadStates: (subIds) => store.loadStates(subIds),
    loadConversions: (subIds) => store.loadConversions(subIds, 'own'),
    warnOfMoney: warnOncePerDay(log),
  }
  const initial = readIngestState(options.statePath)
  // Without a state file nobody knows what was stored, so everything now in the spool is looked up before it is added.
  let state: IngestState = initial ?? { position: 0, pending: null, isReplay: true, sweeps: [] }
  let failure = ''
  let storedClicks = 0
  let orphans = 0
  let damagedBytes = 0
  let rejected = 0
  let waiting = 0
  let pause = new AbortController()
  const stop = new AbortController()
  const keep = setAsideInto(options.rejectedPath, Date.now)
  const setAside: SetAside = (lines, reason) => {
    rejected++
    log.error('what cannot be stored was set aside', { file: options.rejectedPath, reason })
    keep(lines, reason)
  }

  const save = (next: IngestState): void => {
    writeIngestState(options.statePath, next)
    state = next
  }

  async function finishPending(): Promise<void> {
    const { pending, position } = state
    if (!pending) return
    await store.waitForMarker(pending.marker)
    const batch = readSpool(options.spoolDir, position, pending.to - position, { alone: SWEEP })
    const [first] = batch.records
    if (pending.sweep && first) return sweepWork.takeOver(first, pending.sweep, pending.to)
    const { newClicks, erased } = await planBatch(
      batch.records,
      { ...source, loadStates: async () => new Map(), loadConversions: async () => new Map() },
      false,
    )
    const changes = [...newClicks, ...pending.changes]
    const present = await store.loadStates(changes.map((change) => change.subId))
    const missing = changes.filter((change) => isMissing(change, present.get(change.subId)?.version))
    log.info('finishing the batch that was interrupted', { changes: changes.length, missing: missing.length })
    await insert({ ...pending, newClicks: [], changes: missing }, `${pending.marker}r`)
    await eraseLogLines(erased, `${pending.marker}e`)
    save({ ...state, position: pending.to, pending: null })
    options.onConversions?.()
  }

  const sweepWork = openSweepWork({
    ...{ store, log, setAside, save, exchange: source.exchange, sliceClicks: options.sliceClicks },
    state: () => state,
    onDone: () => options.onConversions?.(),
  })

  async function insert(
    plan: Omit<BatchPlan, 'orphans' | 'statusChanges' | 'unreadable' | 'erased'>,
    marker: string,
  ): Promise<void> {
    const into = (table: EventTable, units: readonly (readonly string[])[]): Promise<void> =>
      insertOrSetAside(units, (lines) => store.insertLines(table, lines, marker), setAside)
    const single = (line: string): readonly string[] => [line]
    await into('postback_log', plan.logLines.map(single))
    // Conversions first: a click's sums are always worked out from its conversions, never the other way round.
    await into('conversions', plan.conversionLines.map(single))
    await into(
      'clicks',
      [...plan.newClicks, ...plan.changes].map((change: ClickChange) => change.lines),
    )
  }

  /** After the lines of the batch itself, which are erased as well. */
  async function eraseLogLines(erased: BatchPlan['erased'], marker: string): Promise<void> {
    if (erased.size === 0) return
    await store.eraseLogLines(erased, marker)
    tidySetAside(options.rejectedPath, Date.now(), erased.keys())
  }

  let isMigrated = false
  let tidiedAtMs = 0
  const tidy = (): void => {
    const nowMs = Date.now()
    if (nowMs - tidiedAtMs < TIDY_MS) return
    tidiedAtMs = nowMs
    tidySetAside(options.rejectedPath, nowMs)
  }

  /** Stores the next batch, then a slice of what was taken down; answers whether there was more to do. */
  async function step(): Promise<boolean> {
    const isMore = await storeNext()
    // Several changes in a row are taken down before the first of them is carried out: then one pass does for all.
    if (isMore === 'taken down') return true
    await sweepWork.goOn()
    return isMore || sweepWork.isDue()
  }

  async function storeNext(): Promise<boolean | 'taken down'> {
    if (!isMigrated) await store.migrate()
    isMigrated = true
    tidy()
    await finishPending()
    const batch = readSpool(options.spoolDir, state.position, MAX_BATCH_BYTES, BATCH_LIMITS)
    if (batch.damagedBytes > 0) {
      damagedBytes += batch.damagedBytes
      log.error('a damaged stretch of the spool was skipped', { bytes: batch.damagedBytes })
    }
    const [first] = batch.records
    if (first?.kind === SWEEP) {
      if (sweepWork.isFull()) return sweepWork.isDue()
      await sweepWork.takeDown(batch.records, batch.next)
      return 'taken down'
    }
    if (batch.records.length > 0) {
      const plan = await planBatch(batch.records, source, state.isReplay, state.sweeps)
      const marker = `b${state.position}-${batch.next}`
      const { changes, conversionLines, logLines } = plan
      for (const { line, reason } of plan.unreadable) setAside([line], reason)
      // Before the first trace of the batch in the store: afterwards a plan would not find these changes again.
      if (plan.statusChanges.length > 0) await options.onStatusChanges?.(plan.statusChanges, state.position)
      const removed = plan.changes.flatMap(({ removes, subId }) => (removes ? [subId] : []))
      const gone = [...removed, ...plan.erased.keys()]
      if (gone.length > 0) options.onRemovedClicks?.(gone)
      save({ ...state, pending: { to: batch.next, marker, changes, conversionLines, logLines } })
      await insert(plan, marker)
      await eraseLogLines(plan.erased, marker)
      storedClicks += plan.newClicks.length
      orphans += plan.orphans
      if (conversionLines.length > 0) options.onConversions?.()
    }
    if (batch.next !== state.position || state.pending)
      save({ ...state, position: batch.next, pending: null, isReplay: state.isReplay && batch.isFull })
    return batch.isFull
  }

  const holds = new Set<Promise<void>>()
  const stopped = once(stop.signal, 'abort')
  let working: Promise<boolean> = Promise.resolve(false)

  async function run(): Promise<void> {
    let retryMs = RETRY_MS
    while (!stop.signal.aborted) {
      let pauseMs = PAUSE_MS
      const [held] = holds
      if (held) {
        await Promise.race([held, stopped])
        continue
      }
      try {
        working = step()
        if (await working) pauseMs = 0
        if (failure) log.info('storing goes on')
        failure = ''
        retryMs = RETRY_MS
      } catch (error) {
        if (!failure) log.warn('storing is interrupted; events wait in the spool', { error: messageOf(error) })
        failure = messageOf(error)
        pauseMs = retryMs
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)
      }
      if (waiting > 0) pauseMs = Math.min(pauseMs, AWAITED_PAUSE_MS)
      pause = new AbortController()
      const signal = AbortSignal.any([stop.signal, pause.signal])
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async function hold(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    holds.add(promise)
    await working.catch(() => undefined)
    return () => {
      holds.delete(promise)
      resolve()
    }
  }

  const running = run()
  return {
    status: () => ({
      ...{ position: state.position, storedClicks, orphans, damagedBytes, rejected },
      ...{ sweeps: state.sweeps.length, failure: failure || sweepWork.failure() },
    }),
    sweeps: () => state.sweeps,
    async untilStored(position, timeoutMs) {
      const giveUpAt = performance.now() + timeoutMs
      waiting++
      pause.abort()
      while (state.position <= position && performance.now() < giveUpAt) await sleep(AWAITED_PAUSE_MS)
      waiting--
      return state.position > position
    },
    hold,
    async inTurn(work) {
      const release = await hold()
      try {
        if (state.pending) throw new Error('A batch is stored in part only; it is finished first.')
        // The answer to a slice may have been lost while it is still running.
        await store.waitForMarker(SWEEP_MARKER)
        return await work()
      } finally {
        release()
      }
    },
    async close() {
      stop.abort()
      await running
    },
  }
}

/** Is a change still to be made, given the version the store has of its click? */
const isMissing = ({ removes, version }: ClickChange, present: number | undefined): boolean =>
  removes ? present !== undefined && present < version : (present ?? -1) < version
