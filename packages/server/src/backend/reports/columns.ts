import { type Access, mayOpen, maySeeColumn } from '@trackyard/core/permissions.ts'
import { figureOf } from '@trackyard/core/report/figure.ts'
import { labelNamesIn } from '@trackyard/core/report/labels.ts'
import type { LogQuery, ReportQuery } from '@trackyard/core/report/query.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'

/** A report request without the columns its asker may not see; they may not steer it either. */
export function allowedReport(query: ReportQuery, access: Access): Result<ReportQuery> {
  const dimensions = query.dimensions.filter((name) => isAllowed(access, name))
  const metrics = query.metrics.filter((name) => isAllowed(access, name))
  // A report of nothing counts clicks.
  const isEmpty = dimensions.length + metrics.length === 0
  const shown = isEmpty ? ['clicks'] : [...dimensions, ...metrics]
  return checked({ ...query, dimensions, metrics }, shown, access)
}

/** The same for a log. */
export function allowedColumns(query: LogQuery, access: Access): Result<LogQuery> {
  const columns = query.columns.filter((name) => isAllowed(access, name))
  return checked({ ...query, columns }, columns, access)
}

/** What a comparison says of a metric is shown to those who may see the metric. */
export const isAllowed = (access: Access, name: string): boolean =>
  maySeeColumn(access, figureOf(name)?.metricName ?? name)

function checked<Query extends Pick<LogQuery, 'filters' | 'sort'>>(
  query: Query,
  shown: readonly string[],
  access: Access,
): Result<Query> {
  const steering = [...query.filters, ...query.sort].map(({ name }) => name)
  if (!mayOpen(access, 'labels') && labelNamesIn(shown, query.filters).length > 0)
    return fail(problem('forbidden', 'You have no permission to open labels: ask without label and HAS_LABEL.'))
  const refused = [...new Set([...shown, ...steering])].filter((name) => !isAllowed(access, name))
  if (refused.length > 0)
    return fail(problem('forbidden', `You have no permission to use these columns: ${refused.join(', ')}.`))
  if (shown.length === 0) return fail(problem('forbidden', 'You have no permission to see any of these columns.'))
  return ok(query)
}
