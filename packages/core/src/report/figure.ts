import { DECIMALS } from './evaluate.ts'
import type { Counter, MetricDef } from './expression.ts'
import { metricSql, shownMetricSql } from './metric-sql.ts'
import { metricAliases, metricNamed, metrics } from './metrics.ts'

/** Whose counters a figure is made of: those of the range, or those of the period it is compared with. */
export type Part = 'current' | 'previous'

interface FigureKindDef {
  readonly suffix: string
  /** Behind the label of the metric. */
  readonly title: string
  readonly help: string
}
/** What a comparison adds to each metric. */
export const comparedFigures = {
  previous: { suffix: '_previous', title: 'before', help: 'The metric in the earlier period.' },
  change: { suffix: '_change', title: 'change', help: 'The metric less that of the earlier period, in its unit.' },
  change_percent: {
    suffix: '_change_percent',
    title: 'change %',
    help: 'The change as percent of the earlier period; null where that was 0, as nothing can be said then.',
  },
} as const satisfies Record<string, FigureKindDef>
export type FigureKind = 'current' | keyof typeof comparedFigures

/** A number of an answer: a metric, or what a comparison says of it. */
export interface Figure {
  readonly kind: FigureKind
  readonly metric: MetricDef
  /** Name of the metric in the registry. */
  readonly metricName: string
}

/** The figure of this name, null when there is none. Aliases of metrics are known. */
export function figureOf(name: string): Figure | null {
  const plain = knownMetric(name)
  if (plain) return { kind: 'current', ...plain }
  for (const kind of KINDS) {
    const { suffix } = comparedFigures[kind]
    const base = name.endsWith(suffix) ? knownMetric(name.slice(0, -suffix.length)) : null
    if (base) return { kind, ...base }
  }
  return null
}
const KINDS = ['change_percent', 'previous', 'change'] as const

function knownMetric(name: string): Omit<Figure, 'kind'> | null {
  const known = Object.hasOwn(metricAliases, name) ? (metricAliases[name] ?? name) : name
  const metric = metricNamed(known)
  return metric ? { metric, metricName: known } : null
}

type Leaf = (part: Part) => (counter: Counter) => string

/** The figure as people see it, rounded. What cannot be said is NULL. */
export function shownFigureSql({ kind, metric }: Figure, leaf: Leaf): string {
  const now = shownMetricSql(metric, metrics, leaf('current'))
  if (kind === 'current') return now
  const before = shownMetricSql(metric, metrics, leaf('previous'))
  if (kind === 'previous') return before
  if (kind === 'change') return roundedSql(`(${now} - ${before})`, DECIMALS[metric.unit])
  return `if(${before} = 0, NULL, ${roundedSql(`((${now} - ${before}) / abs(${before}) * 100)`, DECIMALS.percent)})`
}

/** What rows are sorted by: metrics unrounded, so that equal looking ones have an order. */
export function sortFigureSql(figure: Figure, leaf: Leaf): string {
  if (figure.kind === 'current') return metricSql(figure.metric.expr, metrics, leaf('current'))
  if (figure.kind === 'previous') return metricSql(figure.metric.expr, metrics, leaf('previous'))
  return shownFigureSql(figure, leaf)
}

/** The store rounds halves to even, we round them away from zero. */
const roundedSql = (value: string, decimals: number): string =>
  `(sign(${value}) * floor(abs(${value}) * ${10 ** decimals} + 0.5) / ${10 ** decimals})`

/** What a comparison adds to the metric of this name in a row. */
export function comparedCells(
  name: string,
  metric: MetricDef,
  now: number,
  before: number,
): Record<string, number | null> {
  return {
    [`${name}${comparedFigures.previous.suffix}`]: before,
    [`${name}${comparedFigures.change.suffix}`]: rounded(now - before, DECIMALS[metric.unit]),
    [`${name}${comparedFigures.change_percent.suffix}`]:
      before === 0 ? null : rounded(((now - before) / Math.abs(before)) * 100, DECIMALS.percent),
  }
}

function rounded(value: number, decimals: number): number {
  const factor = 10 ** decimals
  return (Math.sign(value) * Math.floor(Math.abs(value) * factor + 0.5)) / factor || 0
}
