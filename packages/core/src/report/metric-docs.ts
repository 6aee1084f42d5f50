import { MONEY_GROUPS, sumsOf } from '../conversion/custom-status.ts'
import { statuses } from '../conversion/statuses.ts'
import { type ColumnDef, clickColumns, ownStatusHelp } from '../events/click-columns.ts'
import { DECIMALS } from './evaluate.ts'
import {
  type Counter,
  countersOf,
  type Expression,
  isCounter,
  type MetricDef,
  type Operand,
  type Unit,
} from './expression.ts'
import { type IntervalDef, intervals } from './intervals.ts'
import { customMetrics, metrics } from './metrics.ts'
import { countedColumn } from './own-columns.ts'
import type { OwnStatuses } from './titles.ts'

/** Everything people ask of a figure before they trust it, read off the expression that works it out. */
export interface MetricDoc {
  readonly name: string
  readonly label: string
  readonly unit: Unit
  /** Decimals that are answered. */
  readonly decimals: number
  /** What is divided, or what is counted where nothing is. */
  readonly numerator: string
  /** What it is divided by, null when it is a count or sum. */
  readonly denominator: string | null
  readonly formula: string
  /** Conversions in these statuses count in it; empty when it looks at none. */
  readonly statuses: readonly string[]
  /** How the interval is worked out, null when it is none. */
  readonly method: string | null
  /** What is answered where nothing was counted, or the denominator is 0. */
  readonly at_zero: number
  /** All of it in words. */
  readonly help: string
}

const METRICS: Readonly<Record<string, MetricDef>> = metrics
const COLUMNS: Readonly<Record<string, ColumnDef>> = clickColumns

/** Of every metric there is; those of the user's own statuses are called as these are. */
export const metricDocs = (own: OwnStatuses = new Map()): readonly MetricDoc[] =>
  Object.entries({ ...METRICS, ...customMetrics(own) }).map(([name, metric]) => describe(name, metric))

function describe(name: string, metric: MetricDef): MetricDoc {
  const { label, unit, expr } = metric
  const isDivided = expr.op === 'ratio' || expr.op === 'interval'
  const numerator = isDivided ? words(expr.of) : words(expr)
  const denominator = isDivided ? words(expr.per) : null
  const doc = {
    ...{ name, label, unit, decimals: DECIMALS[unit], numerator, denominator, formula: formulaOf(label, expr) },
    statuses: statusesIn(expr),
    method: expr.op === 'interval' ? methodOf(intervals[expr.method]) : null,
    at_zero: 0,
  }
  return { ...doc, help: inWords(metric.help, doc) }
}

function inWords(what: string, doc: Omit<MetricDoc, 'help'>): string {
  const { numerator, denominator, method, at_zero: atZero } = doc
  return [
    what,
    denominator === null
      ? `Numerator: ${numerator}; denominator: none.`
      : `Numerator: ${numerator}; denominator: ${denominator}.`,
    ...(method === null ? [] : [`Method: ${method}`]),
    `Statuses: ${doc.statuses.length === 0 ? 'none, conversions play no part' : doc.statuses.join(', ')}.`,
    `Unit: ${UNITS[doc.unit]}.`,
    `At zero: ${atZero} when ${denominator === null ? 'nothing was counted' : `${denominator} is 0`}.`,
  ].join(' ')
}

const UNITS: Readonly<Record<Unit, string>> = {
  count: 'a whole number',
  percent: 'percent, 8.2 meaning 8.2 %, two decimals',
  money: 'base currency, four decimals',
  seconds: 'seconds, two decimals',
}

const methodOf = ({ label, help }: IntervalDef): string => `${label}. ${help}`

function formulaOf(label: string, expr: Expression): string {
  if (expr.op === 'interval') return `${expr.end === 'low' ? 'lower' : 'upper'} end of ${ratioOf(expr)}`
  return expr.op === 'ratio' ? ratioOf(expr) : isCounter(expr) && !isSeveral(expr) ? label : words(expr)
}

const ratioOf = ({ of, per, scale = 1 }: { of: Operand; per: Operand; scale?: number }): string =>
  `${bracketed(of)} ÷ ${bracketed(per)}${scale === 1 ? '' : ` × ${scale}`}`

const bracketed = (operand: Operand): string =>
  typeof operand !== 'string' && (operand.op === 'add' || operand.op === 'subtract' || isSeveral(operand))
    ? `(${words(operand)})`
    : words(operand)

/** Adds up more than one column of a click. */
const isSeveral = (expr: Expression): boolean => expr.op === 'sum' && expr.columns.length > 1

/** Metrics by their label, so that a reader finds them again; counters by what is counted. */
function words(operand: Operand): string {
  if (typeof operand === 'string') return METRICS[operand]?.label ?? operand
  if (isCounter(operand)) return counted(operand)
  if (operand.op === 'add') return operand.terms.map(words).join(' + ')
  if (operand.op === 'subtract') return `${words(operand.from)} − ${words(operand.minus)}`
  return ratioOf(operand)
}

function counted(counter: Counter): string {
  if (counter.op === 'count') return 'Clicks, bots included'
  if (counter.op === 'sumSquares') return `Squares of what each click earned`
  if (counter.op === 'countIf') return `Clicks ${counter.is === 'empty' ? 'without' : 'with'} ${counter.column}`
  const { columns } = counter
  // Several are told by their labels, which say less but are found again.
  return columns.map((column) => (columns.length > 1 && METRICS[column]?.label) || columnWords(column)).join(' + ')
}
const columnWords = (column: string): string => {
  const own = countedColumn(column)
  const help = own ? ownStatusHelp(own.number, own.isMoney) : COLUMNS[column]?.help
  return help?.replace(/\.$/, '') ?? DERIVED[column] ?? column
}
const DERIVED: Readonly<Record<string, string>> = {
  landing_clicked_period: 'Seconds from the click to the LP click',
}

/** Read off the rule that adds conversions up, statuses of the user's own by their money group. */
function statusesIn(expr: Expression): string[] {
  const columns = new Set(
    [...countersOf(expr, metrics).values()].flatMap((counter) =>
      counter.op === 'sum' || counter.op === 'sumSquares' ? counter.columns : [],
    ),
  )
  const adds = ({ counters, buckets }: ReturnType<typeof sumsOf>): boolean =>
    [...counters, ...buckets].some((column) => columns.has(column))
  const own = (group: (typeof MONEY_GROUPS)[number]) => ({ name: 'own', group, counts: false, slot: 0 as const })
  return [
    ...Object.keys(statuses).filter((status) => adds(sumsOf({ status, custom: null }))),
    ...MONEY_GROUPS.filter((group) => adds(sumsOf({ status: 'own', custom: own(group) }))).map(
      (group) => `your own (${group})`,
    ),
    ...(columns.has('custom_conversions') ? ['your own that count as conversions'] : []),
    ...[...columns].flatMap((column) => {
      const [, number] = /^custom_conversion_(\d+)/.exec(column) ?? []
      return number === undefined ? [] : [`your own with number ${number}`]
    }),
  ]
}
