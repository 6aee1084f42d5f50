import { ok, type Problem, problem, type Result } from '../result.ts'
import type { Branch } from './branches.ts'
import { comparisonSql } from './comparison-sql.ts'
import { dimensionOf } from './dimensions.ts'
import { shownFigureSql } from './figure.ts'
import { type Condition, compileFilter, dimensionFilterSql, joined } from './filter-sql.ts'
import type { Grouped } from './grouped.ts'
import { type FilterRequest, isColumnFilter } from './query.ts'
import type { PlanScope } from './scope.ts'
import { namedFigure } from './select-figures.ts'

/** The filters of a report by what they look at. */
export interface SplitFilters {
  /** Conditions on rows: written for each branch, as each dates its rows in its own way. */
  readonly onRows: (branch: Branch) => readonly string[]
  /** Conditions on what was counted. */
  readonly onGroups: (groups: Grouped) => readonly string[]
  /** There are conditions on what was counted. */
  readonly picksGroups: boolean
}

/** Refuses filters that cannot be read, and alternatives of which some look at rows and some at what was counted. */
export function splitFilters(
  filters: readonly FilterRequest[],
  branches: readonly Branch[],
  scope: PlanScope,
): Result<SplitFilters> {
  const onColumns = filters.filter(({ name }) => isColumnFilter(name))
  const onFigures = filters.filter(({ name }) => !isColumnFilter(name))
  const problems: Problem[] = []
  if (onColumns.some(({ or }) => or !== undefined && onFigures.some((one) => one.or === or)))
    problems.push(problem('bad_request', MIXED, 'filters'))

  const rowConditions = new Map<Branch, readonly string[]>()
  for (const branch of branches) {
    const conditions: Condition[] = []
    for (const filter of onColumns) {
      const condition = dimensionFilterSql(filter, dimensionOf(filter.name), branch.scope)
      if (condition.ok) conditions.push({ filter, sql: condition.value })
      else if (branch === branches[0]) problems.push(...condition.problems)
    }
    rowConditions.set(branch, joined(conditions))
  }
  const groupConditions: { filter: FilterRequest; write: (groups: Grouped) => string }[] = []
  for (const filter of onFigures) {
    const condition = figureCondition(filter, scope)
    if (condition.ok) groupConditions.push({ filter, write: condition.value })
    else problems.push(...condition.problems)
  }
  if (problems.length > 0) return { ok: false, problems }
  return ok({
    onRows: (branch) => rowConditions.get(branch) ?? [],
    onGroups: (groups) => joined(groupConditions.map(({ filter, write }) => ({ filter, sql: write(groups) }))),
    picksGroups: groupConditions.length > 0,
  })
}

const MIXED =
  'filters: one OR cannot hold columns and metrics, as metrics are known after grouping only: write an OR for each.'

function figureCondition(filter: FilterRequest, scope: PlanScope): Result<(groups: Grouped) => string> {
  const compiled = compileFilter(filter, 'number', scope)
  if (!compiled.ok) return compiled
  return ok((groups) => {
    const value = shownFigureSql(namedFigure(filter.name), groups.leaf)
    return comparisonSql(compiled.value, { kind: 'number', value, text: `toString(${value})` }, scope.binder)
  })
}
