import { RE2JS } from 're2js'
import { fail, ok, problem, type Result } from '../result.ts'
import type { Comparison, ValueKind } from './comparison.ts'
import { parseMoment } from './range.ts'

export interface OperatorInput {
  readonly kind: ValueKind
  /** Values as texts: none, one, two or a list, as the operator's arity says. */
  readonly values: readonly string[]
  readonly fold: boolean
  /** Moments are read in this zone. */
  readonly timeZone: string
}

/** `label` is not a question about the value alone; the planner answers it from the marked values. */
export interface OperatorDef {
  readonly label: string
  readonly arity: 'none' | 'one' | 'two' | 'list' | 'label'
  readonly compile: (input: OperatorInput) => Comparison | string
}

/** Every filter operator (reference conversions-and-reports §7.7). `compile` answers with words when it refuses. */
export const operators = {
  EQUALS: { label: 'equals', arity: 'one', compile: isOneOf },
  NOT_EQUAL: { label: 'does not equal', arity: 'one', compile: not(isOneOf) },
  GREATER_THAN: {
    label: 'is greater than',
    arity: 'one',
    compile: order(
      (moment) => ({ min: moment.endMs - 1 }),
      (value) => ({ min: value }),
      true,
    ),
  },
  LESS_THAN: {
    label: 'is less than',
    arity: 'one',
    compile: order(
      (moment) => ({ max: moment.startMs }),
      (value) => ({ max: value }),
      true,
    ),
  },
  EQUALS_OR_GREATER_THAN: {
    label: 'is at least',
    arity: 'one',
    compile: order(
      (moment) => ({ min: moment.startMs }),
      (value) => ({ min: value }),
    ),
  },
  EQUALS_OR_LESS_THAN: {
    label: 'is at most',
    arity: 'one',
    compile: order(
      (moment) => ({ max: moment.endMs - 1 }),
      (value) => ({ max: value }),
    ),
  },
  BETWEEN: { label: 'is between', arity: 'two', compile: between },
  CONTAINS: { label: 'contains', arity: 'one', compile: text('contains') },
  NOT_CONTAIN: { label: 'does not contain', arity: 'one', compile: not(text('contains')) },
  BEGINS_WITH: { label: 'begins with', arity: 'one', compile: text('begins') },
  ENDS_WITH: { label: 'ends with', arity: 'one', compile: text('ends') },
  MATCH_REGEXP: { label: 'matches', arity: 'one', compile: regexp },
  NOT_MATCH_REGEXP: { label: 'does not match', arity: 'one', compile: not(regexp) },
  IN_LIST: { label: 'is one of', arity: 'list', compile: isOneOf },
  NOT_IN_LIST: { label: 'is none of', arity: 'list', compile: not(isOneOf) },
  IS_SET: { label: 'is set', arity: 'none', compile: () => ({ is: 'set' }) },
  IS_NOT_SET: { label: 'is not set', arity: 'none', compile: not(() => ({ is: 'set' })) },
  IS_TRUE: { label: 'is true', arity: 'none', compile: () => ({ is: 'set' }) },
  IS_FALSE: { label: 'is false', arity: 'none', compile: not(() => ({ is: 'set' })) },
  HAS_LABEL: { label: 'has the label', arity: 'label', compile: isOneOf },
  NOT_HAS_LABEL: { label: 'has not the label', arity: 'label', compile: not(isOneOf) },
} as const satisfies Record<string, OperatorDef>

export type OperatorName = keyof typeof operators
export const isOperator = (name: string): name is OperatorName => Object.hasOwn(operators, name)

/** What the filter asks. Refuses values that cannot be read for this kind of column. */
export function compileOperator(name: OperatorName, input: OperatorInput, at: string): Result<Comparison> {
  const { arity, compile }: OperatorDef = operators[name]
  const refuse = (message: string): Result<never> => fail(problem('bad_request', message, at))
  if ((arity === 'one' || arity === 'label') && input.values.length !== 1)
    return refuse(`${name} needs one value in expression.`)
  if (arity === 'two' && input.values.length !== 2)
    return refuse(`${name} needs two values in expression, such as [1, 5].`)
  const comparison = compile(input)
  return typeof comparison === 'string' ? refuse(comparison) : ok(comparison)
}

type Compile = OperatorDef['compile']
interface Bounds<T> {
  readonly min?: T
  readonly max?: T
}

function not(compile: Compile): Compile {
  return (input) => {
    const of = compile(input)
    return typeof of === 'string' ? of : { is: 'not', of }
  }
}

function text(is: 'contains' | 'begins' | 'ends'): Compile {
  return ({ values: [value = ''], fold }) => ({ is, text: value, fold })
}

/** Empty text asks for what is empty: 0 for numbers and moments (reference §7.7, leniency). */
function isOneOf({ kind, values, fold, timeZone }: OperatorInput): Comparison | string {
  if (kind === 'text') return { is: 'in', values, fold }
  if (kind !== 'time') {
    const numbers = values.map((value) => toNumber(kind, value))
    const bad = numbers.indexOf(null)
    return bad >= 0
      ? notNumber(values[bad])
      : { is: 'in', values: numbers.filter((value) => value !== null), fold: false }
  }
  const parts: Comparison[] = []
  for (const value of values) {
    const moment = value === '' ? NEVER : parseMoment(value, timeZone)
    if (moment === null) return notMoment(value)
    parts.push({ is: 'between', min: moment.startMs, max: moment.endMs - 1 })
  }
  return { is: 'any', of: parts }
}

function order(
  ofMoment: (moment: typeof NEVER) => Bounds<number>,
  of: <T>(value: T) => Bounds<T>,
  open?: true,
): Compile {
  return ({ kind, values: [value = ''], timeZone }) => {
    const openness = open === undefined ? {} : { open }
    if (kind === 'time') {
      const moment = parseMoment(value, timeZone)
      return moment === null ? notMoment(value) : { is: 'between', ...ofMoment(moment), ...openness }
    }
    const number = toNumber(kind, value)
    if (value !== '' && number !== null) return { is: 'between', ...of(number), ...openness }
    return kind === 'text' ? { is: 'text_between', ...of(value), ...openness } : notNumber(value)
  }
}

function between({ kind, values: [low = '', high = ''], timeZone }: OperatorInput): Comparison | string {
  if (kind === 'time') {
    const [first, last] = [parseMoment(low, timeZone), parseMoment(high, timeZone)]
    if (first === null || last === null) return notMoment(first === null ? low : high)
    return { is: 'between', min: first.startMs, max: last.endMs - 1 }
  }
  const [min, max] = [toNumber(kind, low), toNumber(kind, high)]
  if (low !== '' && high !== '' && min !== null && max !== null) return { is: 'between', min, max }
  return kind === 'text'
    ? { is: 'text_between', min: low, max: high }
    : notNumber(min === null || low === '' ? low : high)
}

/** `/pattern/`, `/pattern/i` or the bare pattern. The dot matches line breaks, as in the store. */
function regexp({ values: [value = ''], fold }: OperatorInput): Comparison | string {
  const [, slashed, flags = ''] = /^\/(.*)\/([ims]*)$/s.exec(value) ?? []
  const letters = [...new Set(`${fold || flags.includes('i') ? 'i' : ''}${flags.includes('m') ? 'm' : ''}s`)].join('')
  const pattern = `(?${letters})${slashed ?? value}`
  if (pattern.length > MAX_PATTERN_LENGTH)
    return `The regular expression is longer than ${MAX_PATTERN_LENGTH} characters. Split it into several filters.`
  try {
    RE2JS.compile(pattern)
    return { is: 'matches', pattern }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return `${value} is not a regular expression that can be run (${why}). Write it without look-around and back-references.`
  }
}

const MAX_PATTERN_LENGTH = 1000
/** How a time that never came is stored. */
const NEVER = { startMs: 0, endMs: 1 }
const FLAG_WORDS: Readonly<Record<string, number>> = { true: 1, yes: 1, false: 0, no: 0, '': 0 }

function toNumber(kind: ValueKind, value: string): number | null {
  const word =
    kind === 'text' ? undefined : kind === 'number' && value !== '' ? undefined : FLAG_WORDS[value.trim().toLowerCase()]
  if (word !== undefined) return word
  const number = value.trim() === '' ? Number.NaN : Number(value)
  return Number.isFinite(number) ? number : null
}

const notNumber = (value: string | undefined): string => `${JSON.stringify(value ?? '')} is not a number.`
const notMoment = (value: string): string =>
  `${JSON.stringify(value)} is not a date. Write 2026-02-03 or 2026-02-03 14:05:09.`
