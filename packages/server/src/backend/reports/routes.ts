import type { Section } from '@trackyard/core/permissions.ts'
import { type LogPage, planClickLog, planConversionLog } from '@trackyard/core/report/plan-log.ts'
import { parseClickLogQuery, parseConversionLogQuery, parseReportQuery } from '@trackyard/core/report/query.ts'
import { logRequest, reportRequest } from '@trackyard/core/report/request.ts'
import { requestHints } from '@trackyard/core/report/request-hints.ts'
import { ok } from '@trackyard/core/result.ts'
import { section } from '../auth/access.ts'
import type { ApiRequest, Route } from '../route.ts'
import { logAnswer, reportAnswer } from './answers.ts'
import { reportDefinitionRoute } from './definition.ts'
import { CONTENT_TYPES } from './export/answer-file.ts'
import { exportLog, exportReport } from './export/export.ts'
import { exportShape, hinted, readExport } from './export/request.ts'
import { favouriteRoutes } from './favourites/routes.ts'
import { hintReport, hintValues } from './hints.ts'
import { listRoutes } from './lists.ts'
import { runLog, runReport, timed } from './run.ts'
import { statsRoutes } from './stats.ts'

const FILE_TYPES = Object.values(CONTENT_TYPES)

const buildRoute = (method: 'GET' | 'POST', path: string, description: string, aliasOf?: string): Route => ({
  method,
  path,
  description,
  access: section('read', 'reports'),
  ...(aliasOf === undefined ? {} : { aliasOf }),
  accepts: reportRequest.extend(exportShape),
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
  alsoAnswers: FILE_TYPES,
  handle: (asked, backend) =>
    timed(asked, backend, async () => {
      const read = await readExport(asked.input, backend.configStore)
      if (!read.ok) return read
      const { input, file } = read.value
      await hintReport(hinted(read.value), asked, backend)
      const query = parseReportQuery(input)
      await hintValues(query, asked, backend)
      return file ? exportReport(query, file, asked, backend) : runReport(query, asked, backend)
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
  accepts: logRequest.extend(exportShape),
  example: { range: { interval: 'today' }, columns, limit: 100 },
  tellsUnknownFields: true,
  answers: logAnswer,
  alsoAnswers: FILE_TYPES,
  handle: (asked, backend) =>
    timed(asked, backend, async () => {
      const read = await readExport(asked.input, backend.configStore)
      if (!read.ok) return read
      const { input, file } = read.value
      requestHints(hinted(read.value)).forEach(asked.hint)
      const query = parse(input)
      await hintValues(query, asked, backend)
      if (file) return exportLog(part, query, planLog, file, asked, backend)
      const found = await runLog(query, planLog, asked, backend)
      return found.ok ? ok(asKnown(found.value, asked)) : found
    }),
})

/** The first Admin API knew no cursors: its shapes have one only for callers that name it. */
function asKnown<Meta>(
  { cursor, ...known }: LogPage & { readonly meta: Meta },
  { dialect, input }: Pick<ApiRequest, 'dialect' | 'input'>,
) {
  return dialect === '2017' && !('cursor' in input) ? known : { ...known, cursor }
}

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
  ...favouriteRoutes,
]
