import type { Section } from '@trackyard/core/permissions.ts'
import { planReport } from '@trackyard/core/report/plan.ts'
import { planClickLog, planConversionLog } from '@trackyard/core/report/plan-log.ts'
import { parseClickLogQuery, parseConversionLogQuery, parseReportQuery } from '@trackyard/core/report/query.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import { section } from '../auth/access.ts'
import type { Backend } from '../context.ts'
import type { Route } from '../route.ts'
import { askEvents } from './ask-events.ts'
import { allowedColumns, allowedReport } from './columns.ts'
import { reportContext } from './context.ts'
import { reportDefinitionRoute } from './definition.ts'

const buildRoute: Route = {
  method: 'POST',
  path: '/report/build',
  description: 'A report: metrics of clicks, grouped and filtered',
  access: section('read', 'reports'),
  handle: ({ input, actor }, backend) =>
    timed(backend, async () => {
      const parsed = parseReportQuery(input)
      const query = parsed.ok ? allowedReport(parsed.value, actor.access) : parsed
      if (!query.ok) return query
      const plan = planReport(query.value, await reportContext(backend.configStore, backend.clock.nowMs(), actor))
      if (!plan.ok) return plan
      const answer = await askEvents(backend, plan.value)
      return answer.ok ? ok(plan.value.present(answer.value)) : answer
    }),
}

const logRoute = (
  method: Route['method'],
  path: string,
  description: string,
  part: Section,
  parse: typeof parseClickLogQuery,
  planLog: typeof planClickLog,
): Route => ({
  method,
  path,
  description,
  access: section('read', part),
  handle: ({ input, actor }, backend) =>
    timed(backend, async () => {
      const parsed = parse(input)
      const query = parsed.ok ? allowedColumns(parsed.value, actor.access) : parsed
      if (!query.ok) return query
      const plan = planLog(query.value, await reportContext(backend.configStore, backend.clock.nowMs(), actor))
      if (!plan.ok) return plan
      const [page, count] = await Promise.all([
        askEvents(backend, plan.value.page),
        askEvents(backend, plan.value.count),
      ])
      if (!page.ok) return page
      return count.ok ? ok(plan.value.present(page.value.rows, count.value.rows)) : count
    }),
})

const CONVERSIONS = 'Single conversions as they are now'

export const reportRoutes: readonly Route[] = [
  buildRoute,
  reportDefinitionRoute,
  logRoute('POST', '/clicks/log', 'Single clicks as they are now', 'clicks', parseClickLogQuery, planClickLog),
  logRoute('POST', '/conversions/log', CONVERSIONS, 'conversions', parseConversionLogQuery, planConversionLog),
  logRoute('GET', '/conversions/log', CONVERSIONS, 'conversions', parseConversionLogQuery, planConversionLog),
]

/** Adds when the answer was made and how long it took, in seconds (reference admin-api §3.6). */
async function timed(backend: Backend, work: () => Promise<Result<object>>): Promise<Result<unknown>> {
  const startedAt = performance.now()
  const result = await work()
  if (!result.ok) return result
  const datetime = new Date(backend.clock.nowMs()).toISOString().replace(/\.\d+Z$/, '+00:00')
  return ok({
    ...result.value,
    meta: { datetime, execution_time: ((performance.now() - startedAt) / 1000).toFixed(4) },
  })
}
