import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { ReportContext } from '@trackyard/core/report/context.ts'
import { planReport, type Report } from '@trackyard/core/report/plan.ts'
import { type LogPlan, planClickLog, planConversionLog } from '@trackyard/core/report/plan-log.ts'
import { parseClickLogQuery, parseConversionLogQuery, parseReportQuery } from '@trackyard/core/report/query.ts'
import type { Result } from '@trackyard/core/result.ts'
import { type SpawnedStore, spawnStore } from '../../store/spawn-store.ts'
import { openClickHouseEvents } from './clickhouse.ts'
import { makeSubId } from './contract.ts'
import { toLine } from './line.ts'
import type { EventQueries, EventStore, EventTable } from './port.ts'

export type Row = Record<string, string | number>

export const NOW_MS = Date.UTC(2026, 1, 3, 14, 5, 9)
const context: ReportContext = {
  names: {
    campaigns: new Map([
      [1, 'Zeta'],
      [2, 'alpha'],
      [3, 'alpha'],
    ]),
    groups: new Map([[7, 'Group seven']]),
  },
  groups: {
    campaigns: new Map([
      [1, 7],
      [2, 7],
    ]),
  },
  labels: [{ campaignId: 1, refName: 'source', value: 'bad.test', label: 'blacklist' }],
  nowMs: NOW_MS,
  defaultTimeZone: 'UTC',
  firstWeekday: 1,
}

export const click = (more: Row): Row => {
  const datetime = Number(more.datetime ?? NOW_MS)
  return { sub_id: makeSubId(datetime), datetime, campaign_id: 1, ...more }
}

const value = <T>(result: Result<T>): T => {
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}

/** Reports over a real store that lives as long as the tests of the calling file. */
export function openReports() {
  let server: SpawnedStore
  let store: EventStore & EventQueries
  let databases = 0
  before(async () => {
    server = await spawnStore()
  })
  after(async () => {
    await store?.close()
    await server?.stop()
  })

  const listed = async (plan: LogPlan): Promise<ReturnType<LogPlan['present']>> =>
    plan.present((await store.query(plan.page)).rows, (await store.query(plan.count)).rows)
  const add = (rows: readonly Row[], table: EventTable): Promise<void> =>
    store.insertLines(
      table,
      rows.map((row, i) => toLine(table, row, i + 1)),
      'test',
    )
  return {
    /** A database of its own with these rows. */
    async given(rows: readonly Row[], table: EventTable = 'clicks'): Promise<void> {
      await store?.close()
      store = openClickHouseEvents({
        url: 'http://localhost',
        socketPath: server.socketPath,
        password: server.password,
        database: `report_${++databases}`,
      })
      await store.migrate()
      await add(rows, table)
    },
    /** Adds rows to those that are there. */
    add,
    /** Adds click states as they are: with version and sign. */
    addStates: (lines: readonly string[]): Promise<void> => store.insertLines('clicks', lines, 'test'),
    async report(body: object, more: Partial<ReportContext> = {}): Promise<Report> {
      const query = value(parseReportQuery({ range: { interval: 'all_time' }, ...body }))
      const plan = value(planReport(query, { ...context, ...more }))
      return plan.present(await store.query(plan))
    },
    clickLog: async (body: object, more: Partial<ReportContext> = {}) =>
      listed(value(planClickLog(value(parseClickLogQuery({ limit: 100, ...body })), { ...context, ...more }))),
    conversionLog: async (body: object, more: Partial<ReportContext> = {}) =>
      listed(
        value(planConversionLog(value(parseConversionLogQuery({ limit: 100, ...body })), { ...context, ...more })),
      ),
  }
}
