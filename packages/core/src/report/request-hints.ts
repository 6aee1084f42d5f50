import type { NumberedStatus } from '../conversion/custom-status.ts'
import { nearest } from '../nearest.ts'
import { MAX_ROWS } from './limits.ts'
import { unknownMetricHints } from './query.ts'
import { logRequest, reportRequest } from './request.ts'

/** What clients write and mean something else by, where the letters alone do not tell. */
const MEANT: Readonly<Record<string, string>> = {
  filter: 'filters',
  where: 'filters',
  conditions: 'filters',
  total: 'summary',
  totals: 'summary',
  dimension: 'dimensions',
  group: 'grouping',
  groups: 'grouping',
  group_by: 'grouping',
  groupBy: 'grouping',
  metric: 'metrics',
  fields: 'columns',
  order_by: 'sort',
  sort_by: 'sort',
  compare_to: 'compare',
  comparison: 'compare',
  date_type: 'conversion_date',
  trends: 'trend',
  page_size: 'limit',
  per_page: 'limit',
  date_from: 'from',
  start_date: 'from',
  date_to: 'to',
  end_date: 'to',
  period: 'interval',
  tz: 'timezone',
  time_zone: 'timezone',
}
/** Known from clients and without effect. */
const HARMLESS: ReadonlySet<string> = new Set(['extended'])

/**
 * What was accepted and is probably not meant: fields that nobody reads, and limits above what an answer holds.
 * `more` names the fields a route reads besides.
 */
export const requestHints = (body: Readonly<Record<string, unknown>>, more: readonly string[] = []): string[] =>
  hintsOf(body, [...Object.keys(logRequest.shape), ...more])

function hintsOf(body: Readonly<Record<string, unknown>>, fields: readonly string[]): string[] {
  const hints = Object.keys(body)
    .filter((name) => !fields.includes(name) && !HARMLESS.has(name) && !name.startsWith('_'))
    .map((name) => unreadHint('', name, (Object.hasOwn(MEANT, name) ? MEANT[name] : null) ?? nearest(name, fields)))
  if (isRecord(body.range))
    for (const name of Object.keys(body.range))
      if (!RANGE_FIELDS.includes(name)) hints.push(unreadHint('range.', name, rangeField(name)))
  if (Number(body.limit) > MAX_ROWS)
    hints.push(
      `limit: an answer holds at most ${MAX_ROWS} rows; page with ${fields.includes('cursor') ? 'cursor' : 'offset'}, or ask for a file with format csv.`,
    )
  return hints
}

/** The same for a report, which leaves out metrics that nobody knows. `own`: statuses of the user's own. */
export const reportHints = (body: Readonly<Record<string, unknown>>, own: readonly NumberedStatus[] = []): string[] => [
  ...hintsOf(body, Object.keys(reportRequest.shape)),
  ...unknownMetricHints(body, own),
]

const RANGE_FIELDS: readonly string[] = ['from', 'to', 'timezone', 'interval']
const rangeField = (name: string): string | null => {
  const meant = MEANT[name]
  return meant !== undefined && RANGE_FIELDS.includes(meant) ? meant : nearest(name, RANGE_FIELDS)
}

const unreadHint = (at: string, name: string, meant: string | null): string =>
  `The field ${at}${name} is not known and was ignored${meant === null ? '' : `: did you mean ${at}${meant}?`}`

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
