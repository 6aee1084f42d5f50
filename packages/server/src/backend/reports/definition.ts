import { dimensions } from '@trackyard/core/report/dimensions.ts'
import type { MetricDef } from '@trackyard/core/report/expression.ts'
import { metrics } from '@trackyard/core/report/metrics.ts'
import { operators } from '@trackyard/core/report/operators.ts'
import { reportNames } from '@trackyard/core/report/query.ts'
import { INTERVALS } from '@trackyard/core/report/range.ts'
import { ok } from '@trackyard/core/result.ts'
import { everyone } from '../auth/access.ts'
import type { Route } from '../route.ts'
import { definitionAnswer } from './answers.ts'
import { isAllowed } from './columns.ts'

/** What a report can be asked for, from the registries the planner itself reads. */
export const reportDefinitionRoute: Route = {
  method: 'GET',
  path: '/report/definition',
  description: 'Dimensions, metrics, operators and intervals of reports and logs',
  access: everyone('read'),
  answers: definitionAnswer,
  async handle({ actor: { access } }) {
    const allowed = (name: string): boolean => isAllowed(access, name)
    return ok({
      dimensions: reportNames.dimensions.filter(allowed).map((name) => ({
        name,
        kind: dimensions[name]?.kind,
        help: dimensions[name]?.help,
      })),
      metrics: Object.entries<MetricDef>(metrics)
        .filter(([name]) => allowed(name))
        .map(([name, { label, unit, help }]) => ({ name, label, unit, help })),
      click_log_columns: reportNames.clickLog.filter(allowed),
      conversion_log_columns: reportNames.conversionLog.filter(allowed),
      operators: Object.keys(operators),
      intervals: Object.keys(INTERVALS),
    })
  },
}
