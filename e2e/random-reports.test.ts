import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onlyCurrency } from '../packages/core/src/currency/exchange.ts'
import { customMetrics } from '../packages/core/src/report/metrics.ts'
import { reportNames } from '../packages/core/src/report/query.ts'
import { startIngest } from '../packages/server/src/backend/ingest/ingest.ts'
import { createLog } from '../packages/server/src/log.ts'
import { createRandom, type Random } from '../packages/server/src/simulate/random.ts'
import { SpoolWriter } from '../packages/server/src/spool/writer.ts'
import { type SpawnedStore, spawnStore } from '../packages/server/src/store/spawn-store.ts'
import { openClickHouseEvents } from '../packages/server/src/stores/events/clickhouse.ts'
import { toLine } from '../packages/server/src/stores/events/line.ts'
import type { EventQueries, EventStore } from '../packages/server/src/stores/events/port.ts'
import { compareReport, noneSeen } from './recount/compare-reports.ts'
import { COLUMNS } from './recount/naive-columns.ts'
import { METRICS } from './recount/naive-metrics.ts'
import { type Happened, OWN_STATUSES } from './recount/naive-rows.ts'
import { clickCells, conversionCells, naming, randomHistory } from './recount/random-history.ts'
import { recount } from './recount/recount.ts'
import { campaignsOf, namingOf, spooledHistory } from './recount/spooled-history.ts'

/** `TRACKYARD_TEST_REPORTS=1000` asks more, each of a history of its own. */
const REPORTS = Number(process.env.TRACKYARD_TEST_REPORTS ?? 100)
const SEED = Number(process.env.TRACKYARD_TEST_SEED ?? 20260331)
/** Of one large history that has every kind of column. */
const STATES = { histories: 2, clicks: 300, reports: Math.ceil(REPORTS / 4) }
const CLICKS = 14

describe('random reports on random histories', { timeout: 3_600_000 }, () => {
  let server: SpawnedStore
  before(async () => {
    server = await spawnStore()
  })
  after(() => server?.stop())
  const open = async (database: string): Promise<EventStore & EventQueries> => {
    const { socketPath, password } = server
    const store = openClickHouseEvents({ url: 'http://localhost', socketPath, password, database })
    await store.migrate()
    return store
  }

  it('know every dimension and metric there is', () => {
    assert.deepEqual([...COLUMNS].sort(), [...reportNames.dimensions].sort())
    const own = Object.keys(customMetrics(OWN_STATUSES))
    assert.deepEqual([...METRICS].sort(), [...reportNames.metrics, ...own].sort())
  })

  it(`equal a naive recount of the spool: ${REPORTS} histories, a report of each`, async (t) => {
    const random = createRandom(SEED)
    const spoolDir = join(server.dir, 'spool')
    const store = await open('spooled')
    await ingestAll(spoolDir, store, () =>
      Array.from({ length: REPORTS }, (_, index) => spooledHistory(random, index, CLICKS)).flat(),
    )
    const { clicks, conversions } = recount(spoolDir)
    const known = clicks.map((click): Happened => ({ click, conversions: conversions.get(click.subId) ?? [] }))
    const byHistory = Map.groupBy(known, ({ click }) => Math.floor(Number(click.campaign_id) / 10))
    const seen = noneSeen()
    for (let history = 0; history < REPORTS; history++) {
      const [first, ...others] = byHistory.get(history) ?? []
      // Everything of it was removed.
      if (!first) continue
      const asked = { naming: namingOf(history), campaignIds: campaignsOf(history), random, store }
      await compareReport({ ...asked, happened: [first, ...others] }, seen)
    }
    t.diagnostic(JSON.stringify({ clicks: clicks.length, ...seen }))
    assert.ok(seen.reports > REPORTS * 0.9 && seen.rows > REPORTS / 2)
    await store.close()
  })

  for (let history = 0; history < STATES.histories; history++)
    it(`equal a naive recount of states: history ${history + 1}, ${STATES.reports} reports`, async (t) => {
      const random = createRandom(SEED + 1 + history)
      const [first, ...others] = randomHistory(random, STATES.clicks)
      assert.ok(first)
      const happened: [Happened, ...Happened[]] = [first, ...others]
      const store = await open(`states_${history}`)
      await storeStates(store, happened, random)
      const seen = noneSeen()
      for (let index = 0; index < STATES.reports; index++)
        await compareReport({ store, happened, naming, campaignIds: null, random }, seen)
      t.diagnostic(JSON.stringify(seen))
      await store.close()
    })
})

/** Writes records to a spool and stores them as the backend does. */
async function ingestAll(spoolDir: string, store: EventStore, records: () => readonly string[]): Promise<void> {
  mkdirSync(spoolDir, { recursive: true })
  const log = createLog('test', 'error')
  const spool = new SpoolWriter({ dir: spoolDir, segmentBytes: 1_000_000, fsync: 'interval', log })
  await Promise.all(records().map((record) => new Promise((resolve) => spool.append(record, resolve))))
  const offer = { payout_type: 'CPA' as const, payout_value: 0, payout_auto: true, payout_upsell: true }
  const ingest = startIngest({
    ...{ spoolDir, statePath: join(spoolDir, 'ingest.json'), rejectedPath: join(spoolDir, 'rejected.ndjson') },
    source: {
      exchange: async () => onlyCurrency('USD'),
      offerTerms: async () => offer,
      costTerms: async () => null,
    },
    ...{ store, log },
  })
  for (;;) {
    const { position, sweeps, failure } = ingest.status()
    assert.equal(failure, '')
    if (position === spool.position && sweeps === 0) break
    await sleep(50)
  }
  await ingest.close()
  await spool.close()
}

/** Clicks as states: some as they always were, some after states that were cancelled, conversions replaced and removed. */
async function storeStates(store: EventStore, happened: readonly Happened[], random: Random): Promise<void> {
  const clicks: string[] = []
  const conversions: string[] = []
  for (const one of happened) {
    const now = clickCells(one)
    if (random.chance(0.5)) {
      const before = { ...now, offer_id: 2, source: 'before', cost: 77, leads: 3, is_lead: 1 }
      clicks.push(toLine('clicks', before, 1), toLine('clicks', before, 1, -1))
    }
    clicks.push(toLine('clicks', now, 2))
    for (const row of conversionCells(one)) {
      if (random.chance(0.3)) conversions.push(toLine('conversions', { ...row, status: 'trash', revenue: 1 }, 1))
      conversions.push(toLine('conversions', row, 2))
    }
    if (random.chance(0.1)) {
      const removed = { sub_id: one.click.subId, datetime: one.click.atMs, conversion_id: 'removed', status: 'sale' }
      conversions.push(
        toLine('conversions', { ...removed, revenue: 5_000_000, postback_datetime: one.click.atMs }, 1),
        toLine('conversions', { ...removed, is_deleted: 1, postback_datetime: one.click.atMs }, 2),
      )
    }
  }
  await store.insertLines('clicks', clicks, 'test')
  await store.insertLines('conversions', conversions, 'test')
}
