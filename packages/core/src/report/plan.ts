import { clickColumns } from '../events/click-columns.ts'
import { ok, type Problem, problem, type Result } from '../result.ts'
import { comparisonSql } from './comparison-sql.ts'
import type { ReportContext } from './context.ts'
import { type DimensionDef, presentKey } from './dimension.ts'
import { dimensions } from './dimensions.ts'
import { compileMetric } from './evaluate.ts'
import { type Counter, countersOf, type MetricDef } from './expression.ts'
import { type Condition, compileFilter, dimensionFilterSql, joined } from './filter-sql.ts'
import { MAX_ROWS } from './limits.ts'
import { counterAlias, counterSql, metricSql, shownMetricSql } from './metric-sql.ts'
import { metricAliases, metrics } from './metrics.ts'
import type { FilterRequest, ReportQuery } from './query.ts'
import { boundaries, direction, openScope, type PlanScope, type Statement, sortSql, whereSql } from './scope.ts'

type Row = Readonly<Record<string, unknown>>

/** What the store gave back. */
export interface ReportAnswer {
  readonly rows: readonly Row[]
  readonly totals: Row | null
  /** Rows there would be without limit and offset. */
  readonly rowsBeforeLimit: number
}

export interface Report {
  readonly rows: Record<string, unknown>[]
  readonly total: number
  readonly summary?: Record<string, number>
}

export interface ReportPlan extends Statement {
  present(answer: ReportAnswer): Report
}

/**
 * Turns a report request into one statement over the signed click states, and its answer into the rows people see.
 * The store only counts: it sends counters, and each metric is worked out and rounded here, exactly. Refuses what
 * cannot be read in the range or the filters, naming it.
 */
export function planReport(query: ReportQuery, context: ReportContext): Result<ReportPlan> {
  const opened = openScope(query, context)
  if (!opened.ok) return opened
  const scope = opened.value
  const dims = query.dimensions.map((name, i) => ({ name, def: dimensionOf(name), alias: `d${i}` }))
  const shown = query.metrics.length > 0 || dims.length > 0 ? query.metrics : ['clicks']

  const problems: Problem[] = []
  const before: Condition[] = []
  const after: Condition[] = []
  const where = boundaries(scope, 'datetime')
  // A group whose states were all cancelled is not there any more. Without grouping there is always one row.
  const having = dims.length > 0 ? ['sum(sign) > 0'] : []
  for (const filter of query.filters) {
    const isDimension = Object.hasOwn(dimensions, filter.name)
    const condition = isDimension
      ? dimensionFilterSql(filter, dimensionOf(filter.name), scope)
      : metricFilterSql(filter, scope)
    if (!condition.ok) problems.push(...condition.problems)
    else (isDimension ? before : after).push({ filter, sql: condition.value })
  }
  if (before.some(({ filter: { or } }) => or !== undefined && after.some((one) => one.filter.or === or)))
    problems.push(problem('bad_request', MIXED, 'filters'))
  if (problems.length > 0) return { ok: false, problems }
  where.push(...joined(before))
  having.push(...joined(after))

  const sort = sortKeys(query, dims, scope)
  const counters = new Map<string, Counter>()
  for (const name of shown) countersOf(metricOf(name).expr, metrics, counters)
  const selected = [
    ...dims.map(({ def, alias }) => `${def.key(scope)} AS ${alias}`),
    ...[...counters.values()].map((counter) => `${counterSql(counter, clickColumns)} AS ${counterAlias(counter)}`),
  ]
  const sql = [
    `SELECT ${(selected.length > 0 ? selected : ['1']).join(',\n  ')}`,
    `FROM clicks${whereSql(where)}`,
    dims.length > 0
      ? `GROUP BY ${dims.map(({ alias }) => alias).join(', ')}${query.summary ? ' WITH TOTALS' : ''}`
      : '',
    having.length > 0 ? `HAVING ${having.join(' AND ')}` : '',
    sort.length > 0 ? `ORDER BY ${sort.join(', ')}` : '',
    `LIMIT ${scope.binder.bind('UInt32', Math.min(query.limit ?? MAX_ROWS, MAX_ROWS))} OFFSET ${scope.binder.bind('UInt32', query.offset)}`,
    "SETTINGS exact_rows_before_limit = 1, totals_mode = 'after_having_exclusive'",
  ]
  const present = rowPresenter(dims, shown, counters, scope)

  return ok({
    sql: sql.filter((line) => line !== '').join('\n'),
    params: scope.binder.params,
    present: ({ rows, totals, rowsBeforeLimit }) => ({
      rows: rows.map((row) => ({ ...present.dimensions(row), ...present.metrics(row) })),
      total: rowsBeforeLimit,
      ...(query.summary ? { summary: present.metrics((dims.length > 0 ? totals : rows[0]) ?? {}) } : {}),
    }),
  })
}

const MIXED =
  'filters: one OR cannot hold columns and metrics, as metrics are known after grouping only: write an OR for each.'

interface Dimension {
  readonly name: string
  readonly def: DimensionDef
  readonly alias: string
}

function rowPresenter(
  dims: readonly Dimension[],
  shown: readonly string[],
  counters: ReadonlyMap<string, Counter>,
  scope: PlanScope,
): { dimensions: (row: Row) => Record<string, unknown>; metrics: (row: Row) => Record<string, number> } {
  const aliases = [...counters].map(([key, counter]) => ({ key, alias: counterAlias(counter) }))
  const compiled = shown.map((name) => ({ name, value: compileMetric(metricOf(name), metrics) }))
  return {
    dimensions(row) {
      const cells: Record<string, unknown> = {}
      for (const { name, def, alias } of dims) cells[name] = presentKey(def, row[alias], scope)
      return cells
    },
    metrics(row) {
      const values: Record<string, number> = {}
      for (const { key, alias } of aliases) values[key] = Number(row[alias] ?? 0)
      const cells: Record<string, number> = {}
      for (const { name, value } of compiled) cells[name] = value(values)
      return cells
    },
  }
}

/** Asked for, or time ascending, or most clicks first; ties by the dimensions, so that pages do not overlap (§7.8). */
function sortKeys(query: ReportQuery, dims: readonly Dimension[], scope: PlanScope): string[] {
  if (dims.length === 0) return []
  const byTime =
    dims[0]?.def.isTime === true ? [{ name: dims[0].name, descending: false }] : [{ name: 'clicks', descending: true }]
  const asked = query.sort.length > 0 ? query.sort : byTime
  const keys = asked.map(({ name, descending }) => {
    const dim = dims.find((one) => one.name === name)
    const key = dim ? sortSql(dim.def, dim.alias, scope) : metricSql(metricOf(name).expr, metrics, leaf)
    return `${key} ${direction(descending)}`
  })
  const rest = dims.filter(({ name, def }) => def.labels !== undefined || !asked.some((one) => one.name === name))
  return [...keys, ...rest.map(({ alias }) => `${alias} ASC`)]
}

function metricFilterSql(filter: FilterRequest, scope: PlanScope): Result<string> {
  const compiled = compileFilter(filter, 'number', scope)
  if (!compiled.ok) return compiled
  const value = shownMetricSql(metricOf(filter.name), metrics, leaf)
  return ok(comparisonSql(compiled.value, { kind: 'number', value, text: `toString(${value})` }, scope.binder))
}

const leaf = (counter: Counter): string => counterSql(counter, clickColumns)

/** Requests are parsed before they are planned, so an unknown name here is a bug. */
function metricOf(name: string): MetricDef {
  const metric: MetricDef | undefined = METRICS[metricAliases[name] ?? name]
  if (metric === undefined) throw new Error(`No metric is called ${name}.`)
  return metric
}
const METRICS: Readonly<Record<string, MetricDef>> = metrics

function dimensionOf(name: string): DimensionDef {
  const def = dimensions[name]
  if (def === undefined) throw new Error(`No dimension is called ${name}.`)
  return def
}
