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
  example: {
    range: { interval: '7_days_ago', timezone: 'Europe/Berlin' },
    grouping: ['campaign', 'country'],
    metrics: ['clicks', 'conversions', 'revenue'],
    filters: [{ name: 'is_bot', operator: 'IS_FALSE' }],
    sort: [{ name: 'clicks', order: 'desc' }],
    limit: 100,
  },
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
  columns: readonly string[],
): Route => ({
  method,
  path,
  description,
  access: section('read', part),
  accepts: reportRequest,
  example: { range: { interval: 'today' }, columns, limit: 100 },
  tellsUnknownFields: true,
  answers: logAnswer,
  handle: (request, backend) =>
    timed(backend, async () => {
      requestHints(request.input).forEach(request.hint)
      return runLog(parse(request.input), planLog, request, backend)
    }),
})

const CONVERSIONS = 'Single conversions as they are now'

const CLICK_COLUMNS = ['sub_id', 'datetime', 'campaign', 'country', 'destination']
const CONVERSION_COLUMNS = ['conversion_id', 'sub_id', 'status', 'revenue', 'postback_datetime']

export const reportRoutes: readonly Route[] = [
  buildRoute('POST', '/report/build', 'A report: metrics of clicks, grouped and filtered'),
  buildRoute('POST', '/clicks/build', 'Older name of /report/build', '/report/build'),
  buildRoute('GET', '/report', 'The same report, asked for in the query string', '/report/build'),
  reportDefinitionRoute,
  ...statsRoutes,
  logRoute(
    'POST',
    '/clicks/log',
    'Single clicks as they are now',
    'clicks',
    parseClickLogQuery,
    planClickLog,
    CLICK_COLUMNS,
  ),
  logRoute(
    'POST',
    '/conversions/log',
    CONVERSIONS,
    'conversions',
    parseConversionLogQuery,
    planConversionLog,
    CONVERSION_COLUMNS,
  ),
  logRoute(
    'GET',
    '/conversions/log',
    CONVERSIONS,
    'conversions',
    parseConversionLogQuery,
    planConversionLog,
    CONVERSION_COLUMNS,
  ),
  ...listRoutes,
]
