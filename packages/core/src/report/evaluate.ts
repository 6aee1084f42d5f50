import { roundHalfAway } from '../money.ts'
import {
  counterKey,
  type IntervalEnd,
  isCounter,
  type MetricCatalog,
  type MetricDef,
  type Operand,
  resolveOperand,
  type Unit,
} from './expression.ts'
import { type IntervalDef, intervals } from './intervals.ts'

/** Counter key → number; money in micros. Absent means 0. */
export type Counters = Readonly<Record<string, number>>

/** Decimals of an answer by unit (reference conversions-and-reports §7.6, numeric rules). */
export const DECIMALS: Readonly<Record<Unit, number>> = { count: 0, percent: 2, money: 4, seconds: 2 }
/** Numbers inside are this many times the unit shown. */
export const INNER_SCALE: Readonly<Record<Unit, number>> = { count: 1, percent: 1, money: 1_000_000, seconds: 1 }

/** The metric's value for these counters, rounded once, half away from zero. */
export const evaluateMetric = (metric: MetricDef, counters: Counters, catalog: MetricCatalog): number =>
  compileMetric(metric, catalog)(counters)

/** The same, prepared once for many rows. */
export function compileMetric(metric: MetricDef, catalog: MetricCatalog): (counters: Counters) => number {
  const factor = 10 ** DECIMALS[metric.unit]
  const inner = INNER_SCALE[metric.unit]
  // Both are powers of ten: multiplying or dividing by what is left of them keeps whole numbers whole, so that halves
  // stay exact until they are rounded.
  const multiplier = Math.max(factor / inner, 1)
  const divisor = Math.max(inner / factor, 1)
  const quotient = compileOperand(metric.expr, catalog)
  return (counters) => {
    const { num, den } = quotient(counters)
    return (roundHalfAway((num * multiplier) / (den * divisor)) || 0) / factor
  }
}

/** A value not yet divided, so that rounding sees the exact numbers. */
interface Quotient {
  readonly num: number
  readonly den: number
}
const ZERO: Quotient = { num: 0, den: 1 }

function compileOperand(operand: Operand, catalog: MetricCatalog): (counters: Counters) => Quotient {
  const expr = resolveOperand(operand, catalog)
  if (isCounter(expr)) {
    const key = counterKey(expr)
    return (counters) => ({ num: counters[key] ?? 0, den: 1 })
  }
  if (expr.op === 'add') {
    const terms = expr.terms.map((term) => compileOperand(term, catalog))
    return (counters) => {
      let total = ZERO
      for (const term of terms) total = plus(total, term(counters), 1)
      return total
    }
  }
  if (expr.op === 'subtract') {
    const [from, minus] = [compileOperand(expr.from, catalog), compileOperand(expr.minus, catalog)]
    return (counters) => plus(from(counters), minus(counters), -1)
  }
  if (expr.op === 'interval') return compileInterval(expr, catalog)
  const [of, per, scale] = [compileOperand(expr.of, catalog), compileOperand(expr.per, catalog), expr.scale ?? 1]
  return (counters) => {
    const above = of(counters)
    const below = per(counters)
    return below.num === 0 ? ZERO : { num: above.num * below.den * scale, den: above.den * below.num }
  }
}

function compileInterval(expr: IntervalEnd, catalog: MetricCatalog): (counters: Counters) => Quotient {
  const method: IntervalDef = intervals[expr.method]
  const [of, per] = [compileOperand(expr.of, catalog), compileOperand(expr.per, catalog)]
  const squares = expr.squares ? compileOperand(expr.squares, catalog) : () => ZERO
  const asNumber = ({ num, den }: Quotient): number => num / den
  return (counters) => {
    const ends = method.ends(asNumber(of(counters)), asNumber(per(counters)), asNumber(squares(counters)))
    return { num: ends[expr.end] * (expr.scale ?? 1), den: 1 }
  }
}

const plus = (a: Quotient, b: Quotient, sign: 1 | -1): Quotient =>
  a.den === b.den
    ? { num: a.num + sign * b.num, den: a.den }
    : { num: a.num * b.den + sign * b.num * a.den, den: a.den * b.den }
