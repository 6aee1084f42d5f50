import type { Binder } from './binder.ts'
import type { Comparison, ValueKind } from './comparison.ts'

/** One thing that is compared: as a number (texts have none) and as a text. Both are SQL of our own making. */
export interface SqlOperand {
  readonly kind: ValueKind
  /** The value itself: text, whole number, 0/1, or epoch milliseconds. */
  readonly value: string
  /** How it looks to people; only differs from `value` where that is not text. */
  readonly text: string
  /** Every stored text is written in these letters, so it needs no folding. */
  readonly letters?: 'upper' | 'lower'
}

/** The comparison as a condition. Every value is bound, none is written into the text. */
export function comparisonSql(comparison: Comparison, operand: SqlOperand, binder: Binder): string {
  switch (comparison.is) {
    case 'in':
      return membership(comparison, operand, binder)
    case 'between':
      return bounds(
        operand.kind === 'text' ? `toFloat64OrNull(${operand.value})` : operand.value,
        numberType(operand),
        comparison,
        binder,
      )
    case 'text_between':
      return bounds(operand.text, 'String', comparison, binder)
    case 'contains':
      return `position(${fold(operand.text, comparison.fold)}, ${fold(binder.bind('String', comparison.text), comparison.fold)}) > 0`
    case 'begins':
      return `startsWith(${fold(operand.text, comparison.fold)}, ${fold(binder.bind('String', comparison.text), comparison.fold)})`
    case 'ends':
      return `endsWith(${fold(operand.text, comparison.fold)}, ${fold(binder.bind('String', comparison.text), comparison.fold)})`
    case 'matches':
      return `match(${operand.text}, ${binder.bind('String', comparison.pattern)})`
    case 'set':
      return operand.kind === 'text' ? `${operand.value} != ''` : `${operand.value} != 0`
    case 'any':
      return comparison.of.length === 0
        ? '0'
        : `(${comparison.of.map((one) => comparisonSql(one, operand, binder)).join(' OR ')})`
    case 'not':
      return `NOT (${comparisonSql(comparison.of, operand, binder)})`
  }
}

function membership(
  { values, fold: folded }: Extract<Comparison, { is: 'in' }>,
  operand: SqlOperand,
  binder: Binder,
): string {
  const texts = values.filter((value) => typeof value === 'string')
  const numbers = values.filter((value) => typeof value === 'number')
  const parts: string[] = []
  if (texts.length > 0) parts.push(textMembership(texts, folded, operand, binder))
  if (numbers.length > 0) parts.push(numberMembership(numbers, operand, binder))
  return parts.length === 0 ? '0' : `(${parts.join(' OR ')})`
}

/** One id of a column is compared, not looked up in a set: a set takes longer to make, and nothing else is as common. */
function numberMembership(numbers: readonly number[], operand: SqlOperand, binder: Binder): string {
  const type = listType(operand, numbers)
  return type === 'UInt32' && numbers.length === 1 && /^\w+$/.test(operand.value)
    ? `${operand.value} = ${binder.bind(type, numbers[0])}`
    : `${operand.value} IN ${binder.bind(`Array(${type})`, numbers)}`
}

/** A column in plain sight can be looked up by index; a function around it, or around the list, is run row by row. */
function textMembership(
  texts: readonly string[],
  folded: boolean,
  { text, letters }: SqlOperand,
  binder: Binder,
): string {
  const isOneOf = (sql: string, wanted: readonly string[]): string =>
    wanted.length === 1
      ? `${sql} = ${binder.bind('String', wanted[0])}`
      : `${sql} IN ${binder.bind('Array(String)', wanted)}`
  if (!folded) return isOneOf(text, texts)
  if (letters === 'upper') return isOneOf(text, [...new Set(texts.map((one) => one.toUpperCase()))])
  if (letters === 'lower') return isOneOf(text, [...new Set(texts.map((one) => one.toLowerCase()))])
  if (texts.every((one) => PLAIN_ASCII.test(one)))
    return isOneOf(fold(text, true), [...new Set(texts.map((one) => one.toLowerCase()))])
  // Beyond ASCII the store and we might differ about small letters, so it folds both sides.
  return `${fold(text, true)} IN (${texts.map((one) => fold(binder.bind('String', one), true)).join(', ')})`
}
const PLAIN_ASCII = /^[\x20-\x7e]*$/

function bounds(
  value: string,
  type: string,
  { min, max, open }: { readonly min?: string | number; readonly max?: string | number; readonly open?: boolean },
  binder: Binder,
): string {
  const parts: string[] = []
  if (min !== undefined) parts.push(`${value} ${open ? '>' : '>='} ${binder.bind(type, min)}`)
  if (max !== undefined) parts.push(`${value} ${open ? '<' : '<='} ${binder.bind(type, max)}`)
  // A text that is no number compares as NULL, and NOT NULL would be NULL again.
  return parts.length === 0 ? '1' : `ifNull(${parts.join(' AND ')}, 0)`
}

/** Whole-number columns are compared as floats too: `> 1.5` must be right, and ids stay far below 2^53. */
const numberType = (operand: SqlOperand): string => (operand.kind === 'time' ? 'Int64' : 'Float64')

/** Whole numbers that fit an id are bound as ids: then the key of the table is used to look them up. */
const listType = (operand: SqlOperand, numbers: readonly number[]): string =>
  operand.kind !== 'time' && numbers.every((one) => Number.isInteger(one) && one >= 0 && one <= MAX_ID)
    ? 'UInt32'
    : numberType(operand)
const MAX_ID = 4_294_967_295

const fold = (sql: string, folded: boolean): string => (folded ? `lowerUTF8(${sql})` : sql)
