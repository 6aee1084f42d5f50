import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import type { ReportContext } from '@trackyard/core/report/context.ts'
import { labelNamesIn } from '@trackyard/core/report/labels.ts'
import { planReport, type ReportPlan } from '@trackyard/core/report/plan.ts'
import type { LogPage, LogPlan, planClickLog } from '@trackyard/core/report/plan-log.ts'
import type { LogQuery, ReportQuery } from '@trackyard/core/report/query.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { Backend } from '../context.ts'
import { RawAnswer } from '../http/raw-answer.ts'
import type { ApiRequest } from '../route.ts'
import { askEvents } from './ask-events.ts'
import { allowedColumns, allowedReport } from './columns.ts'
import { reportContext } from './context.ts'

type Asker = Pick<ApiRequest, 'actor'>

/** What an answer is in: the base currency, and an IANA zone. */
export interface Terms {
  readonly currency: string
  readonly timezone: string
}

/** Plans a report within what its asker may see; `more` is said of the context besides. */
export async function planAllowedReport(
  query: ReportQuery,
  { actor }: Asker,
  backend: Backend,
  more: Partial<ReportContext> = {},
): Promise<Result<ReportPlan & { readonly terms: Terms }>> {
  const labelled = labelNamesIn(query.dimensions, query.filters)
  const context = await reportContext(backend.configStore, backend.clock.nowMs(), actor, labelled)
  const tables = await presentTables(backend)
  return withTerms(planReport(query, { ...context, ...tables, ...more }), tables.money)
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
  return ok({ ...plan.value.present(answer.value, trendAnswer?.value), meta: plan.value.terms })
}

function withTerms<Plan extends { readonly timeZone: string }>(
  plan: Result<Plan>,
  { base }: Exchange,
): Result<Plan & { readonly terms: Terms }> {
  return plan.ok ? ok({ ...plan.value, terms: { currency: base, timezone: plan.value.timeZone } }) : plan
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
): Promise<Result<LogPlan & { readonly terms: Terms }>> {
  const labelled = labelNamesIn([], query.filters)
  const context = await reportContext(backend.configStore, backend.clock.nowMs(), actor, labelled)
  const tables = await presentTables(backend)
  return withTerms(planLog(query, { ...context, ...tables, ...more }), tables.money)
}

export async function runLog(
  parsed: Result<LogQuery>,
  planLog: typeof planClickLog,
  asker: Asker,
  backend: Backend,
): Promise<Result<LogPage & { readonly meta: Terms }>> {
  const query = parsed.ok ? allowedColumns(parsed.value, asker.actor.access) : parsed
  if (!query.ok) return query
  const plan = await planAllowedLog(query.value, planLog, asker, backend)
  if (!plan.ok) return plan
  const [page, count] = await Promise.all([askEvents(backend, plan.value.page), askEvents(backend, plan.value.count)])
  if (!page.ok) return page
  if (!count.ok) return count
  return ok({ ...plan.value.present(page.value.rows, count.value.rows), meta: plan.value.terms })
}

/**
 * Adds when the answer was made and how long it took, in seconds (reference admin-api §3.6). What it is in is told in the
 * modern dialect alone: the first Admin API knew no such fields.
 */
export async function timed(
  { dialect }: Pick<ApiRequest, 'dialect'>,
  backend: Backend,
  work: () => Promise<Result<RawAnswer | { readonly meta: Terms }>>,
): Promise<Result<unknown>> {
  const startedAt = performance.now()
  const result = await work()
  if (!result.ok || result.value instanceof RawAnswer) return result
  const datetime = new Date(backend.clock.nowMs()).toISOString().replace(/\.\d+Z$/, '+00:00')
  return ok({
    ...result.value,
    meta: {
      datetime,
      execution_time: ((performance.now() - startedAt) / 1000).toFixed(4),
      ...(dialect === '2017' ? {} : result.value.meta),
    },
  })
}
