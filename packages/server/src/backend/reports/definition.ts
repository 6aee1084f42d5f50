import { dimensions } from '@trackyard/core/report/dimensions.ts'
import type { MetricDef } from '@trackyard/core/report/expression.ts'
import { metrics } from '@trackyard/core/report/metrics.ts'
import { operators } from '@trackyard/core/report/operators.ts'
import { reportNames } from '@trackyard/core/report/query.ts'
import { INTERVALS } from '@trackyard/core/report/range.ts'
import { ok } from '@trackyard/core/result.ts'
import type { Route } from '../route.ts'

/** What a report can be asked for, from the registries the planner itself reads. */
export const reportDefinitionRoute: Route = {
  method: 'GET',
  path: '/report/definition',
  description: 'Dimensions, metrics, operators and intervals of reports and logs',
  handle: async () =>
    ok({
      dimensions: reportNames.dimensions.map((name) => ({
        name,
        kind: dimensions[name]?.kind,
        help: dimensions[name]?.help,
      })),
      metrics: Object.entries<MetricDef>(metrics).map(([name, { label, unit, help }]) => ({ name, label, unit, help })),
      click_log_columns: reportNames.clickLog,
      conversion_log_columns: reportNames.conversionLog,
      operators: Object.keys(operators),
      intervals: Object.keys(INTERVALS),
    }),
}
