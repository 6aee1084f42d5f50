import { planReport } from '@trackyard/core/report/plan.ts'
import type { planClickLog } from '@trackyard/core/report/plan-log.ts'
import type { LogQuery, ReportQuery } from '@trackyard/core/report/query.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { Backend } from '../context.ts'
import type { ApiRequest } from '../route.ts'
import { askEvents } from './ask-events.ts'
import { allowedColumns, allowedReport } from './columns.ts'
import { reportContext } from './context.ts'

type Asker = Pick<ApiRequest, 'actor'>

/** Plans, asks and presents a report, within what its asker may see. */
export async function runReport(parsed: Result<ReportQuery>, { actor }: Asker, backend: Backend) {
  const query = parsed.ok ? allowedReport(parsed.value, actor.access) : parsed
  if (!query.ok) return query
  const plan = planReport(query.value, await reportContext(backend.configStore, backend.clock.nowMs(), actor))
  if (!plan.ok) return plan
  const answer = await askEvents(backend, plan.value)
  return answer.ok ? ok(plan.value.present(answer.value)) : answer
}

/** The same for a log. */
export async function runLog(
  parsed: Result<LogQuery>,
  planLog: typeof planClickLog,
  { actor }: Asker,
  backend: Backend,
): Promise<Result<{ rows: Record<string, unknown>[]; total: number }>> {
  const query = parsed.ok ? allowedColumns(parsed.value, actor.access) : parsed
  if (!query.ok) return query
  const plan = planLog(query.value, await reportContext(backend.configStore, backend.clock.nowMs(), actor))
  if (!plan.ok) return plan
  const [page, count] = await Promise.all([askEvents(backend, plan.value.page), askEvents(backend, plan.value.count)])
  if (!page.ok) return page
  return count.ok ? ok(plan.value.present(page.value.rows, count.value.rows)) : count
}

/** Adds when the answer was made and how long it took, in seconds (reference admin-api §3.6). */
export async function timed(backend: Backend, work: () => Promise<Result<object>>): Promise<Result<unknown>> {
  const startedAt = performance.now()
  const result = await work()
  if (!result.ok) return result
  const datetime = new Date(backend.clock.nowMs()).toISOString().replace(/\.\d+Z$/, '+00:00')
  return ok({
    ...result.value,
    meta: { datetime, execution_time: ((performance.now() - startedAt) / 1000).toFixed(4) },
  })
}
