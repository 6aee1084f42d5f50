import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CleanEvent, type CostsEvent, isSweep, parseAdminEvent } from '@trackyard/core/events/admin-event.ts'
import { type Log, messageOf } from '../../log.ts'
import { type IngestState, type PendingBatch, readIngestState, writeIngestState } from '../../spool/ingest-state.ts'
import { readSpool } from '../../spool/reader.ts'
import type { SpoolRecord } from '../../spool/record.ts'
import {
  type ClickRewrite,
  type EventStore,
  type EventTable,
  RefusedRows,
  TooMuchAtOnce,
} from '../../stores/events/port.ts'
import { type BatchPlan, type BatchSource, type ClickChange, planBatch } from './plan-batch.ts'
import { insertOrSetAside, type SetAside, setAsideInto } from './set-aside.ts'
import { halveNextPart, nextPart, planSweep, type SweepPlan } from './sweep.ts'

export interface IngestOptions {
  /** Where rows go that the store refuses. */
  readonly rejectedPath: string
  readonly spoolDir: string
  readonly statePath: string
  readonly store: EventStore
  readonly source: Omit<BatchSource, 'loadStates' | 'loadConversions'>
  readonly log: Log
  /** Told after conversions were stored, changed or removed. */
  readonly onConversions?: () => void
  /** How many clicks a change of many rewrites at once. */
  readonly sweepClicks?: number
}

export interface IngestStatus {
  readonly position: number
  readonly storedClicks: number
  readonly orphans: number
  readonly damagedBytes: number
  /** Refused by the store and set aside since the start. */
  readonly rejected: number
  /** Why storing does not go on, '' when it does. */
  readonly failure: string
}

export interface Ingest {
  status(): IngestStatus
  /** Resolves once the batch in hand is finished; nothing more is stored until the answered function is called. */
  hold(): Promise<() => void>
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
/** Their rows are held in the store's memory meanwhile. */
const SWEEP_CLICKS = 50_000
/** Changes of many clicks come in batches of their own. */
const SWEEP = 'w'
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
    loadConversions: (subIds) => store.loadConversions(subIds),
  }
  const initial = readIngestState(options.statePath)
  // Without a state file nobody knows what was stored, so everything now in the spool is looked up before it is added.
  let state: IngestState = initial ?? { position: 0, pending: null, isReplay: true }
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
    const batch = readSpool(options.spoolDir, position, pending.to - position, SWEEP)
    const [first] = batch.records
    if (pending.sweep && first) return unlessRefused(first, pending.to, () => sweep(first, pending))
    const { newClicks } = await planBatch(
      batch.records,
      { ...source, loadStates: async () => new Map(), loadConversions: async () => new Map() },
      false,
    )
    const changes = [...newClicks, ...pending.changes]
    const present = await store.loadStates(changes.map((change) => change.subId))
    const missing = changes.filter((change) => isMissing(change, present.get(change.subId)?.version))
    log.info('finishing the batch that was interrupted', { changes: changes.length, missing: missing.length })
    await insert({ ...pending, newClicks: [], changes: missing }, `${pending.marker}r`)
    save({ ...state, position: pending.to, pending: null })
    options.onConversions?.()
  }

  /** Carries out the rest of a sweep, part by part; what is stored of the part that was interrupted is left out by it. */
  async function sweep(record: SpoolRecord, pending: PendingBatch): Promise<void> {
    const event = parseAdminEvent(record.rest)
    if (event && isSweep(event) && pending.sweep) {
      let plan = pending.sweep
      for (let part = nextPart(event, plan); part !== null; part = nextPart(event, plan)) {
        // A sweep may take long; what is left of it goes on from the saved plan.
        if (stop.signal.aborted || holds.size > 0) return
        plan = (await storePart(event, plan, part, pending.marker)) ?? { ...plan, done: plan.done + 1 }
        save({ ...state, pending: { ...pending, sweep: plan } })
      }
    }
    save({ ...state, position: pending.to, pending: null })
    options.onConversions?.()
  }

  /** Answers a plan of smaller parts when the store has not the memory for this one. */
  async function storePart(
    event: CostsEvent | CleanEvent,
    plan: SweepPlan,
    part: ClickRewrite,
    marker: string,
  ): Promise<SweepPlan | null> {
    try {
      await store.rewriteClicks(part, marker)
      return null
    } catch (error) {
      if (!(error instanceof TooMuchAtOnce)) throw error
      const halved = await halveNextPart(event, plan, store)
      if (!halved) throw error
      log.warn('a change of many clicks is too much at once for the event store and goes on in smaller parts')
      return halved
    }
  }

  async function startSweep(record: SpoolRecord, to: number): Promise<void> {
    const event = parseAdminEvent(record.rest)
    if (!event || !isSweep(event)) {
      log.error('a change of clicks in the spool is not understood and was passed over', { position: record.seq })
      return save({ ...state, position: to })
    }
    const plan = await planSweep(event, record.seq, store, state.isReplay, options.sweepClicks ?? SWEEP_CLICKS)
    if (!plan) return save({ ...state, position: to })
    const pending = { to, marker: `w${record.seq}`, changes: [], conversionLines: [], logLines: [], sweep: plan }
    save({ ...state, pending })
    await sweep(record, pending)
  }

  /** A change that the store will never take is set aside, also when it was interrupted before. */
  async function unlessRefused(record: SpoolRecord, to: number, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof RefusedRows)) throw error
      setAside([record.rest], error.message)
      save({ ...state, position: to, pending: null })
    }
  }

  async function insert(plan: Omit<BatchPlan, 'orphans' | 'unreadable'>, marker: string): Promise<void> {
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

  let isMigrated = false

  /** Stores the next batch; answers whether there was more to read. */
  async function step(): Promise<boolean> {
    if (!isMigrated) await store.migrate()
    isMigrated = true
    await finishPending()
    // Told to pause in the middle of a sweep.
    if (state.pending) return true
    const batch = readSpool(options.spoolDir, state.position, MAX_BATCH_BYTES, SWEEP)
    if (batch.damagedBytes > 0) {
      damagedBytes += batch.damagedBytes
      log.error('a damaged stretch of the spool was skipped', { bytes: batch.damagedBytes })
    }
    const [first] = batch.records
    if (first?.kind === SWEEP) {
      await unlessRefused(first, batch.next, () => startSweep(first, batch.next))
      return true
    }
    if (batch.records.length > 0) {
      const plan = await planBatch(batch.records, source, state.isReplay)
      const marker = `b${state.position}-${batch.next}`
      const { changes, conversionLines, logLines } = plan
      for (const { line, reason } of plan.unreadable) setAside([line], reason)
      save({ ...state, pending: { to: batch.next, marker, changes, conversionLines, logLines } })
      await insert(plan, marker)
      storedClicks += plan.newClicks.length
      orphans += plan.orphans
      if (conversionLines.length > 0) options.onConversions?.()
    }
    if (batch.next !== state.position || state.pending)
      save({ position: batch.next, pending: null, isReplay: state.isReplay && batch.isFull })
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

  const running = run()
  return {
    status: () => ({ position: state.position, storedClicks, orphans, damagedBytes, rejected, failure }),
    async untilStored(position, timeoutMs) {
      const giveUpAt = performance.now() + timeoutMs
      waiting++
      pause.abort()
      while (state.position <= position && performance.now() < giveUpAt) await sleep(AWAITED_PAUSE_MS)
      waiting--
      return state.position > position
    },
    async hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      holds.add(promise)
      await working.catch(() => undefined)
      return () => {
        holds.delete(promise)
        resolve()
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
