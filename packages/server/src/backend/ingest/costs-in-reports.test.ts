import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import type { Sweep } from '@trackyard/core/costs/sweep.ts'
import type { ReportContext } from '@trackyard/core/report/context.ts'
import { planReport } from '@trackyard/core/report/plan.ts'
import { planClickLog, planConversionLog } from '@trackyard/core/report/plan-log.ts'
import { parseClickLogQuery, parseConversionLogQuery, parseReportQuery } from '@trackyard/core/report/query.ts'
import type { Result } from '@trackyard/core/result.ts'
import fc from 'fast-check'
import { spawnStore } from '../../store/spawn-store.ts'
import { openClickHouseEvents } from '../../stores/events/clickhouse.ts'
import { withSweeps } from '../../stores/events/with-sweeps.ts'
import { costOf, happening, type NaiveCosts, termsArbitrary } from './cost-history.ts'
import { expected, found, tell } from './cost-world.ts'

const server = await spawnStore()
after(() => server.stop())

const value = <T>(result: Result<T>): T => {
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}
const inUnits = (micros: number): number => Math.sign(micros) * Math.round(Math.abs(micros) / 100) * 100

it('reports and logs show what clicks cost at every moment, however far changes of many are carried out', async (t) => {
  let databases = 0
  let pending = 0
  const histories = fc.array(happening, { minLength: 25, maxLength: 35, size: 'max' })
  await fc.assert(
    fc.asyncProperty(histories, termsArbitrary, async (history, terms) => {
      const { socketPath, password } = server
      const place = { url: 'http://localhost', socketPath, password }
      const store = openClickHouseEvents({ ...place, database: `costs_${++databases}` })
      await store.migrate()
      const context = { names: {}, nowMs: Date.UTC(2026, 3, 1), defaultTimeZone: 'UTC', firstWeekday: 1 }
      const seen = new Set<string>()
      let step = 0
      await tell(history, terms, store, async (naive, sweeps) => {
        for (const { subId } of naive.clicks) seen.add(subId)
        const isEnd = ++step > history.length
        if (sweeps.length === 0 && !isEnd) return
        if (!isEnd) pending++
        assert.deepEqual(
          await found(
            naive,
            withSweeps(store, () => sweeps),
            [...seen],
          ),
          expected(naive),
        )
        assert.deepEqual(await shown(naive, { ...context, sweeps }), wanted(naive))
      })
      await store.close()

      async function shown(naive: NaiveCosts, swept: ReportContext & { readonly sweeps: readonly Sweep[] }) {
        const range = { interval: 'all_time' }
        const metrics = ['clicks', 'cost']
        const report = value(
          planReport(value(parseReportQuery({ range, metrics, grouping: ['sub_id_1'], filters: [] })), swept),
        )
        const { rows } = report.present(await store.query(report))
        const log = value(planClickLog(value(parseClickLogQuery({ columns: ['sub_id', 'cost'], limit: 500 })), swept))
        const page = log.present((await store.query(log.page)).rows, (await store.query(log.count)).rows)
        const conversions = value(
          planConversionLog(value(parseConversionLogQuery({ columns: ['conversion_id', 'cost'], limit: 500 })), swept),
        )
        const list = conversions.present(
          (await store.query(conversions.page)).rows,
          (await store.query(conversions.count)).rows,
        )
        assert.equal(page.total, naive.clicks.length)
        return [
          rows.map((row) => [row.sub_id_1, row.clicks, row.cost].join(' ')).sort(),
          page.rows.map((row) => [row.sub_id, row.cost].join(' ')).sort(),
          list.rows.map((row) => [row.conversion_id, row.cost].join(' ')).sort(),
        ]
      }
    }),
    { numRuns: 2 },
  )
  t.diagnostic(`${pending} moments with changes that were not carried out yet`)
  assert.ok(pending > 0)
})

function wanted({ clicks }: NaiveCosts): string[][] {
  const groups = Map.groupBy(clicks, ({ sub }) => sub)
  const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0)
  return [
    [...groups].map(([sub, list]) => [sub, list.length, inUnits(sum(list.map(costOf))) / 1e6].join(' ')).sort(),
    clicks.map((click) => [click.subId, inUnits(costOf(click)) / 1e6].join(' ')).sort(),
    clicks
      .flatMap(({ subId, own, conversions }) =>
        conversions.map(({ ordinal, charged }) =>
          [`${subId}-${ordinal}`, inUnits((ordinal === 1 ? own : 0) + charged) / 1e6].join(' '),
        ),
      )
      .sort(),
  ]
}
