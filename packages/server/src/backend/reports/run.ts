import type { ReportContext } from '@trackyard/core/report/context.ts'
import { labelNamesIn } from '@trackyard/core/report/labels.ts'
import { planReport, type ReportPlan } from '@trackyard/core/report/plan.ts'
import type { LogPlan, planClickLog } from '@trackyard/core/report/plan-log.ts'
import type { LogQuery, ReportQuery } from '@trackyard/core/report/query.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { Backend } from '../context.ts'
import { RawAnswer } from '../http/raw-answer.ts'
import type { ApiRequest } from '../route.ts'
import { askEvents } from './ask-events.ts'
import { allowedColumns, allowedReport } from './columns.ts'
import { reportContext } from './context.ts'

type Asker = Pick<ApiRequest, 'actor'>

/** Plans a report within what its asker may see; `more` is said of the context besides. */
export async function planAllowedReport(
  query: ReportQuery,
  { actor }: Asker,
  backend: Backend,
  more: Partial<ReportContext> = {},
): Promise<Result<ReportPlan>> {
  const labelled = labelNamesIn(query.dimensions, query.filters)
  const context = await reportContext(backend.configStore, backend.clock.nowMs(), actor, labelled)
  return planReport(query, { ...context, ...(await presentTables(backend)), ...more })
}

/** Plans, asks and presents a report, within what its asker may see. */
export async function runReport(parsed: Result<ReportQuery>, asker: Asker, backend: Backend) {
  const query = parsed.ok ? allowedReport(parsed.value, asker.actor.access) : parsed
  if (!query.ok) return query
  const plan = await planAllowedReport(query.value, asker, backend)
  if (!plan.ok) return plan
  const { trend } = plan.value
  const [answer, trendAnswer] = await Promise.all([
    askEvents(backend, plan.value),
    trend === null ? null : askEvents(backend, trend),
  ])
  if (!answer.ok) return answer
  if (trendAnswer && !trendAnswer.ok) return trendAnswer
  return ok(plan.value.present(answer.value, trendAnswer?.value))
}

/** What changes the tables a statement reads: changes of many clicks on their way, and other base currencies. */
const presentTables = async ({ eventStore, currencies }: Backend) => ({
  sweeps: eventStore.sweeps(),
  money: await currencies.exchange(),
})

/** The same for a log. */
export async function planAllowedLog(
  query: LogQuery,
  planLog: typeof planClickLog,
  { actor }: Asker,
  backend: Backend,
  more: Partial<ReportContext> = {},
): Promise<Result<LogPlan>> {
  const labelled = labelNamesIn([], query.filters)
  const context = await reportContext(backend.configStore, backend.clock.nowMs(), actor, labelled)
  return planLog(query, { ...context, ...(await presentTables(backend)), ...more })
}

export async function runLog(
  parsed: Result<LogQuery>,
  planLog: typeof planClickLog,
  asker: Asker,
  backend: Backend,
): Promise<Result<ReturnType<LogPlan['present']>>> {
  const query = parsed.ok ? allowedColumns(parsed.value, asker.actor.access) : parsed
  if (!query.ok) return query
  const plan = await planAllowedLog(query.value, planLog, asker, backend)
  if (!plan.ok) return plan
  const [page, count] = await Promise.all([askEvents(backend, plan.value.page), askEvents(backend, plan.value.count)])
  if (!page.ok) return page
  return count.ok ? ok(plan.value.present(page.value.rows, count.value.rows)) : count
}

/** Adds when the answer was made and how long it took, in seconds (reference admin-api §3.6). */
export async function timed(backend: Backend, work: () => Promise<Result<object>>): Promise<Result<unknown>> {
  const startedAt = performance.now()
  const result = await work()
  if (!result.ok || result.value instanceof RawAnswer) return result
  const datetime = new Date(backend.clock.nowMs()).toISOString().replace(/\.\d+Z$/, '+00:00')
  return ok({
    ...result.value,
    meta: { datetime, execution_time: ((performance.now() - startedAt) / 1000).toFixed(4) },
  })
}
