import { type Problem, problem } from '../result.ts'
import type { Branch } from './branches.ts'
import { presentKey } from './dimension.ts'
import { dimensionOf } from './dimensions.ts'
import { type Dimension, groupedBy } from './grouped.ts'
import { HAVING_SETTINGS, havingSql, linesSql, type PlanScope, type Statement, selectSql } from './scope.ts'
import { type ShownFigure, selectFigures } from './select-figures.ts'
import type { SplitFilters } from './split-filters.ts'
import { MAX_POINTS, pointsOf, type TrendUnit } from './trends.ts'

export interface TrendPlan extends Statement {
  present(rows: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown>[]
}

/** What a line is drawn of: the rows of a report, those of other pages included. */
interface TrendOf {
  readonly branches: readonly Branch[]
  readonly dims: readonly Dimension[]
  readonly filters: SplitFilters
  readonly shown: readonly ShownFigure[]
  readonly isCompared: boolean
}

/** The figures of a report over time, with a point for each step of its range. */
export function planTrend(unit: TrendUnit, of: TrendOf, scope: PlanScope): TrendPlan {
  const point: Dimension = { name: unit, def: dimensionOf(unit), alias: 'point' }
  const points = groupedBy(of.branches, [point], (branch) => [
    ...of.filters.onRows(branch),
    ...inShownGroups(branch, of),
  ])
  const figures = selectFigures(of.shown, points, of.isCompared)
  const sql = linesSql([
    selectSql([...points.keys, ...figures.columns]),
    points.source(),
    points.groupBy,
    havingSql([points.isThere]),
    'ORDER BY point ASC',
    `SETTINGS ${HAVING_SETTINGS}`,
  ])
  return {
    sql,
    params: scope.binder.params,
    present(rows) {
      const byPoint = new Map(rows.map((row) => [String(presentKey(point.def, row.point, scope)), row]))
      const [first, ...later] = byPoint.keys()
      const seen = first === undefined ? undefined : ([first, later.at(-1) ?? first] as const)
      const texts = pointsOf(unit, scope.range, { ...scope.context, seen }) ?? [...byPoint.keys()]
      return texts.map((text) => ({ [unit]: text, ...figures.present(byPoint.get(text) ?? {}) }))
    },
  }
}

/** Filters on metrics choose groups, so the line is drawn of what is in the chosen ones. */
function inShownGroups(branch: Branch, { branches, dims, filters }: TrendOf): string[] {
  if (!filters.picksGroups) return []
  const groups = groupedBy(branches, dims, filters.onRows)
  const having = havingSql([groups.isThere, ...filters.onGroups(groups)])
  const members = linesSql([selectSql(groups.keys), groups.source(), groups.groupBy, having])
  const keys = dims.map(({ def }) => def.key(branch.scope))
  return [`(${keys.length > 0 ? keys.join(', ') : '1'}) IN (${members})`]
}

/** Why no line is drawn: it would have more points than people can read. */
export function trendProblem(unit: TrendUnit, { range, context }: PlanScope): Problem | null {
  if (range.fromMs === null || pointsOf(unit, range, context) !== null) return null
  const message = `trend: by ${unit} this range has more than ${MAX_POINTS} points. Choose longer steps or a shorter range.`
  return problem('bad_request', message, 'trend')
}
