import type { Section } from '@trackyard/core/permissions.ts'
import { planClickLog, planConversionLog } from '@trackyard/core/report/plan-log.ts'
import { parseClickLogQuery, parseConversionLogQuery, parseReportQuery } from '@trackyard/core/report/query.ts'
import { reportRequest } from '@trackyard/core/report/request.ts'
import { reportHints, requestHints } from '@trackyard/core/report/request-hints.ts'
import { section } from '../auth/access.ts'
import type { Route } from '../route.ts'
import { logAnswer, reportAnswer } from './answers.ts'
import { reportDefinitionRoute } from './definition.ts'
import { listRoutes } from './lists.ts'
import { runLog, runReport, timed } from './run.ts'
import { statsRoutes } from './stats.ts'

const buildRoute = (method: 'GET' | 'POST', path: string, description: string, aliasOf?: string): Route => ({
  method,
  path,
  description,
  access: section('read', 'reports'),
  ...(aliasOf === undefined ? {} : { aliasOf }),
  accepts: reportRequest,
  tellsUnknownFields: true,
  answers: reportAnswer,
  handle: (request, backend) =>
    timed(backend, async () => {
      reportHints(request.input).forEach(request.hint)
      return runReport(parseReportQuery(request.input), request, backend)
    }),
})

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
  accepts: reportRequest,
  tellsUnknownFields: true,
  answers: logAnswer,
  handle: (request, backend) =>
    timed(backend, async () => {
      requestHints(request.input).forEach(request.hint)
      return runLog(parse(request.input), planLog, request, backend)
    }),
})

const CONVERSIONS = 'Single conversions as they are now'

export const reportRoutes: readonly Route[] = [
  buildRoute('POST', '/report/build', 'A report: metrics of clicks, grouped and filtered'),
  buildRoute('POST', '/clicks/build', 'Older name of /report/build', '/report/build'),
  buildRoute('GET', '/report', 'The same report, asked for in the query string', '/report/build'),
  reportDefinitionRoute,
  ...statsRoutes,
  logRoute('POST', '/clicks/log', 'Single clicks as they are now', 'clicks', parseClickLogQuery, planClickLog),
  logRoute('POST', '/conversions/log', CONVERSIONS, 'conversions', parseConversionLogQuery, planConversionLog),
  logRoute('GET', '/conversions/log', CONVERSIONS, 'conversions', parseConversionLogQuery, planConversionLog),
  ...listRoutes,
]
