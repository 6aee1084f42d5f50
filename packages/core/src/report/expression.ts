import type { IntervalMethod } from './intervals.ts'

/**
 * A metric as data. SQL, the in-memory recount, documentation and column headers all read the same value, so they
 * cannot disagree. Operands are expressions or names of other metrics.
 */
export type Expression =
  | Counter
  | { readonly op: 'add'; readonly terms: readonly Operand[] }
  | { readonly op: 'subtract'; readonly from: Operand; readonly minus: Operand }
  /** `of / per × scale`, 0 when `per` is 0. */
  | { readonly op: 'ratio'; readonly of: Operand; readonly per: Operand; readonly scale?: number }
  | IntervalEnd

/** One end of the interval that holds the true value of a ratio with a chance of 95 %. */
export interface IntervalEnd {
  readonly op: 'interval'
  readonly method: IntervalMethod
  readonly end: 'low' | 'high'
  readonly of: Operand
  readonly per: Operand
  /** Sum of the squares of what `of` adds up, for methods that look at its spread. */
  readonly squares?: Counter
  readonly scale?: number
}

/** What is added up over clicks. Everything else is arithmetic on these. */
export type Counter =
  /** Several columns are added up row by row: one sum is kept for all of them. */
  | { readonly op: 'sum'; readonly columns: readonly string[] }
  /** The columns of a click added up, and that squared: tells how money is spread over clicks. */
  | { readonly op: 'sumSquares'; readonly columns: readonly string[] }
  | { readonly op: 'count' }
  /** Clicks where the column is set (flag 1, id not 0, text not empty), or with `is: 'empty'` where it is not. */
  | { readonly op: 'countIf'; readonly column: string; readonly is?: 'empty' }

export type Operand = Expression | string

export type Unit = 'count' | 'percent' | 'money' | 'seconds'

export interface MetricDef {
  readonly label: string
  readonly unit: Unit
  readonly help: string
  readonly expr: Expression
}
export type MetricCatalog = Readonly<Record<string, MetricDef>>

/** Stable key of a counter: counters with the same key are the same number. */
export function counterKey(counter: Counter): string {
  switch (counter.op) {
    case 'count':
      return 'count'
    case 'sum':
      return `sum_${counter.columns.join('_')}`
    case 'sumSquares':
      return `squares_${counter.columns.join('_')}`
    case 'countIf':
      return `${counter.is === 'empty' ? 'unless' : 'if'}_${counter.column}`
  }
}

export const isCounter = (expr: Expression): expr is Counter =>
  expr.op === 'sum' || expr.op === 'sumSquares' || expr.op === 'count' || expr.op === 'countIf'

/** The expression behind an operand. Catalogs are ours, so an unknown name is a bug and throws. */
export function resolveOperand(operand: Operand, catalog: MetricCatalog): Expression {
  if (typeof operand !== 'string') return operand
  const metric = catalog[operand]
  if (metric === undefined) throw new Error(`No metric is called ${operand}.`)
  return metric.expr
}

/** What an expression is worked out from. */
export function operandsOf(expr: Expression): readonly Operand[] {
  if (isCounter(expr)) return []
  if (expr.op === 'add') return expr.terms
  if (expr.op === 'subtract') return [expr.from, expr.minus]
  return expr.op === 'interval' && expr.squares ? [expr.of, expr.per, expr.squares] : [expr.of, expr.per]
}

/** All counters an expression needs, by key. */
export function countersOf(
  operand: Operand,
  catalog: MetricCatalog,
  into = new Map<string, Counter>(),
): Map<string, Counter> {
  const expr = resolveOperand(operand, catalog)
  if (isCounter(expr)) into.set(counterKey(expr), expr)
  else for (const inner of operandsOf(expr)) countersOf(inner, catalog, into)
  return into
}
