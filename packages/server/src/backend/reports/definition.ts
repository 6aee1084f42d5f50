import { comparisonPeriods } from '@trackyard/core/report/comparisons.ts'
import { conversionDates } from '@trackyard/core/report/conversion-dates.ts'
import { dimensions } from '@trackyard/core/report/dimensions.ts'
import { comparedFigures } from '@trackyard/core/report/figure.ts'
import { LABELLED } from '@trackyard/core/report/labels.ts'
import { metricDocs } from '@trackyard/core/report/metric-docs.ts'
import { operators } from '@trackyard/core/report/operators.ts'
import { isOffered, reportNames } from '@trackyard/core/report/query.ts'
import { INTERVALS } from '@trackyard/core/report/range.ts'
import { type OwnStatuses, titleOf } from '@trackyard/core/report/titles.ts'
import { TREND_UNITS } from '@trackyard/core/report/trends.ts'
import { ok } from '@trackyard/core/result.ts'
import { everyone } from '../auth/access.ts'
import type { Route } from '../route.ts'
import { definitionAnswer } from './answers.ts'
import { isAllowed } from './columns.ts'
import { ownStatuses } from './own-statuses.ts'

/** What a report can be asked for, from the registries the planner itself reads. */
export const reportDefinitionRoute: Route = {
  method: 'GET',
  path: '/report/definition',
  description: 'Dimensions, metrics, operators and intervals of reports and logs',
  access: everyone('read'),
  answers: definitionAnswer,
  async handle({ actor: { access } }, { configStore }) {
    const own = await ownStatuses(configStore)
    const allowed = (name: string): boolean => isAllowed(access, name)
    return ok({
      dimensions: reportNames.dimensions.filter(allowed).map((name) => ({
        name,
        label: titleOf(name),
        kind: dimensions[name]?.kind,
        help: dimensions[name]?.help,
        has_labels: LABELLED.includes(name),
      })),
      metrics: metricDocs(own).filter(({ name }) => allowed(name)),
      click_log_columns: [...new Set([...reportNames.clickLog, ...ownColumns(own)])].filter(isOffered).filter(allowed),
      conversion_log_columns: reportNames.conversionLog.filter(isOffered).filter(allowed),
      operators: Object.keys(operators),
      intervals: Object.keys(INTERVALS),
      conversion_dates: helpOf(conversionDates),
      comparisons: helpOf(comparisonPeriods),
      compared_figures: Object.values(comparedFigures).map(({ suffix, help }) => ({ name: suffix, help })),
      trends: TREND_UNITS,
    })
  },
}

/** Counts and money of the user's own statuses. */
const ownColumns = (own: OwnStatuses): string[] =>
  [...own.keys()].flatMap((number) => [`custom_conversion_${number}`, `custom_conversion_${number}_revenue`])

const helpOf = (all: Readonly<Record<string, { readonly help: string }>>) =>
  Object.entries(all).map(([name, { help }]) => ({ name, help }))
