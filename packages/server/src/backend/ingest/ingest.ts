import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, messageOf } from '../../log.ts'
import { type IngestState, readIngestState, writeIngestState } from '../../spool/ingest-state.ts'
import { readSpool } from '../../spool/reader.ts'
import type { EventStore, EventTable } from '../../stores/events/port.ts'
import { type BatchPlan, type BatchSource, type ClickChange, planBatch } from './plan-batch.ts'
import { insertOrSetAside, type SetAside, setAsideInto } from './set-aside.ts'

export interface IngestOptions {
  /** Where rows go that the store refuses. */
  readonly rejectedPath: string
  readonly spoolDir: string
  readonly statePath: string
  readonly store: EventStore
  readonly source: Omit<BatchSource, 'loadStates' | 'loadConversions'>
  readonly log: Log
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
  /** Finishes the batch in hand and stops. */
  close(): Promise<void>
}

const MAX_BATCH_BYTES = 8 * 1_048_576
/** Small batches make many small parts in the store, long pauses make reports late: clicks are in reports within a second. */
const PAUSE_MS = 400
const RETRY_MS = 500
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
  const stop = new AbortController()
  const keep = setAsideInto(options.rejectedPath, Date.now)
  const setAside: SetAside = (lines, reason) => {
    rejected++
    log.error('the store refused a row; it was set aside', { file: options.rejectedPath, reason })
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
    const batch = readSpool(options.spoolDir, position, pending.to - position)
    const { newClicks } = await planBatch(
      batch.records,
      { ...source, loadStates: async () => new Map(), loadConversions: async () => new Map() },
      false,
    )
    const changes = [...newClicks, ...pending.changes]
    const present = await store.loadStates(changes.map((change) => change.subId))
    const missing = changes.filter((change) => (present.get(change.subId)?.version ?? -1) < change.version)
    log.info('finishing the batch that was interrupted', { changes: changes.length, missing: missing.length })
    await insert({ ...pending, newClicks: [], changes: missing, orphans: 0 }, `${pending.marker}r`)
    save({ ...state, position: pending.to, pending: null })
  }

  async function insert(plan: BatchPlan, marker: string): Promise<void> {
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
    const batch = readSpool(options.spoolDir, state.position, MAX_BATCH_BYTES)
    if (batch.damagedBytes > 0) {
      damagedBytes += batch.damagedBytes
      log.error('a damaged stretch of the spool was skipped', { bytes: batch.damagedBytes })
    }
    if (batch.records.length > 0) {
      const plan = await planBatch(batch.records, source, state.isReplay)
      const marker = `b${state.position}-${batch.next}`
      const { changes, conversionLines, logLines } = plan
      save({ ...state, pending: { to: batch.next, marker, changes, conversionLines, logLines } })
      await insert(plan, marker)
      storedClicks += plan.newClicks.length
      orphans += plan.orphans
    }
    if (batch.next !== state.position || state.pending)
      save({ position: batch.next, pending: null, isReplay: state.isReplay && batch.isFull })
    return batch.isFull
  }

  async function run(): Promise<void> {
    let retryMs = RETRY_MS
    while (!stop.signal.aborted) {
      let pauseMs = PAUSE_MS
      try {
        if (await step()) pauseMs = 0
        if (failure) log.info('storing goes on')
        failure = ''
        retryMs = RETRY_MS
      } catch (error) {
        if (!failure) log.warn('storing is interrupted; events wait in the spool', { error: messageOf(error) })
        failure = messageOf(error)
        pauseMs = retryMs
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)
      }
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }

  const running = run()
  return {
    status: () => ({ position: state.position, storedClicks, orphans, damagedBytes, rejected, failure }),
    async close() {
      stop.abort()
      await running
    },
  }
}
