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

/** What is added up over clicks. Everything else is arithmetic on these. */
export type Counter =
  | { readonly op: 'sum'; readonly column: string }
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
export const counterKey = (counter: Counter): string =>
  counter.op === 'count'
    ? 'count'
    : counter.op === 'sum'
      ? `sum_${counter.column}`
      : `${counter.is === 'empty' ? 'unless' : 'if'}_${counter.column}`

export const isCounter = (expr: Expression): expr is Counter =>
  expr.op === 'sum' || expr.op === 'count' || expr.op === 'countIf'

/** The expression behind an operand. Catalogs are ours, so an unknown name is a bug and throws. */
export function resolveOperand(operand: Operand, catalog: MetricCatalog): Expression {
  if (typeof operand !== 'string') return operand
  const metric = catalog[operand]
  if (metric === undefined) throw new Error(`No metric is called ${operand}.`)
  return metric.expr
}

/** All counters an expression needs, by key. */
export function countersOf(
  operand: Operand,
  catalog: MetricCatalog,
  into = new Map<string, Counter>(),
): Map<string, Counter> {
  const expr = resolveOperand(operand, catalog)
  if (isCounter(expr)) into.set(counterKey(expr), expr)
  else if (expr.op === 'add') for (const term of expr.terms) countersOf(term, catalog, into)
  else if (expr.op === 'subtract') for (const side of [expr.from, expr.minus]) countersOf(side, catalog, into)
  else for (const side of [expr.of, expr.per]) countersOf(side, catalog, into)
  return into
}
