import type { ColumnDef, ColumnType } from '../events/click-columns.ts'
import { derivedColumns } from './dimensions-time.ts'
import { DECIMALS, INNER_SCALE } from './evaluate.ts'
import {
  type Counter,
  counterKey,
  isCounter,
  type MetricCatalog,
  type MetricDef,
  type Operand,
  resolveOperand,
} from './expression.ts'

type Columns = Readonly<Record<string, ColumnDef>>

/** Alias of a counter in a statement. */
export const counterAlias = (counter: Counter): string => `c_${counterKey(counter)}`

/** The counter over a group of signed rows: what a cancelling row takes away, the row it cancels had added. */
export const counterSql = (counter: Counter, columns: Columns): string => `sum(sign * ${rowValue(counter, columns)})`

/** What one row adds to the counter, as a whole number (money in micros). */
export function rowValue(counter: Counter, columns: Columns): string {
  if (counter.op === 'count') return '1'
  const derived = derivedColumns[counter.column]
  const type = columns[counter.column]?.type
  if (counter.op === 'sum')
    return derived ?? (type === 'money' ? `reinterpretAsInt64(${counter.column})` : counter.column)
  if (type === undefined) throw new Error(`No column is called ${counter.column}.`)
  return counter.is === 'empty' ? `NOT(${isSetSql(counter.column, type)})` : `(${isSetSql(counter.column, type)})`
}

const isSetSql = (column: string, type: ColumnType): string =>
  type === 'name' || type === 'text'
    ? `${column} != ''`
    : type === 'time'
      ? `toUnixTimestamp64Milli(${column}) != 0`
      : `${column} != 0`

/** The metric as a float, unrounded and in the inner scale; `leaf` writes a counter. For sorting. */
export function metricSql(operand: Operand, catalog: MetricCatalog, leaf: (counter: Counter) => string): string {
  const expr = resolveOperand(operand, catalog)
  if (isCounter(expr)) return leaf(expr)
  if (expr.op === 'add') return `(${expr.terms.map((term) => metricSql(term, catalog, leaf)).join(' + ')})`
  if (expr.op === 'subtract')
    return `(${metricSql(expr.from, catalog, leaf)} - ${metricSql(expr.minus, catalog, leaf)})`
  const per = metricSql(expr.per, catalog, leaf)
  return `if(${per} = 0, 0, ${metricSql(expr.of, catalog, leaf)} * ${expr.scale ?? 1} / ${per})`
}

/** The metric as people see it, for filters: `roi > 8.13` must agree with the 8.13 shown. */
export function shownMetricSql(metric: MetricDef, catalog: MetricCatalog, leaf: (counter: Counter) => string): string {
  // The store rounds halves to even, we round them away from zero; floor of the absolute value does the same as we.
  const factor = 10 ** DECIMALS[metric.unit]
  const value = `(${metricSql(metric.expr, catalog, leaf)}) * ${factor} / ${INNER_SCALE[metric.unit]}`
  return `(sign(${value}) * floor(abs(${value}) + 0.5) / ${factor})`
}
