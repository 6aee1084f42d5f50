import { type Asked, columnOf } from './naive-columns.ts'
import type { Row } from './naive-rows.ts'

export interface NaiveFilter {
  readonly name: string
  readonly operator: string
  readonly expression?: string | number | readonly (string | number)[]
  readonly case_sensitive?: boolean
}
/** Filters that all must hold; of those in an OR one must. */
export type NaiveFilters = readonly (NaiveFilter | { readonly OR: readonly NaiveFilter[] })[]

const alternatives = (filter: NaiveFilters[number]): readonly NaiveFilter[] => ('OR' in filter ? filter.OR : [filter])
export const allFilters = (filters: NaiveFilters): readonly NaiveFilter[] => filters.flatMap(alternatives)

/** Of rows those that all filters on columns hold for. */
export const holdsFor = (filters: NaiveFilters, row: Row, asked: Asked): boolean =>
  filters.every((filter) => alternatives(filter).some((one) => holdsOnRow(one, row, asked)))

function holdsOnRow(filter: NaiveFilter, row: Row, asked: Asked): boolean {
  const { kind, read, code } = columnOf(filter.name)
  if (/HAS_LABEL$/.test(filter.operator) && filter.name !== 'label') {
    const { labels } = asked
    const isMarked = labels.some(
      ({ campaignId, refName, value, label }) =>
        refName === filter.name &&
        campaignId === row.click.campaign_id &&
        value === String(row.click[filter.name] ?? '') &&
        label === filter.expression,
    )
    return isMarked === (filter.operator === 'HAS_LABEL')
  }
  const shown = read(row, asked)
  if (kind === 'time') return holdsForMoment(filter, String(shown))
  const value = kind === 'flag' ? Number(shown) : (shown ?? '')
  const names = code && /^(NOT_)?(EQUALS?|IN_LIST)$/.test(filter.operator) ? [value, code(row)] : [value]
  // A name or its code may be meant, so what must not be is neither.
  return NEGATIONS.has(filter.operator)
    ? names.every((name) => holdsForValue(filter, name))
    : names.some((name) => holdsForValue(filter, name))
}
const NEGATIONS: ReadonlySet<string> = new Set(['NOT_EQUAL', 'NOT_IN_LIST'])

/** Whether a filter on a metric holds; of what is not there (null) nothing is said. */
export const holdsForFigure = (filter: NaiveFilter, value: number | null): boolean =>
  value !== null && holdsForValue(filter, value)

function holdsForValue(filter: NaiveFilter, value: string | number | boolean): boolean {
  const negated = OPPOSITES[filter.operator]
  if (negated) return !holdsForValue({ ...filter, operator: negated }, value)
  const fold = (text: unknown): string => (filter.case_sensitive ? String(text) : String(text).toLowerCase())
  const given = [filter.expression ?? []].flat().map(String)
  const [first = '', second = ''] = given
  const isText = typeof value === 'string'
  const equals = (wanted: string): boolean => (isText ? fold(wanted) === fold(value) : Number(wanted) === Number(value))
  switch (filter.operator) {
    case 'EQUALS':
    case 'HAS_LABEL':
      return equals(first)
    case 'IN_LIST':
      return given.some(equals)
    case 'CONTAINS':
      return fold(value).includes(fold(first))
    case 'BEGINS_WITH':
      return fold(value).startsWith(fold(first))
    case 'ENDS_WITH':
      return fold(value).endsWith(fold(first))
    case 'MATCH_REGEXP':
      return new RegExp(first, filter.case_sensitive ? 's' : 'si').test(String(value))
    case 'IS_SET':
    case 'IS_TRUE':
      return isText ? value !== '' : Number(value) !== 0
    case 'GREATER_THAN':
      return compared(value, first, (order) => order > 0)
    case 'LESS_THAN':
      return compared(value, first, (order) => order < 0)
    case 'EQUALS_OR_GREATER_THAN':
      return compared(value, first, (order) => order >= 0)
    case 'EQUALS_OR_LESS_THAN':
      return compared(value, first, (order) => order <= 0)
    case 'BETWEEN': {
      if (isText && !(isNumber(first) && isNumber(second))) return value >= first && value <= second
      return isNumber(String(value)) && Number(value) >= Number(first) && Number(value) <= Number(second)
    }
  }
  throw new Error(`The recount knows no operator ${filter.operator}`)
}

const OPPOSITES: Readonly<Record<string, string>> = {
  NOT_EQUAL: 'EQUALS',
  NOT_CONTAIN: 'CONTAINS',
  NOT_MATCH_REGEXP: 'MATCH_REGEXP',
  NOT_IN_LIST: 'IN_LIST',
  NOT_HAS_LABEL: 'HAS_LABEL',
  IS_NOT_SET: 'IS_SET',
  IS_FALSE: 'IS_TRUE',
}
/** Every operator there is. */
export const OPERATORS = [
  ...new Set([
    ...Object.entries(OPPOSITES).flat(),
    ...['BEGINS_WITH', 'ENDS_WITH', 'BETWEEN', 'GREATER_THAN', 'LESS_THAN'],
    ...['EQUALS_OR_GREATER_THAN', 'EQUALS_OR_LESS_THAN'],
  ]),
]

const isNumber = (text: string): boolean => text !== '' && Number.isFinite(Number(text))

/** Texts that are numbers are compared as numbers where a number is asked for. */
function compared(value: string | number | boolean, wanted: string, holds: (order: number) => boolean): boolean {
  if (isNumber(wanted)) return String(value) !== '' && isNumber(String(value)) && holds(Number(value) - Number(wanted))
  return holds(value === wanted ? 0 : String(value) < wanted ? -1 : 1)
}

/** A day or minute is meant as a whole: later than a day is later than its end. */
function holdsForMoment({ operator, expression }: NaiveFilter, at: string): boolean {
  const given = [expression ?? []].flat().map(String)
  const [first = '', second = ''] = given
  const order = (wanted: string): number => {
    const seen = at.slice(0, wanted.length)
    return seen === wanted ? 0 : seen < wanted ? -1 : 1
  }
  switch (operator) {
    case 'EQUALS':
      return order(first) === 0
    case 'NOT_EQUAL':
      return order(first) !== 0
    case 'IN_LIST':
      return given.some((wanted) => order(wanted) === 0)
    case 'NOT_IN_LIST':
      return given.every((wanted) => order(wanted) !== 0)
    case 'GREATER_THAN':
      return order(first) > 0
    case 'LESS_THAN':
      return order(first) < 0
    case 'EQUALS_OR_GREATER_THAN':
      return order(first) >= 0
    case 'EQUALS_OR_LESS_THAN':
      return order(first) <= 0
    case 'BETWEEN':
      return order(first) >= 0 && order(second) <= 0
    case 'CONTAINS':
      return at.includes(first)
    case 'NOT_CONTAIN':
      return !at.includes(first)
    case 'IS_SET':
      return true
    case 'IS_NOT_SET':
      return false
  }
  throw new Error(`The recount does not ask ${operator} of moments`)
}
