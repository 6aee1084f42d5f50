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
import { type IntervalDef, intervals } from './intervals.ts'

type Columns = Readonly<Record<string, ColumnDef>>

/** Alias of a counter in a statement. */
export const counterAlias = (counter: Counter): string => `c_${counterKey(counter)}`

/** The counter over a group of signed rows: what a cancelling row takes away, the row it cancels had added. */
export const counterSql = (counter: Counter, columns: Columns): string =>
  counter.op === 'count' ? 'sum(sign)' : `sum(sign * ${rowValue(counter, columns)})`

/** What one row adds to the counter, as a whole number (money in micros). */
export function rowValue(counter: Counter, columns: Columns): string {
  if (counter.op === 'count') return '1'
  if (counter.op === 'sum') return sumSql(counter.columns.map((column) => columnValue(column, columns)))
  if (counter.op === 'sumSquares') return squareSql(counter.columns.map((column) => columnValue(column, columns)))
  const type = columns[counter.column]?.type
  if (type === undefined) throw new Error(`No column is called ${counter.column}.`)
  return counter.is === 'empty' ? `NOT(${isSetSql(counter.column, type)})` : `(${isSetSql(counter.column, type)})`
}

/** What one row holds in a column, as a whole number (money in micros). */
export const columnValue = (column: string, columns: Columns): string =>
  derivedColumns[column] ?? (columns[column]?.type === 'money' ? moneySql(column) : column)

/** Micros of an amount: the number behind its decimals. */
export const moneySql = (amount: string): string => `reinterpretAsInt64(${amount})`

export const sumSql = (terms: readonly string[]): string =>
  terms.length === 1 ? terms.join() : `(${terms.join(' + ')})`

/** The terms added up and squared, exactly: squares of micros pass what 64 bits hold. */
export function squareSql(terms: readonly string[]): string {
  const sum = sumSql(terms)
  return `toInt128(${sum}) * ${sum}`
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
  if (expr.op === 'interval') {
    const method: IntervalDef = intervals[expr.method]
    const float = (inner: Operand): string => `toFloat64(${metricSql(inner, catalog, leaf)})`
    const squares = expr.squares ? float(expr.squares) : '0'
    return `${method.sql(expr.end, float(expr.of), float(expr.per), squares)} * ${expr.scale ?? 1}`
  }
  const per = metricSql(expr.per, catalog, leaf)
  return `if(${per} = 0, 0, ${metricSql(expr.of, catalog, leaf)} * ${expr.scale ?? 1} / ${per})`
}

/** The metric as people see it, for filters: `roi > 8.13` must agree with the 8.13 shown. Works as `compileMetric` does. */
export function shownMetricSql(metric: MetricDef, catalog: MetricCatalog, leaf: (counter: Counter) => string): string {
  const factor = 10 ** DECIMALS[metric.unit]
  const inner = INNER_SCALE[metric.unit]
  const { num, den } = quotientSql(metric.expr, catalog, leaf)
  const value = `(${num} * ${Math.max(factor / inner, 1)}) / (${den} * ${Math.max(inner / factor, 1)})`
  // The store rounds halves to even, we round them away from zero; floor of the absolute value does the same as we.
  return `if(${den} = 0, 0, sign(${value}) * floor(abs(${value}) + 0.5) / ${factor})`
}

/** A value not yet divided: only so do halves stay halves until they are rounded. */
function quotientSql(
  operand: Operand,
  catalog: MetricCatalog,
  leaf: (counter: Counter) => string,
): { readonly num: string; readonly den: string } {
  const expr = resolveOperand(operand, catalog)
  if (expr.op !== 'ratio') return { num: `toFloat64(${metricSql(expr, catalog, leaf)})`, den: '1' }
  const [of, per] = [quotientSql(expr.of, catalog, leaf), quotientSql(expr.per, catalog, leaf)]
  return { num: `${of.num} * ${per.den} * ${expr.scale ?? 1}`, den: `${of.den} * ${per.num}` }
}
