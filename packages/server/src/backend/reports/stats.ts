import { parseReportQuery } from '@trackyard/core/report/query.ts'
import { reportRequest } from '@trackyard/core/report/request.ts'
import { ok } from '@trackyard/core/result.ts'
import { section } from '../auth/access.ts'
import type { Input } from '../http/read-body.ts'
import type { Route } from '../route.ts'
import { reportAnswer } from './answers.ts'
import { isAllowed } from './columns.ts'
import { hintReport, hintValues } from './hints.ts'
import { runReport, timed } from './run.ts'

const DEFAULT_METRICS =
  `clicks campaign_unique_clicks bots lp_clicks conversions leads sales rejected cr cost revenue profit roi
  epc`.split(/\s+/)
const ASKS_FOR_TIME = ['range', 'interval', 'from', 'to', 'limit'] as const

/** Fills in what a request for figures leaves open: the metrics people look at, and today. */
function withDefaults(input: Input, canSee: (name: string) => boolean): Input {
  const isOpen = (name: string): boolean => input[name] === undefined || input[name] === null || input[name] === ''
  return {
    ...input,
    ...(isOpen('metrics') && isOpen('measures') ? { metrics: DEFAULT_METRICS.filter(canSee) } : {}),
    ...(ASKS_FOR_TIME.every(isOpen) ? { range: { interval: 'today', timezone: input.timezone ?? undefined } } : {}),
  }
}

const statsRoute = (method: 'GET' | 'POST', path: string, aliasOf?: string): Route => ({
  method,
  path,
  description:
    'Figures of a stretch of time: a report whose request may be left open. Without grouping one row, without metrics the usual ones, without a range today',
  access: section('read', 'reports'),
  ...(aliasOf === undefined ? {} : { aliasOf }),
  accepts: reportRequest,
  tellsUnknownFields: true,
  answers: reportAnswer,
  handle: (request, backend) =>
    timed(request, backend, async () => {
      await hintReport(request.input, request, backend)
      const input = withDefaults(request.input, (name) => isAllowed(request.actor.access, name))
      const query = parseReportQuery(input)
      await hintValues(query, request, backend)
      return runReport(query, request, backend)
    }),
})

/** Totals alone: whatever a request groups by is left out of the answer (reference conversions-and-reports §7.1). */
const summaryRoute: Route = {
  method: 'POST',
  path: '/clicks/summary',
  description:
    'Totals of clicks as one row, and once more as summary; takes what /report/build takes, without grouping',
  access: section('read', 'reports'),
  accepts: reportRequest,
  tellsUnknownFields: true,
  answers: reportAnswer,
  handle: (request, backend) =>
    timed(request, backend, async () => {
      await hintReport(request.input, request, backend)
      const parsed = parseReportQuery(withDefaultMetrics(request.input, request.actor.access))
      if (!parsed.ok) return parsed
      await hintValues(parsed, request, backend)
      if (parsed.value.dimensions.length > 0)
        request.hint('grouping was ignored: this route answers totals; /report/build groups.')
      const totals = { ...parsed.value, dimensions: [], sort: [], offset: 0, summary: true }
      return runReport(ok(totals), request, backend)
    }),
}

function withDefaultMetrics(input: Input, access: Parameters<typeof isAllowed>[0]): Input {
  const named = [input.metrics, input.measures].some((value) => value !== undefined && value !== null)
  return named ? input : { ...input, metrics: DEFAULT_METRICS.filter((name) => isAllowed(access, name)) }
}

export const statsRoutes: readonly Route[] = [
  statsRoute('GET', '/stats'),
  statsRoute('POST', '/stats'),
  statsRoute('GET', '/traffic', '/stats'),
  summaryRoute,
]
