import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onlyCurrency } from '@trackyard/core/currency/exchange.ts'
import { adminRecord, type ClickSelection, type CostsEvent } from '@trackyard/core/events/admin-event.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import type { ReportContext } from '@trackyard/core/report/context.ts'
import { planReport } from '@trackyard/core/report/plan.ts'
import { parseReportQuery } from '@trackyard/core/report/query.ts'
import { type Ingest, startIngest } from '../packages/server/src/backend/ingest/ingest.ts'
import { createLog } from '../packages/server/src/log.ts'
import { SpoolWriter } from '../packages/server/src/spool/writer.ts'
import { spawnStore } from '../packages/server/src/store/spawn-store.ts'
import { openClickHouseEvents } from '../packages/server/src/stores/events/clickhouse.ts'
import type { EventQueries } from '../packages/server/src/stores/events/port.ts'
import { generatedColumns, selectGeneratedClicks } from './lib/generated-clicks.ts'
import { memoryMb, resetPeak } from './lib/process-use.ts'
import { type Benchmark, type Line, rounded } from './lib/report.ts'
import { median, timed } from './lib/rounds.ts'
import { sqlOf } from './lib/store-sql.ts'

const DAYS = 30
const START_MS = Date.UTC(2026, 0, 1)
const DAY_MS = 86_400_000
const END_MS = START_MS + DAYS * DAY_MS
/** As generated clicks have them. */
const ADVERTISEMENTS = 15
const STEP_ROWS = 200_000
const TOTAL_MICROS = 1_234_567_891
/** New clicks that come while costs are carried out. */
const LIVE_PER_SECOND = 200
const DATABASE = 'trackyard'

/** A total over all clicks there are: when it is taken down, what reports show of it, and whether new clicks wait meanwhile. */
export const updateCosts: Benchmark = {
  name: 'update-costs',
  about: 'a cost update over every click while new ones come',
  async run({ small }) {
    const sizes = small ? [3000] : [100_000, 1_000_000]
    const lines: Line[] = []
    for (const clicks of sizes)
      for (const totals of [oneTotal(), manyTotals()]) lines.push(await measure(clicks, totals))
    const slowest = (name: string): number => Math.max(...lines.slice(-2).map((line) => Number(line[name])))
    return {
      title: 'Cost updates',
      tables: [
        {
          about: `Totals over every click of ${DAYS} days, one for all or one for each day and advertisement, while ${LIVE_PER_SECOND} new clicks come each second.`,
          lines,
        },
      ],
      budgets: [
        { what: 'ms until reports show it', measured: slowest('ms until shown'), limit: 1000, kept: 'at most' },
        {
          what: 'ms that 95 % of new clicks wait',
          measured: slowest('lag of 95 %, ms'),
          limit: 2000,
          kept: 'at most',
        },
      ],
    }
  },
}

async function measure(clicks: number, totals: readonly CostsEvent[]): Promise<Line> {
  const dir = mkdtempSync(join(tmpdir(), 'trackyard-costs-'))
  const store = await spawnStore({ maxMemoryBytes: 1_500_000_000 })
  const { socketPath, password } = store
  const events = openClickHouseEvents({ url: 'http://localhost', socketPath, password, database: DATABASE })
  const spoolDir = join(dir, 'spool')
  mkdirSync(spoolDir)
  const log = createLog('bench', 'warn')
  // Generated clicks have their number for a version, so what is spooled comes after all of them.
  const spool = new SpoolWriter({
    dir: spoolDir,
    segmentBytes: 67_108_864,
    fsync: 'interval',
    log,
    notBefore: clicks * 2,
  })
  try {
    await events.migrate()
    const sql = sqlOf(store, DATABASE)
    for (let from = 0; from < clicks; from += STEP_ROWS) {
      const span = { rows: clicks, days: DAYS, startMs: START_MS }
      const made = selectGeneratedClicks(span, from, Math.min(STEP_ROWS, clicks - from))
      await sql(`INSERT INTO clicks (${generatedColumns.join(', ')}) ${made}`)
    }
    const copied = 'sub_id, datetime, campaign_id, is_bot, is_unique_campaign'
    await sql(
      `INSERT INTO conversions (${copied}, conversion_id, status, conversion_cost, version) SELECT ${copied}, concat(sub_id, '-1'), 'lead', cost, version FROM clicks WHERE cityHash64(sub_id, 1) % 100 < 3`,
    )
    await sql('OPTIMIZE TABLE clicks FINAL')
    const ingest = startIngest({
      ...{ spoolDir, statePath: join(dir, 'ingest.json'), rejectedPath: join(dir, 'rejected.log'), store: events, log },
      source: { exchange: async () => onlyCurrency('USD'), offerTerms: async () => null, costTerms: async () => null },
    })
    try {
      return await update(clicks, totals, spool, ingest, events, store.pid)
    } finally {
      await ingest.close()
    }
  } finally {
    await spool.close()
    await events.close()
    await store.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

const EVERYTHING: ClickSelection = {
  ...{ campaignIds: null, fromMs: START_MS, toMs: END_MS, slots: {}, costsMicros: null },
  ...{ onlyUniques: false, withBots: true },
}

const oneTotal = (): CostsEvent[] => [{ kind: 'costs', atMs: END_MS, selection: EVERYTHING, costMicros: TOTAL_MICROS }]

/** What a script sends that reads costs from an advertising network: an entry for each day and advertisement. */
const manyTotals = (): CostsEvent[] =>
  Array.from({ length: DAYS * ADVERTISEMENTS }, (_, index) => {
    const fromMs = START_MS + (index % DAYS) * DAY_MS
    const slots = { ad_campaign_id: [String(Math.floor(index / DAYS))] }
    const selection = { ...EVERYTHING, fromMs, toMs: fromMs + DAY_MS, slots }
    return { kind: 'costs', atMs: END_MS, selection, costMicros: 1_234_567 + index }
  })

async function update(
  clicks: number,
  totals: readonly CostsEvent[],
  spool: SpoolWriter,
  ingest: Ingest,
  events: EventQueries,
  pid: number,
): Promise<Line> {
  const append = (payload: string): Promise<boolean> => new Promise((resolve) => spool.append(payload, resolve))
  const lags: number[] = []
  const stop = new AbortController()
  const live = liveClicks(append, () => spool.position, ingest, lags, stop.signal)
  const costs = (): Promise<number> => reportedMicros(events, ingest)
  await sleep(1000)
  const before = await timed(costs)
  resetPeak(pid)
  lags.length = 0
  const startedAt = performance.now()
  await Promise.all(totals.map((total) => append(adminRecord(total))))
  const acceptedMs = performance.now() - startedAt
  const position = spool.position - 1
  if (!(await ingest.untilStored(position, 60_000))) throw new Error('the costs were not taken down within a minute')
  const shownMs = performance.now() - startedAt
  const total = totals.reduce((sum, { costMicros }) => sum + costMicros, 0)
  const during: number[] = []
  do {
    during.push(
      await timed(async () => {
        const shown = await costs()
        if (shown !== total) throw new Error(`${shown} are shown of ${total}`)
      }),
    )
    await sleep(200)
  } while (ingest.status().sweeps > 0)
  const doneMs = performance.now() - startedAt
  stop.abort()
  await live
  if ((await costs()) !== total) throw new Error('the sum is not exact')
  return {
    clicks,
    totals: totals.length,
    'ms until accepted': rounded(acceptedMs),
    'ms until shown': rounded(shownMs),
    'report before, ms': rounded(before),
    'report meanwhile, ms': rounded(median(during)),
    's until carried out': rounded(doneMs / 1000),
    'median lag, ms': Math.round(median(lags)),
    'lag of 95 %, ms': Math.round(lags.toSorted((a, b) => a - b)[Math.floor(lags.length * 0.95)] ?? 0),
    'longest lag, ms': Math.round(Math.max(0, ...lags)),
    'store, peak MB': memoryMb(pid).peak,
  }
}

/** Lag: from the moment a click is in the spool until it is stored. */
async function liveClicks(
  append: (payload: string) => Promise<boolean>,
  position: () => number,
  ingest: Ingest,
  lags: number[],
  signal: AbortSignal,
): Promise<void> {
  const waiting: { readonly position: number; readonly atMs: number }[] = []
  for (let tick = 0; !signal.aborted || waiting.length > 0; tick++) {
    const atMs = END_MS + tick * 50
    for (let n = 0; !signal.aborted && n < LIVE_PER_SECOND / 20; n++) {
      const row = { sub_id: createSubId(atMs, n / 100), datetime: atMs, campaign_id: 1, cost: 0.01, country: 'US' }
      await append(`c\t${row.sub_id}\t{}\t${JSON.stringify(row)}`)
    }
    if (!signal.aborted) waiting.push({ position: position(), atMs: performance.now() })
    await sleep(50)
    const stored = ingest.status().position
    for (let first = waiting[0]; first && first.position <= stored; first = waiting[0]) {
      lags.push(performance.now() - first.atMs)
      waiting.shift()
    }
  }
}

async function reportedMicros(events: EventQueries, ingest: Ingest): Promise<number> {
  const context: ReportContext = {
    ...{ names: {}, nowMs: END_MS, defaultTimeZone: 'UTC', firstWeekday: 1, sweeps: ingest.sweeps() },
  }
  const range = { from: '2026-01-01', to: '2026-01-30', timezone: 'UTC' }
  const query = parseReportQuery({ range, grouping: ['campaign_id', 'country'], metrics: ['clicks', 'cost'] })
  const plan = query.ok ? planReport(query.value, context) : query
  if (!plan.ok) throw new Error(JSON.stringify(plan.problems))
  const { rows } = await events.query(plan.value)
  return rows.reduce((sum, row) => sum + Number(row.c_sum_cost), 0)
}
