import { type ColumnDef, clickColumns, conversionColumns } from '../events/click-columns.ts'
import { fail, ok, type Problem, problem, type Result } from '../result.ts'
import { comparisonSql } from './comparison-sql.ts'
import type { ReportContext } from './context.ts'
import { afterSql, cursorOf, placeColumns, placeOf, readCursor, type SortKey } from './cursor.ts'
import { type DimensionDef, presentKey } from './dimension.ts'
import { conversionDimensions, dimensions } from './dimensions.ts'
import { type Counters, compileMetric } from './evaluate.ts'
import { type Counter, countersOf, type MetricCatalog, type MetricDef } from './expression.ts'
import { type Condition, compileFilter, dimensionFilterSql, joined } from './filter-sql.ts'
import { MAX_ROWS } from './limits.ts'
import { counterAlias, metricSql, rowValue, shownMetricSql } from './metric-sql.ts'
import { conversionMetrics, metricNamed, metrics } from './metrics.ts'
import { clicksCounting } from './own-statuses.ts'
import type { FilterRequest, LogQuery } from './query.ts'
import { boundaries, direction, openScope, type PlanScope, type Statement, sortSql, whereSql } from './scope.ts'
import { conversionsOf } from './tables.ts'

type Row = Readonly<Record<string, unknown>>

export interface LogPlan {
  /** Zone that times are shown in. */
  readonly timeZone: string
  readonly page: Statement
  /** One row with the number of all matching rows in `total`. */
  readonly count: Statement
  present(pageRows: readonly Row[], countRows: readonly Row[]): LogPage
}

export interface LogPage {
  readonly rows: Record<string, unknown>[]
  readonly total: number
  /** Where the next page begins, whatever came since; null when this is the last. */
  readonly cursor: string | null
}

/** What a log lists and where from. */
interface LogSource {
  /** `names`: columns that the log is asked for. */
  readonly from: (scope: PlanScope, names: readonly string[]) => string
  readonly columns: Readonly<Record<string, ColumnDef>>
  readonly dimensions: Readonly<Record<string, DimensionDef>>
  readonly metrics: MetricCatalog
  readonly timeColumn: string
  readonly defaultSort: string
  /** Unique within the log, so that pages do not overlap. */
  readonly tieBreak: string
  readonly total: string
  /** Conditions that keep current rows out of those that fulfil the given ones, and what they are written with. */
  readonly current: (conditions: readonly string[], page: Page) => { readonly with: string; readonly where: string[] }
}

/** Which part of a log is asked for. */
interface Page {
  /** The table. */
  readonly from: string
  /** Direction when the log is sorted by the time of the click first, null when by something else. */
  readonly byTime: 'ASC' | 'DESC' | null
  /** Place of the number of rows up to the end of the page. */
  readonly reach: () => string
}

const clickLog: LogSource = {
  from: (scope, names) => clicksCounting(names, scope),
  columns: clickColumns,
  dimensions,
  metrics,
  timeColumn: 'datetime',
  defaultSort: 'datetime',
  tieBreak: 'sub_id',
  // A cancelling row equals the row it cancels, so both pass the filters or neither does.
  total: 'sum(sign)',
  // Few states are cancelled and merges remove those, so leaving them out is much cheaper than netting every click.
  current(conditions, { from, byTime, reach }) {
    const cancelled = (more: readonly string[]): string =>
      `(sub_id, version) NOT IN (SELECT sub_id, version FROM ${from}${whereSql(['sign = -1', ...conditions, ...more])})`
    if (byTime === null) return { with: '', where: ['sign = 1', cancelled([])] }
    // All states of a click have its time, so counting by hour finds the hours of the page from two narrow columns;
    // only their rows are then looked at one by one.
    const isNewestFirst = byTime === 'DESC'
    const hours = `SELECT toStartOfHour(datetime) AS hour, sum(sign) AS clicks FROM ${from}${whereSql(conditions)} GROUP BY hour`
    const counted = `SELECT hour, sum(clicks) OVER (ORDER BY hour ${byTime} ROWS UNBOUNDED PRECEDING) - clicks AS before FROM (${hours})`
    const last = `SELECT ${isNewestFirst ? 'min' : 'max'}(hour) FROM (${counted}) WHERE before < ${reach()}`
    const within = isNewestFirst ? 'datetime >= last_hour' : 'datetime < last_hour + INTERVAL 1 HOUR'
    return { with: `WITH (${last}) AS last_hour\n`, where: [within, 'sign = 1', cancelled([within])] }
  },
}

const conversionLog: LogSource = {
  from: conversionsOf,
  columns: { ...clickColumns, ...conversionColumns },
  dimensions: conversionDimensions,
  metrics: conversionMetrics,
  timeColumn: 'postback_datetime',
  defaultSort: 'postback_datetime',
  tieBreak: 'conversion_id',
  total: 'count()',
  current: () => ({ with: '', where: [] }),
}

/** The click log: single clicks as they are now (reference conversions-and-reports §8.1). */
export const planClickLog = (query: LogQuery, context: ReportContext): Result<LogPlan> =>
  planLog(clickLog, query, context)
/** The conversion log, by the time of the postback (reference §8.2). */
export const planConversionLog = (query: LogQuery, context: ReportContext): Result<LogPlan> =>
  planLog(conversionLog, query, context)

const DEFAULT_LIMIT = 100
const WRONG_CURSOR = problem(
  'bad_request',
  'cursor: must be that of the answer before, with the same sort as there. Leave it out to begin with the first page.',
  'cursor',
)

function planLog(source: LogSource, query: LogQuery, context: ReportContext): Result<LogPlan> {
  const opened = openScope(query, query.columns, context)
  if (!opened.ok) return opened
  const scope = opened.value
  const leaf = (counter: Counter): string => rowValue(counter, source.columns)

  const bounds = boundaries(scope, source.timeColumn)
  const asked: Condition[] = []
  const problems: Problem[] = []
  for (const filter of query.filters) {
    const def = source.dimensions[filter.name]
    const condition = def
      ? dimensionFilterSql(filter, def, scope)
      : moneyFilterSql(filter, metricOf(source, filter.name), source, scope, leaf)
    if (condition.ok) asked.push({ filter, sql: condition.value })
    else problems.push(...condition.problems)
  }
  if (problems.length > 0) return { ok: false, problems }
  const filters = joined(asked)
  if (query.search) filters.push(searchSql(query.search.text, query.search.columns, source, scope))

  const dims = query.columns.flatMap((name, i) => {
    const def = source.dimensions[name]
    return def ? [{ name, def, alias: `d${i}` }] : []
  })
  const shown = query.columns.filter((name) => source.dimensions[name] === undefined)
  const counters = new Map<string, Counter>()
  for (const name of shown) countersOf(metricOf(source, name).expr, source.metrics, counters)

  const sort = query.sort.length > 0 ? query.sort : [{ name: source.defaultSort, descending: true }]
  const sortKeys = sort.map(({ name, descending }): SortKey => {
    const def = source.dimensions[name]
    // Moments are sorted as stored, to the millisecond, not by the second that is shown.
    const sql = def
      ? name in source.columns && (def.kind === 'time' || def.labels)
        ? name
        : sortSql(def, def.key(scope), scope)
      : metricSql(metricOf(source, name).expr, source.metrics, leaf)
    return { name, sql, descending }
  })
  sortKeys.push({ name: source.tieBreak, sql: source.tieBreak, descending: sort.at(-1)?.descending ?? false })
  const place = query.cursor === undefined ? null : readCursor(query.cursor, sortKeys)
  if (query.cursor !== undefined && place === null) return fail(WRONG_CURSOR)
  const selected = [
    ...dims.map(({ def, alias }) => `${def.key(scope)} AS ${alias}`),
    ...[...counters.values()].map((counter) => `${leaf(counter)} AS ${counterAlias(counter)}`),
    ...placeColumns(sortKeys),
  ]
  const matching = [...bounds, ...filters]
  const conditions = place ? [...matching, afterSql(sortKeys, place, scope.binder)] : matching
  const limit = Math.min(query.limit ?? DEFAULT_LIMIT, context.maxRows ?? MAX_ROWS)
  const steering = [...query.filters, ...query.sort].map(({ name }) => name)
  const from = source.from(scope, [...new Set([...query.columns, ...steering])])
  const current = source.current(conditions, {
    from,
    byTime: sort[0]?.name === 'datetime' ? direction(sort[0].descending) : null,
    reach: () => scope.binder.bind('UInt64', limit + query.offset),
  })
  const page = [
    `${current.with}SELECT ${selected.join(',\n  ')}`,
    `FROM ${from}${whereSql([...current.where, ...conditions])}`,
    `ORDER BY ${sortKeys.map(({ sql, descending }) => `${sql} ${direction(descending)}`).join(', ')}`,
    `LIMIT ${scope.binder.bind('UInt32', limit)} OFFSET ${scope.binder.bind('UInt64', query.offset)}`,
  ].join('\n')
  const count = `SELECT ${source.total} AS total\nFROM ${from}${whereSql(matching)}`
  const cells = query.columns.map((name): { name: string; of: (row: Row, counted: Counters) => unknown } => {
    const dim = dims.find((one) => one.name === name)
    if (dim) return { name, of: (row) => presentKey(dim.def, row[dim.alias], scope) }
    const value = compileMetric(metricOf(source, name), source.metrics)
    return { name, of: (_row, counted) => value(counted) }
  })

  return ok({
    timeZone: scope.timeZone,
    page: { sql: page, params: scope.binder.params },
    count: { sql: count, params: scope.binder.params },
    present: (pageRows, countRows) => ({
      rows: pageRows.map((row) => {
        const counted = Object.fromEntries(
          [...counters].map(([key, counter]) => [key, Number(row[counterAlias(counter)] ?? 0)]),
        )
        return Object.fromEntries(cells.map(({ name, of }) => [name, of(row, counted)]))
      }),
      total: Number(countRows[0]?.total ?? 0),
      cursor: pageRows.length < limit ? null : cursorOf(sortKeys, placeOf(sortKeys, pageRows.at(-1) ?? {})),
    }),
  })
}

/** The text occurs in one of the columns. */
function searchSql(text: string, columns: readonly string[], source: LogSource, scope: PlanScope): string {
  const found = columns.flatMap((name) => {
    const def = source.dimensions[name]
    const filter = { name, operator: 'CONTAINS', values: [text], caseSensitive: false }
    const condition = def ? dimensionFilterSql(filter, def, scope) : null
    return condition?.ok ? [condition.value] : []
  })
  return found.length === 0 ? '0' : `(${found.join(' OR ')})`
}

function moneyFilterSql(
  filter: FilterRequest,
  metric: MetricDef,
  source: LogSource,
  scope: PlanScope,
  leaf: (counter: Counter) => string,
): Result<string> {
  const compiled = compileFilter(filter, 'number', scope)
  if (!compiled.ok) return compiled
  const value = shownMetricSql(metric, source.metrics, leaf)
  return ok(comparisonSql(compiled.value, { kind: 'number', value, text: `toString(${value})` }, scope.binder))
}

/** Requests are parsed before they are planned, so an unknown name here is a bug. */
function metricOf(source: LogSource, name: string): MetricDef {
  const metric = source.metrics[name] ?? metricNamed(name)
  if (metric === null) throw new Error(`The log has no column ${name}.`)
  return metric
}
