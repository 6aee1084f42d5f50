import type { Random } from '../../packages/server/src/simulate/random.ts'
import { type Asked, COLUMNS, columnOf, dayLater } from './naive-columns.ts'
import { type NaiveFilter, type NaiveFilters, OPERATORS } from './naive-filters.ts'
import { ESTIMATED, METRICS, metricOf } from './naive-metrics.ts'
import { COMPARISONS, later, localTime, type Question } from './naive-report.ts'
import { added, type Happened, rowsOf } from './naive-rows.ts'
import type { Sort } from './same-report.ts'

export const ZONES: readonly [string, ...string[]] = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Pacific/Auckland',
  'America/St_Johns',
]
/** Without summer time: a time of day moved to another day is always there. */
const STEADY: ReadonlySet<string> = new Set(['UTC', 'Asia/Kathmandu'])
const OF_THE_CLOCK: ReadonlySet<string> = new Set(['hour', 'day_hour', 'datetime'])
export const TRENDS = ['day', 'hour', 'day_hour', 'week', 'weekday', 'month', 'year'] as const

/** A question and the range as the request says it: an interval, days, or moments. */
export interface AskedQuestion {
  readonly question: Question
  readonly range: Readonly<Record<string, string>>
}

/** Asks for anything that can be asked, mostly about values that occur. */
export function randomQuestion(
  random: Random,
  happened: readonly [Happened, ...Happened[]],
  asked: Asked,
  nowMs: number,
): AskedQuestion {
  const zone = random.pick(ZONES)
  const range = randomRange(random, zone, nowMs, asked.firstWeekday)
  const isBounded = range.from !== null && range.to !== null
  const compare = isBounded && random.chance(0.4) ? random.pick(COMPARISONS) : null
  const isUsable = (name: string): boolean => compare === null || STEADY.has(zone) || !OF_THE_CLOCK.has(name)
  const usable = COLUMNS.filter(isUsable)
  const some = (names: readonly string[], least: number, most: number): string[] => [
    ...new Set(
      Array.from({ length: random.integer(least, most) }, () => names[random.integer(0, names.length - 1)] ?? ''),
    ),
  ]
  const grouping = some(usable, 0, 3)
  const conversion_date = random.pick(['click', 'click', 'conversion', 'sale'] as const)
  const context = { random, zone, happened, asked: { ...asked, grouping } }
  const filter = (): NaiveFilter =>
    random.chance(0.25) ? figureFilter(context, compare !== null) : columnFilter(context, usable)
  const filters: NaiveFilters = Array.from({ length: random.pick([0, 0, 1, 1, 2, 3]) }, () => {
    if (!random.chance(0.2)) return filter()
    const ofOneKind = random.chance(0.3)
      ? () => figureFilter(context, compare !== null)
      : () => columnFilter(context, usable)
    return { OR: Array.from({ length: random.integer(1, 3) }, ofOneKind) }
  })
  const steps = TRENDS.filter(isUsable).filter((step) => step !== 'day_hour' || range.days < 100)
  const trend = random.chance(0.3) ? (steps[random.integer(0, steps.length - 1)] ?? null) : null
  return {
    question: {
      ...{ zone, from: range.from, to: range.to, grouping, filters, conversion_date, compare, trend },
      metrics: some(METRICS, 1, 6),
    },
    range: { ...range.request, timezone: zone },
  }
}

export function randomSort(random: Random, { grouping, compare }: Question): Sort[] {
  const suffixes = compare === null ? [''] : ['', '_previous', '_change', '_change_percent']
  return Array.from({ length: random.integer(0, 3) }, () => {
    const metric = METRICS[random.integer(0, METRICS.length - 1)] ?? 'clicks'
    const key = grouping[random.integer(0, Math.max(0, grouping.length - 1))]
    const name = key !== undefined && random.chance(0.5) ? key : metric
    return {
      name: name === metric ? `${name}${suffixes[random.integer(0, suffixes.length - 1)]}` : name,
      order: random.pick(['asc', 'desc']),
    }
  })
}

interface Context {
  readonly random: Random
  readonly zone: string
  readonly happened: readonly [Happened, ...Happened[]]
  readonly asked: Asked
}

const ON_TEXTS = OPERATORS.filter((operator) => !/LABEL/.test(operator))
const ON_NUMBERS = ON_TEXTS
const ON_FLAGS = ['EQUALS', 'NOT_EQUAL', 'IS_TRUE', 'IS_FALSE', 'IS_SET', 'IS_NOT_SET', 'IN_LIST', 'NOT_IN_LIST']
const ON_MOMENTS =
  `EQUALS NOT_EQUAL IN_LIST NOT_IN_LIST GREATER_THAN LESS_THAN EQUALS_OR_GREATER_THAN EQUALS_OR_LESS_THAN
  BETWEEN CONTAINS NOT_CONTAIN IS_SET IS_NOT_SET`.split(/\s+/)
const MARKED = ['source', 'ip', 'keyword', 'sub_id_15', 'sub_id_30', 'label']

function columnFilter({ random, zone, happened, asked }: Context, usable: readonly string[]): NaiveFilter {
  const one = <T>(items: readonly T[], otherwise: T): T => items[random.integer(0, items.length - 1)] ?? otherwise
  if (random.chance(0.15)) {
    const operator = random.pick(['HAS_LABEL', 'NOT_HAS_LABEL'])
    return { name: one(MARKED, 'source'), operator, expression: random.pick(['whitelist', 'blacklist']) }
  }
  const name = one(usable, 'source')
  const { kind, read } = columnOf(name)
  const seen = (): string | number => {
    const [row] = rowsOf([random.pick(happened)], 'click', (atMs) => localTime(atMs, zone))
    const value = row ? read(row, asked) : null
    return typeof value === 'boolean' ? Number(value) : (value ?? '')
  }
  const operators = { text: ON_TEXTS, number: ON_NUMBERS, flag: ON_FLAGS, time: ON_MOMENTS }[kind]
  const filter = { name, operator: one(operators, 'EQUALS'), case_sensitive: random.chance(0.2) }
  if (kind === 'time') {
    const length = STEADY.has(zone) ? random.pick([10, 16, 19]) : 10
    const moments = [String(seen()).slice(0, length), String(seen()).slice(0, length)].sort()
    return { ...filter, expression: expressionFor(filter.operator, moments, random) }
  }
  return { ...filter, expression: expressionFor(filter.operator, [seen(), seen()], random) }
}

/** Looks at a metric, mostly near what some clicks have of it. */
function figureFilter({ random, happened }: Context, isCompared: boolean): NaiveFilter {
  const metric = METRICS[random.integer(0, METRICS.length - 1)] ?? 'clicks'
  const suffix = isCompared ? random.pick(['', '_previous', '_change', '_change_percent']) : ''
  const operators = ESTIMATED.has(metric) || suffix !== '' ? ['GREATER_THAN', 'LESS_THAN', 'IS_SET'] : ON_NUMBERS
  const operator = operators[random.integer(0, operators.length - 1)] ?? 'IS_SET'
  const near = (): number => {
    const some = Array.from({ length: random.integer(1, 5) }, () => random.pick(happened))
    const sums = rowsOf(some, 'click', () => '').reduce((total, row) => added(total, row.sums), {})
    return ESTIMATED.has(metric) ? random.integer(0, 30) + 0.123456 : metricOf(metric)(sums)
  }
  return { name: `${metric}${suffix}`, operator, expression: expressionFor(operator, [near(), near()], random) }
}

function expressionFor(
  operator: string,
  [first = '', second = '']: readonly (string | number)[],
  random: Random,
): string | number | readonly (string | number)[] {
  if (/IN_LIST$/.test(operator)) return [first, second]
  if (operator === 'BETWEEN') {
    const isAscending = typeof first === 'number' ? first <= Number(second) : first <= String(second)
    return isAscending ? [first, second] : [second, first]
  }
  if (/REGEXP$|CONTAIN|WITH$/.test(operator)) {
    const text = String(first)
    const part = /BEGINS/.test(operator) ? text.slice(0, 3) : /ENDS/.test(operator) ? text.slice(-3) : text.slice(1, 4)
    const found = random.chance(0.7) ? part : text
    return /REGEXP$/.test(operator) ? found.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&') : found
  }
  return first
}

function randomRange(
  random: Random,
  zone: string,
  nowMs: number,
  firstWeekday: number,
): { from: string | null; to: string | null; days: number; request: Record<string, string> } {
  const today = localTime(nowMs, zone).slice(0, 10)
  const [year, month] = [today.slice(0, 4), today.slice(0, 7)]
  const weekday = new Date(`${today}T12:00:00Z`).getUTCDay() || 7
  const starts: Record<string, string> = {
    today,
    '7_days_ago': dayLater(today, -7),
    '30_days_ago': dayLater(today, -30),
    first_day_of_this_week: dayLater(today, -((weekday - firstWeekday + 7) % 7)),
    first_day_of_this_month: `${month}-01`,
    first_day_of_this_year: `${year}-01-01`,
    '1_month_ago': later(today, ['month', -1]),
    '1_year_ago': later(today, ['month', -12]),
  }
  const kind = random.pick(['interval', 'interval', 'days', 'moments', 'from', 'all_time', 'yesterday'])
  if (kind === 'all_time') return { from: null, to: null, days: 1000, request: { interval: 'all_time' } }
  if (kind === 'yesterday') {
    const day = dayLater(today, -1)
    return { from: day, to: day, days: 1, request: { interval: 'yesterday' } }
  }
  if (kind === 'interval') {
    const names = Object.keys(starts)
    const interval = names[random.integer(0, names.length - 1)] ?? 'today'
    return { from: starts[interval] ?? today, to: today, days: 400, request: { interval } }
  }
  const momentAgo = (days: number): string => localTime(nowMs - days * 86_400_000 * random.next(), zone)
  const [first, last] = [momentAgo(100), momentAgo(100)].sort()
  // An hour that comes twice would be meant once.
  const [from, to] = kind === 'days' || !STEADY.has(zone) ? [first?.slice(0, 10), last?.slice(0, 10)] : [first, last]
  if (kind === 'from') return { from: from ?? '', to: null, days: 200, request: { from: from ?? '' } }
  return { from: from ?? '', to: to ?? '', days: 99, request: { from: from ?? '', to: to ?? '' } }
}
