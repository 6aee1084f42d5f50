import { CUSTOM_SLOTS, type CustomStatus, MONEY_GROUPS, type StatusRef, sumsOf } from '../conversion/custom-status.ts'
import { statuses } from '../conversion/statuses.ts'
import { CONVERSION_COUNTERS, clickColumns, REVENUE_BUCKETS } from '../events/click-columns.ts'
import type { Binder } from './binder.ts'
import type { Counter } from './expression.ts'
import { columnValue, counterSql, moneySql, squareSql, sumSql } from './metric-sql.ts'
import { countedColumn } from './own-columns.ts'
import { hasOwnStatusSql } from './own-statuses.ts'
import { type PlanScope, timeBounds, whereSql } from './scope.ts'
import { clicksOf, revenueOfConversions } from './tables.ts'

const MOVING: readonly string[] = [...CONVERSION_COUNTERS, ...REVENUE_BUCKETS]
const isMoving = (column: string): boolean => MOVING.includes(column) || countedColumn(column) !== null

/**
 * Counts what stays with the click when conversions are dated on their own: everything but their counts and money. Null
 * when nothing of it does.
 */
export function stayingCounterSql(counter: Counter): string | null {
  if (counter.op !== 'sum' && counter.op !== 'sumSquares') return counterSql(counter, clickColumns)
  const terms = counter.columns.flatMap((column) =>
    column === 'sale_revenue' ? [OWN_REVENUE] : isMoving(column) ? [] : [columnValue(column, clickColumns)],
  )
  return sumOfTerms(counter.op, terms)
}
/** Of the confirmed money, what the click earned at an offer paid per click: no conversion has it. */
const OWN_REVENUE = moneySql('click_revenue')

/** Null for no terms. */
const sumOfTerms = (op: 'sum' | 'sumSquares', terms: readonly string[]): string | null =>
  terms.length === 0 ? null : `sum(sign * ${op === 'sum' ? sumSql(terms) : squareSql(terms)})`

/** Conversions and their money, counted beside the states of their clicks. */
export interface ConversionsSource {
  /** The counter over these rows; null for what conversions have nothing of. */
  readonly counter: (counter: Counter) => string | null
  /** Call it last: only what was counted by then is read. */
  readonly from: () => string
  readonly where: readonly string[]
}

/**
 * Each conversion beside the states of its click, so that it is grouped and filtered by what the click is now; the sign of
 * the state nets them out. Only clicks as old as one of these conversions are looked at.
 */
export function conversionsSource(scope: PlanScope, time: string): ConversionsSource {
  const chosen = whereSql(timeBounds(scope, time))
  const limit = (end: 'min' | 'max'): string => `(SELECT ${end}(datetime) FROM conversions${chosen})`
  /** Counted column → its name beside the click: worked out once for each conversion, however often it is used. */
  const values = new Map<string, string>()
  const nameOf = (column: string): string => {
    const name = values.get(column) ?? `conversion_${values.size}`
    values.set(column, name)
    return name
  }
  return {
    counter(counter) {
      if (counter.op !== 'sum' && counter.op !== 'sumSquares') return null
      return sumOfTerms(counter.op, counter.columns.filter(isMoving).map(nameOf))
    },
    from() {
      const counted = [...values].map(([column, name]) => `${valueIn(column, scope)} AS ${name}`)
      const columns = ['sub_id', `${time} AS conversion_at`, ...counted].join(', ')
      const converted = `SELECT ${columns} FROM ${revenueOfConversions(scope)}${chosen}`
      return `${clicksOf(scope, false)} INNER JOIN (${converted}) AS converted USING (sub_id)`
    },
    where: [`datetime >= ${limit('min')}`, `datetime <= ${limit('max')}`],
  }
}

/** What one conversion adds to a column of its click. */
function valueIn(column: string, scope: PlanScope): string {
  const own = countedColumn(column)
  const isCounted = own ? hasOwnStatusSql(own.number, scope) : countedSql(column, scope.binder)
  return own?.isMoney || REVENUE_BUCKETS.some((bucket) => bucket === column)
    ? `if(${isCounted}, ${moneySql('revenue')}, 0)`
    : isCounted
}

/** Which conversions add to it, by the rule that adds them up for the click. */
function countedSql(column: string, binder: Binder): string {
  const adds = (ref: StatusRef): boolean => {
    const { counters, buckets } = sumsOf(ref)
    return counters.includes(column) || buckets.includes(column)
  }
  const own = (more: Partial<CustomStatus>): StatusRef => ({
    status: 'own',
    custom: { name: 'own', group: 'hold', counts: false, slot: 0, ...more },
  })
  const listed = (what: string, type: string, values: readonly (string | number)[]): string =>
    binder.once(`${what} in ${column}`, `Array(${type})`, () => values)
  const names = Object.keys(statuses).filter((status) => adds({ status, custom: null }))
  const groups = MONEY_GROUPS.filter((group) => adds(own({ group })))
  const slots = CUSTOM_SLOTS.filter((slot) => adds(own({ slot })) && !adds(own({})))
  const parts = [
    ...(names.length > 0 ? [`(custom_group = '' AND status IN ${listed('statuses', 'String', names)})`] : []),
    ...(groups.length > 0 ? [`custom_group IN ${listed('groups', 'String', groups)}`] : []),
    ...(slots.length > 0 ? [`custom_slot IN ${listed('slots', 'UInt8', slots)}`] : []),
    ...(adds(own({ counts: true })) && !adds(own({})) ? ['custom_counts = 1'] : []),
  ]
  return parts.length === 0 ? '0' : `(${parts.join(' OR ')})`
}
