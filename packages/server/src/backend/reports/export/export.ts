import type { planClickLog } from '@trackyard/core/report/plan-log.ts'
import type { LogQuery, ReportQuery } from '@trackyard/core/report/query.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { Backend } from '../../context.ts'
import type { RawAnswer } from '../../http/raw-answer.ts'
import type { ApiRequest } from '../../route.ts'
import { askEvents } from '../ask-events.ts'
import { allowedColumns, allowedReport } from '../columns.ts'
import { planAllowedLog, planAllowedReport } from '../run.ts'
import { ALL_ROWS, answerFile } from './answer-file.ts'
import type { ExportOptions } from './request.ts'

/** A report as a file, within what its asker may see. */
export async function exportReport(
  parsed: Result<ReportQuery>,
  file: ExportOptions,
  request: ApiRequest,
  backend: Backend,
): Promise<Result<RawAnswer>> {
  const query = parsed.ok ? allowedReport(parsed.value, request.actor.access) : parsed
  if (!query.ok) return query
  const { dimensions, metrics, summary, trend } = query.value
  if (trend !== null) request.hint('trend: a file has the rows of the report alone; ask for the trend as json.')
  const asked = { ...query.value, ...allRows(query.value, request), summary: false, trend: null }
  const plan = await planAllowedReport(asked, request, backend, { maxRows: ALL_ROWS })
  if (!plan.ok) return plan
  const totals = summary && dimensions.length > 0 ? await totalsOf(query.value, request, backend) : null
  if (totals && !totals.ok) return totals
  const { present } = plan.value
  return answerFile(
    {
      name: 'report',
      terms: plan.value.terms,
      statement: plan.value,
      columns: [...dimensions, ...metrics],
      present: (rows) => present({ rows, totals: null, rowsBeforeLimit: 0 }).rows,
      ...(totals ? { totals: { [dimensions[0] ?? '']: 'Total', ...totals.value } } : {}),
    },
    file,
    backend,
  )
}

/** Statements that are read row by row answer no totals. */
async function totalsOf(
  query: ReportQuery,
  request: ApiRequest,
  backend: Backend,
): Promise<Result<Readonly<Record<string, unknown>>>> {
  const plan = await planAllowedReport({ ...query, limit: 1, offset: 0, trend: null }, request, backend)
  if (!plan.ok) return plan
  const answer = await askEvents(backend, plan.value)
  return answer.ok ? ok(plan.value.present(answer.value).summary ?? {}) : answer
}

/** The same for a log; `name` is the first part of the file's name. */
export async function exportLog(
  name: string,
  parsed: Result<LogQuery>,
  planLog: typeof planClickLog,
  file: ExportOptions,
  request: ApiRequest,
  backend: Backend,
): Promise<Result<RawAnswer>> {
  const query = parsed.ok ? allowedColumns(parsed.value, request.actor.access) : parsed
  if (!query.ok) return query
  const asked = { ...query.value, ...allRows(query.value, request) }
  const plan = await planAllowedLog(asked, planLog, request, backend, { maxRows: ALL_ROWS })
  if (!plan.ok) return plan
  const { page, present, terms } = plan.value
  const { columns } = query.value
  return answerFile({ name, terms, statement: page, columns, present: (rows) => present(rows, []).rows }, file, backend)
}

/** Without a limit, or with 0, a file has every row there is. */
const allRows = ({ limit }: Pick<LogQuery, 'limit'>, { input }: ApiRequest): Pick<LogQuery, 'limit'> => ({
  limit: limit === null || Number(input.limit ?? 0) === 0 ? ALL_ROWS : limit,
})
