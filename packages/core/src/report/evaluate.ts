import { roundHalfAway } from '../money.ts'
import {
  counterKey,
  isCounter,
  type MetricCatalog,
  type MetricDef,
  type Operand,
  resolveOperand,
  type Unit,
} from './expression.ts'

/** Counter key → number; money in micros. Absent means 0. */
export type Counters = Readonly<Record<string, number>>

/** Decimals of an answer by unit (reference conversions-and-reports §7.6, numeric rules). */
export const DECIMALS: Readonly<Record<Unit, number>> = { count: 0, percent: 2, money: 4, seconds: 2 }
/** Numbers inside are this many times the unit shown. */
export const INNER_SCALE: Readonly<Record<Unit, number>> = { count: 1, percent: 1, money: 1_000_000, seconds: 1 }

/** The metric's value for these counters, rounded once, half away from zero. */
export function evaluateMetric(metric: MetricDef, counters: Counters, catalog: MetricCatalog): number {
  const { num, den } = quotientOf(metric.expr, counters, catalog)
  const factor = 10 ** DECIMALS[metric.unit]
  const inner = INNER_SCALE[metric.unit]
  // Both factors are powers of ten: dividing by what is left of them keeps whole numbers whole, so halves stay exact.
  const scaled = inner > factor ? num / (den * (inner / factor)) : (num * (factor / inner)) / den
  return (roundHalfAway(scaled) || 0) / factor
}

/** A value not yet divided, so that rounding sees the exact numbers. */
interface Quotient {
  readonly num: number
  readonly den: number
}

function quotientOf(operand: Operand, counters: Counters, catalog: MetricCatalog): Quotient {
  const expr = resolveOperand(operand, catalog)
  if (isCounter(expr)) return { num: counters[counterKey(expr)] ?? 0, den: 1 }
  if (expr.op === 'add')
    return expr.terms.map((term) => quotientOf(term, counters, catalog)).reduce(add, { num: 0, den: 1 })
  if (expr.op === 'subtract') {
    const minus = quotientOf(expr.minus, counters, catalog)
    return add(quotientOf(expr.from, counters, catalog), { num: -minus.num, den: minus.den })
  }
  const of = quotientOf(expr.of, counters, catalog)
  const per = quotientOf(expr.per, counters, catalog)
  if (per.num === 0) return { num: 0, den: 1 }
  return { num: of.num * per.den * (expr.scale ?? 1), den: of.den * per.num }
}

const add = (a: Quotient, b: Quotient): Quotient =>
  a.den === b.den ? { num: a.num + b.num, den: a.den } : { num: a.num * b.den + b.num * a.den, den: a.den * b.den }
