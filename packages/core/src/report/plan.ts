import { ok, type Result } from '../result.ts'
import { branchesOf } from './branches.ts'
import type { ReportContext } from './context.ts'
import { presentKey } from './dimension.ts'
import { dimensionOf } from './dimensions.ts'
import { sortFigureSql } from './figure.ts'
import { type Dimension, type Grouped, groupedBy } from './grouped.ts'
import { MAX_ROWS } from './limits.ts'
import { planTrend, trendProblem } from './plan-trend.ts'
import type { ReportQuery } from './query.ts'
import {
  direction,
  HAVING_SETTINGS,
  havingSql,
  linesSql,
  openScope,
  type PlanScope,
  type Statement,
  selectSql,
  sortSql,
} from './scope.ts'
import { type Cells, namedFigure, selectFigures } from './select-figures.ts'
import { splitFilters } from './split-filters.ts'

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
  readonly summary?: Cells
  /** The figures for each day, hour or so of the range. */
  readonly trend?: Record<string, unknown>[]
}

export interface ReportPlan extends Statement {
  /** Zone that days and hours are taken in. */
  readonly timeZone: string
  /** Counts the trend, null when none was asked for. */
  readonly trend: Statement | null
  present(answer: ReportAnswer, trend?: Pick<ReportAnswer, 'rows'>): Report
}

/**
 * Turns a report request into one statement over the signed click states, and its answer into the rows people see.
 * The store only counts: it sends counters, and each metric is worked out and rounded here, exactly. Refuses what
 * cannot be read in the range or the filters, naming it.
 */
export function planReport(query: ReportQuery, context: ReportContext): Result<ReportPlan> {
  const opened = openScope(query, query.dimensions, context)
  if (!opened.ok) return opened
  const scope = opened.value
  const branches = branchesOf(query, scope)
  if (!branches.ok) return branches
  const filters = splitFilters(query.filters, branches.value, scope)
  if (!filters.ok) return filters
  const tooLong = query.trend && trendProblem(query.trend, scope)
  if (tooLong) return { ok: false, problems: [tooLong] }

  const dims = query.dimensions.map((name, i): Dimension => ({ name, def: dimensionOf(name), alias: `d${i}` }))
  const shown = (query.metrics.length > 0 || dims.length > 0 ? query.metrics : ['clicks']).map((name) => ({
    name,
    figure: namedFigure(name),
  }))
  const isCompared = query.compare !== null
  const groups = groupedBy(branches.value, dims, filters.value.onRows)
  const figures = selectFigures(shown, groups, isCompared)
  // A group whose states were all cancelled is not there any more. Without grouping there is always one row.
  const having = [...(dims.length > 0 ? [groups.isThere] : []), ...filters.value.onGroups(groups)]
  const sort = sortKeys(query, dims, groups, scope)
  const { maxRows = MAX_ROWS } = context
  const limit = scope.binder.bind('UInt32', Math.min(query.limit ?? maxRows, maxRows))
  const sql = linesSql([
    selectSql([...groups.keys, ...figures.columns]),
    groups.source(),
    query.summary && dims.length > 0 ? `${groups.groupBy} WITH TOTALS` : groups.groupBy,
    havingSql(having),
    sort.length > 0 ? `ORDER BY ${sort.join(', ')}` : '',
    `LIMIT ${limit} OFFSET ${scope.binder.bind('UInt64', query.offset)}`,
    `SETTINGS exact_rows_before_limit = 1, totals_mode = 'after_having_exclusive', ${HAVING_SETTINGS}`,
  ])
  const trend =
    query.trend &&
    planTrend(query.trend, { branches: branches.value, dims, filters: filters.value, shown, isCompared }, scope)

  return ok({
    sql,
    params: scope.binder.params,
    timeZone: scope.timeZone,
    trend,
    present: ({ rows, totals, rowsBeforeLimit }, trendAnswer) => ({
      rows: rows.map((row) => {
        const cells: Record<string, unknown> = {}
        for (const { name, def, alias } of dims) cells[name] = presentKey(def, row[alias], scope)
        return Object.assign(cells, figures.present(row))
      }),
      total: rowsBeforeLimit,
      ...(query.summary ? { summary: figures.present((dims.length > 0 ? totals : rows[0]) ?? {}) } : {}),
      ...(trend && trendAnswer ? { trend: trend.present(trendAnswer.rows) } : {}),
    }),
  })
}

/** Asked for, or time ascending, or most clicks first; ties by the dimensions, so that pages do not overlap (§7.8). */
function sortKeys(query: ReportQuery, dims: readonly Dimension[], { leaf }: Grouped, scope: PlanScope): string[] {
  if (dims.length === 0) return []
  const byTime =
    dims[0]?.def.isTime === true ? [{ name: dims[0].name, descending: false }] : [{ name: 'clicks', descending: true }]
  const asked = query.sort.length > 0 ? query.sort : byTime
  const keys = asked.map(({ name, descending }) => {
    const dim = dims.find((one) => one.name === name)
    const key = dim ? sortSql(dim.def, dim.alias, scope) : sortFigureSql(namedFigure(name), leaf)
    return `${key} ${direction(descending)}`
  })
  const rest = dims.filter(({ name, def }) => def.labels !== undefined || !asked.some((one) => one.name === name))
  return [...keys, ...rest.map(({ alias }) => `${alias} ASC`)]
}
