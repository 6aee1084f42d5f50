import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ReportContext } from '../packages/core/src/report/context.ts'
import { planReport, type Report } from '../packages/core/src/report/plan.ts'
import { parseReportQuery, reportNames } from '../packages/core/src/report/query.ts'
import type { Result } from '../packages/core/src/result.ts'
import { createRandom, type Random } from '../packages/server/src/simulate/random.ts'
import { type SpawnedStore, spawnStore } from '../packages/server/src/store/spawn-store.ts'
import { openClickHouseEvents } from '../packages/server/src/stores/events/clickhouse.ts'
import { toLine } from '../packages/server/src/stores/events/line.ts'
import type { EventQueries, EventStore } from '../packages/server/src/stores/events/port.ts'
import { COLUMNS } from './recount/naive-columns.ts'
import { METRICS } from './recount/naive-metrics.ts'
import { naiveReport } from './recount/naive-report.ts'
import type { Happened } from './recount/naive-rows.ts'
import { clickCells, conversionCells, NOW_MS, naming, randomHistory } from './recount/random-history.ts'
import { randomQuestion, randomSort } from './recount/random-question.ts'
import { sameReport } from './recount/same-report.ts'

/** `TRACKYARD_TEST_REPORTS=1000` asks more. */
const REPORTS = Number(process.env.TRACKYARD_TEST_REPORTS ?? 150)
const HISTORIES = 3
const CLICKS = 300
const SEED = Number(process.env.TRACKYARD_TEST_SEED ?? 20260331)

describe('random reports on random histories', { timeout: 3_600_000 }, () => {
  let server: SpawnedStore
  before(async () => {
    server = await spawnStore()
  })
  after(() => server?.stop())

  it('know every dimension and metric there is', () => {
    assert.deepEqual([...COLUMNS].sort(), [...reportNames.dimensions].sort())
    assert.deepEqual([...METRICS].sort(), [...reportNames.metrics].sort())
  })

  for (let history = 0; history < HISTORIES; history++)
    it(`equal a naive recount: history ${history + 1}, ${REPORTS / HISTORIES} reports`, async (t) => {
      const random = createRandom(SEED + history)
      const [first, ...others] = randomHistory(random, CLICKS)
      assert.ok(first)
      const happened: [Happened, ...Happened[]] = [first, ...others]
      const store = await storeOf(server, history, happened, random)
      const seen = { rows: 0, filtered: 0, compared: 0, dated: 0, trends: 0 }
      for (let index = 0; index < REPORTS / HISTORIES; index++) {
        const firstWeekday = random.integer(1, 7)
        const asked = { ...naming, firstWeekday, grouping: [] }
        const { question, range } = randomQuestion(random, happened, asked, NOW_MS)
        const page = {
          limit: random.integer(1, 20),
          offset: random.pick([0, 0, 3]),
          sort: randomSort(random, question),
        }
        const context: ReportContext = {
          ...naming,
          labels: naming.labels.map((one) => ({
            ...one,
            label: one.label === 'whitelist' ? 'whitelist' : 'blacklist',
          })),
          ...{ firstWeekday, nowMs: NOW_MS, defaultTimeZone: 'UTC' },
        }
        const ask = async (more: object): Promise<Report> => {
          const { zone: _, from: __, to: ___, ...request } = question
          const query = demand(parseReportQuery({ ...request, range, ...more }))
          const plan = demand(planReport(query, context))
          const trend = plan.trend ? await store.query(plan.trend) : undefined
          return plan.present(await store.query(plan), trend)
        }
        const wanted = naiveReport(happened, question, asked, NOW_MS)
        const told = `${JSON.stringify({ question, range, page, firstWeekday })}`
        try {
          const whole = await ask({ summary: true, sort: page.sort })
          sameReport(whole, wanted, question, page.sort)
          const { rows, total } = await ask(page)
          assert.deepEqual(rows, whole.rows.slice(page.offset, page.offset + page.limit))
          if (rows.length > 0) assert.equal(total, whole.total)
          seen.rows += rows.length
        } catch (error) {
          throw new Error(`${told}\n${error instanceof Error ? error.message : String(error)}`)
        }
        if (question.filters.length > 0) seen.filtered++
        if (question.compare) seen.compared++
        if (question.conversion_date !== 'click') seen.dated++
        if (question.trend) seen.trends++
      }
      t.diagnostic(JSON.stringify(seen))
      await store.close()
    })
})

/** A store with these clicks: some as they always were, some after states that were cancelled, conversions replaced and removed. */
async function storeOf(
  { socketPath, password }: SpawnedStore,
  history: number,
  happened: readonly Happened[],
  random: Random,
): Promise<EventStore & EventQueries> {
  const store = openClickHouseEvents({ url: 'http://localhost', socketPath, password, database: `random_${history}` })
  await store.migrate()
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
  return store
}

function demand<T>(result: Result<T>): T {
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}
