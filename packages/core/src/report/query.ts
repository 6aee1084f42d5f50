import type { NumberedStatus } from '../conversion/custom-status.ts'
import { nearest } from '../nearest.ts'
import { fail, ok, type Problem, problem, type Result } from '../result.ts'
import type { ComparisonPeriod } from './comparisons.ts'
import type { ConversionDate } from './conversion-dates.ts'
import type { DimensionDef } from './dimension.ts'
import { conversionDimensions, dimensions } from './dimensions.ts'
import { figureOf } from './figure.ts'
import { MAX_ROWS } from './limits.ts'
import { conversionMetrics, metricAliases, metrics } from './metrics.ts'
import { operators } from './operators.ts'
import { countedColumn } from './own-columns.ts'
import type { RangeRequest } from './range.ts'
import { logRequest, type RawRequest, readRequest, reportRequest } from './request.ts'
import { metricOfStatus, numberHints } from './status-hints.ts'
import type { TrendUnit } from './trends.ts'

export interface FilterRequest {
  readonly name: string
  readonly operator: string
  readonly values: readonly string[]
  readonly caseSensitive: boolean
  /** Of the filters with the same number one must hold; without one it must hold itself. */
  readonly or?: number
}
export interface SortRequest {
  readonly name: string
  readonly descending: boolean
}

/** A request as asked, names known to exist; still without regard to the store. */
export interface ReportQuery {
  readonly dimensions: readonly string[]
  readonly metrics: readonly string[]
  readonly range: RangeRequest | null
  readonly filters: readonly FilterRequest[]
  readonly sort: readonly SortRequest[]
  readonly limit: number | null
  readonly offset: number
  readonly summary: boolean
  /** Null: as the context says. */
  readonly conversionDate: ConversionDate | null
  readonly compare: ComparisonPeriod | null
  readonly trend: TrendUnit | null
}
export type LogQuery = Pick<ReportQuery, 'range' | 'filters' | 'sort' | 'limit' | 'offset'> & {
  readonly columns: readonly string[]
  /** Where the page before ended; what it says is known when the log is planned. */
  readonly cursor?: string
  /** Only rows in one of whose columns the text occurs. */
  readonly search?: { readonly text: string; readonly columns: readonly string[] }
}

/** Names a report may use, for error texts and for the definition endpoint. */
export const reportNames = {
  dimensions: Object.keys(dimensions).filter(isGroupable),
  metrics: Object.keys(metrics),
  clickLog: [...new Set([...listed(dimensions), ...clickLogMetrics()])],
  conversionLog: [...new Set([...listed(conversionDimensions), ...Object.keys(conversionMetrics)])],
} as const

function listed(all: Readonly<Record<string, DimensionDef>>): string[] {
  return Object.keys(all).filter((name) => all[name]?.use !== 'report')
}

/** Metrics that make sense for one click: its money and the counts of its conversions. */
function clickLogMetrics(): string[] {
  return Object.entries(metrics).flatMap(([name, { expr }]) =>
    expr.op === 'sum' || expr.op === 'add' || expr.op === 'subtract' ? [name] : [],
  )
}

/**
 * Reads the body of a report. Plain columns among the metrics, or in `columns`, are dimensions (reference §7.2). Metrics
 * that nobody knows are left out, as clients ask for those of other versions (reference admin-api §3.6).
 */
export function parseReportQuery(body: unknown): Result<ReportQuery> {
  const read = readRequest(body, reportRequest)
  if (!read.ok) return read
  const raw = read.value
  const isCompared = raw.compare !== undefined
  const asked = (raw.measures ?? raw.metrics ?? []).map((name) => (isCompared ? metricBehind(name) : name))
  const plain = asked.filter((name) => !isMetric(name) && isGroupable(name))
  const query: ReportQuery = {
    ...shared(raw),
    dimensions: [...new Set([...(raw.dimensions ?? raw.grouping ?? []), ...(raw.columns ?? []), ...plain])],
    metrics: [...new Set(asked.filter((name) => !plain.includes(name) && isMetric(name)))],
    summary: raw.summary ?? false,
    conversionDate: raw.conversion_date ?? null,
    compare: raw.compare ?? null,
    trend: raw.trend ?? null,
  }
  const steering = [...query.filters, ...query.sort].map(({ name }) => name)
  return checked(query, [
    ...(isCompared ? [] : steering.filter(isComparedOnly).map(needsComparison)),
    ...unknown('dimension', 'grouping', query.dimensions, isGroupable, reportNames.dimensions),
    ...unknown(
      'column or metric',
      'filters',
      query.filters.map(({ name }) => name),
      (name) => figureOf(name) !== null || Object.hasOwn(dimensions, name),
      [...reportNames.dimensions, ...reportNames.metrics],
    ),
    ...unknown(
      'sort key',
      'sort',
      query.sort.map(({ name }) => name),
      (name) => figureOf(name) !== null || query.dimensions.includes(name),
      [...query.dimensions, ...reportNames.metrics],
    ),
  ])
}

/** Metrics that a report leaves out. */
export function unknownMetrics(body: unknown): string[] {
  const { asked, isCompared } = askedMetrics(body)
  return asked.filter((name) => !(isCompared ? figureOf(name) !== null : isMetric(name)) && !isGroupable(name))
}

/** Whether something of a report's metrics can be told of only by whoever knows the statuses of the user's own. */
export const needsStatuses = (body: unknown): boolean =>
  unknownMetrics(body).length > 0 || numberHints(askedMetrics(body).asked, []).length > 0

function askedMetrics(body: unknown): { readonly asked: readonly string[]; readonly isCompared: boolean } {
  const read = readRequest(body, reportRequest)
  const { measures, metrics, compare } = read.ok ? read.value : {}
  return { asked: measures ?? metrics ?? [], isCompared: compare !== undefined }
}

/** What to tell about metrics that were left out of a report, or count nothing. `own`: statuses of the user's own. */
export function unknownMetricHints(body: unknown, own: readonly NumberedStatus[] = []): string[] {
  const unknown = unknownMetrics(body).map((name) => {
    if (isComparedOnly(name)) return `metrics: ${needsComparison(name).message} It was left out.`
    const meant = metricOfStatus(name, own) ?? nearest(name, reportNames.metrics)
    return `metrics: there is no ${name.slice(0, 100)}, so it was left out${meant === null ? '. GET report/definition lists all.' : `: did you mean ${meant}?`}`
  })
  return [...unknown, ...numberHints(askedMetrics(body).asked, own)]
}

/** Columns of the logs when the request names none (reference §8.1, §8.2). */
const CLICK_LOG_COLUMNS =
  `sub_id datetime ip campaign_id stream_id landing offer ts affiliate_network country_flag region city os_icon
  browser_icon connection_type device_type device_model is_bot is_unique_campaign`.split(/\s+/)
const CONVERSION_LOG_COLUMNS =
  'sub_id campaign landing offer ts postback_datetime sale_period status original_status revenue'.split(' ')

export const parseClickLogQuery = (body: unknown, defaults: readonly string[] = CLICK_LOG_COLUMNS): Result<LogQuery> =>
  parseLogQuery(body, reportNames.clickLog, defaults, (name) => countedColumn(name) !== null)
export const parseConversionLogQuery = (
  body: unknown,
  defaults: readonly string[] = CONVERSION_LOG_COLUMNS,
): Result<LogQuery> => parseLogQuery(body, reportNames.conversionLog, defaults)

/** `alsoKnown`: columns of which there are too many to list. */
function parseLogQuery(
  body: unknown,
  known: readonly string[],
  defaults: readonly string[],
  alsoKnown: (name: string) => boolean = () => false,
): Result<LogQuery> {
  const read = readRequest(body, logRequest)
  if (!read.ok) return read
  const asked = [...(read.value.columns ?? []), ...(read.value.grouping ?? []), ...(read.value.metrics ?? [])]
  const { cursor } = read.value
  const query: LogQuery = {
    ...shared(read.value),
    columns: asked.length > 0 ? [...new Set(asked)] : defaults,
    ...(cursor ? { cursor } : {}),
  }
  const isKnown = (name: string): boolean => known.includes(name) || alsoKnown(name)
  return checked(query, [
    ...unknown('column', 'columns', query.columns, isKnown, known),
    ...unknown(
      'column',
      'filters',
      query.filters.map(({ name }) => name),
      isKnown,
      known,
    ),
    ...unknown(
      'sort key',
      'sort',
      query.sort.map(({ name }) => name),
      isKnown,
      known,
    ),
  ])
}

const shared = (raw: RawRequest): Omit<LogQuery, 'columns' | 'cursor' | 'search'> => ({
  range: raw.range ?? null,
  filters: (raw.filters ?? [])
    .filter(({ disabled }) => !disabled)
    .map(({ name, operator, expression, case_sensitive, or }) => ({
      name: Object.hasOwn(metricAliases, name) ? (metricAliases[name] ?? name) : name,
      operator: operator.toUpperCase(),
      values: valuesOf(operator.toUpperCase(), expression),
      caseSensitive: case_sensitive ?? false,
      ...(or === undefined ? {} : { or }),
    })),
  sort: (raw.sort ?? raw.order ?? []).map(({ name, order }) => ({ name, descending: order === 'desc' })),
  // 0 is how some clients say that they want everything.
  limit: raw.limit === 0 ? MAX_ROWS : (raw.limit ?? null),
  offset: raw.offset ?? raw.offer ?? 0,
})

/** Lists may come as one text with commas; everything is text until the column's kind is known. */
function valuesOf(
  operator: string,
  expression: string | number | boolean | null | (string | number | boolean | null)[] | undefined,
): string[] {
  if (Array.isArray(expression)) return expression.map((value) => String(value ?? ''))
  if (expression === undefined) return []
  const takesList = Object.hasOwn(operators, operator) && /^(NOT_)?IN_LIST$|^BETWEEN$/.test(operator)
  return takesList && typeof expression === 'string'
    ? expression.split(',').map((value) => value.trim())
    : [String(expression ?? '')]
}

function checked<T extends { range: RangeRequest | null; limit: number | null }>(
  query: T,
  problems: readonly Problem[],
): Result<T> {
  if (problems.length > 0) return fail(...problems)
  if (query.range === null && query.limit === null)
    return fail(
      problem(
        'bad_request',
        'Name a range or a limit, such as {"range": {"interval": "today"}} or {"limit": 100}.',
        'range',
      ),
    )
  return ok(query)
}

/** Names that are read, as clients know them, and that nobody needs: they are not told. */
export const isOffered = (name: string): boolean => conversionDimensions[name]?.isHidden !== true

const isMetric = (name: string): boolean => figureOf(name)?.kind === 'current'
/** A figure that there is beside an earlier period only, such as `clicks_change`. */
const isComparedOnly = (name: string): boolean => !isMetric(name) && figureOf(name) !== null
const needsComparison = (name: string): Problem =>
  problem('bad_request', `${name} needs an earlier period: add "compare": "previous_period" to the request.`, 'compare')
/** `clicks_change` asks for clicks, which come with all that a comparison adds. Other names stay as they are. */
function metricBehind(name: string): string {
  const figure = figureOf(name)
  return figure === null || figure.kind === 'current' ? name : figure.metricName
}

/** Whether a filter of this name looks at rows. A name that is both a metric and a column of logs is a metric in reports. */
export const isColumnFilter = (name: string): boolean =>
  Object.hasOwn(dimensions, name) && !(dimensions[name]?.use === 'list' && isMetric(name))

function isGroupable(name: string): boolean {
  const use = Object.hasOwn(dimensions, name) ? dimensions[name]?.use : undefined
  return use === 'group' || use === 'report'
}

const unknown = (
  what: string,
  at: string,
  asked: readonly string[],
  isKnown: (name: string) => boolean,
  known: readonly string[],
): Problem[] =>
  asked
    .filter((name) => !isKnown(name))
    .map((name) => {
      const offered = known.filter(isOffered)
      const meant = nearest(name, offered)
      const question = (what === 'column' ? null : elsewhere(name)) ?? (meant === null ? '' : ` Did you mean ${meant}?`)
      return problem(
        'bad_request',
        `There is no ${what} ${JSON.stringify(name.slice(0, 100))}.${question} Valid: ${offered.join(', ')}.`,
        at,
      )
    })

/** Where there is a name that is not where it was asked for. */
function elsewhere(name: string): string | null {
  if (isMetric(name)) return ' It is a metric: name it in metrics.'
  if (Object.hasOwn(dimensions, name)) return ' It is a column of /clicks/log and cannot be grouped by.'
  return Object.hasOwn(conversionDimensions, name)
    ? ' It is a column of /conversions/log; here conversions are counted by metrics such as leads and sales.'
    : null
}
