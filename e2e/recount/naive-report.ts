import { type Asked, columnOf, dayLater, type Naming } from './naive-columns.ts'
import { allFilters, holdsFor, holdsForFigure, type NaiveFilters } from './naive-filters.ts'
import { metricOf } from './naive-metrics.ts'
import { added, type ConversionDate, type Happened, type Row, rowsOf } from './naive-rows.ts'

export const COMPARISONS = [
  'previous_period',
  'previous_day',
  'previous_week',
  'previous_month',
  'previous_year',
] as const
export type Comparison = (typeof COMPARISONS)[number]

/** A report as it is asked for; the range is spelled out, as local times to the second or days, both included. */
export interface Question {
  readonly zone: string
  readonly from: string | null
  readonly to: string | null
  readonly grouping: readonly string[]
  readonly metrics: readonly string[]
  readonly filters: NaiveFilters
  readonly conversion_date: ConversionDate
  readonly compare: Comparison | null
  readonly trend: string | null
}
type Cells = Record<string, unknown>

export interface NaiveReport {
  /** Every row there is, in no order. */
  readonly rows: Cells[]
  readonly summary: Cells
  /** Points of the trend at which something happened. */
  readonly trend: Map<string, Cells>
  /** What a row is sorted by, besides its figures. */
  readonly sortOf: (row: Cells, name: string) => string | number
}

/** The answer worked out row by row, without SQL and without any of Trackyard's own code. */
export function naiveReport(
  happened: readonly Happened[],
  question: Question,
  naming: Naming,
  nowMs: number,
): NaiveReport {
  const { zone, grouping, filters, trend } = question
  const asked: Asked = { ...naming, grouping }
  const all = rowsOf(happened, question.conversion_date, (atMs) => localTime(atMs, zone))
  const onColumns = filters.filter((filter) => allFilters([filter]).every(({ name }) => isColumn(name)))
  const onFigures = filters.filter((filter) => !onColumns.includes(filter))
  const parts = periodsOf(question, localTime(nowMs, zone)).map((period) =>
    all
      .filter(({ local }) => isWithin(local, period.from, period.to))
      .map((row) => ({ ...row, local: later(row.local, period.shift) }))
      .filter((row) => holdsFor(onColumns, row, asked)),
  )
  const keyOf = (row: Row): string => JSON.stringify(grouping.map((name) => columnOf(name).read(row, asked)))
  const groups = new Map<string, { readonly first: Row; readonly members: Row[][] }>()
  parts.forEach((rows, part) => {
    for (const row of rows) {
      const group = groups.get(keyOf(row)) ?? { first: row, members: parts.map(() => []) }
      groups.set(keyOf(row), group)
      group.members[part]?.push(row)
    }
  })
  // Without grouping there is one row, whatever there is.
  if (grouping.length === 0 && groups.size === 0)
    groups.set('[]', { first: { click: { subId: '', atMs: 0 }, local: '', sums: {} }, members: parts.map(() => []) })
  const chosen = [...groups.values()].filter(({ members }) =>
    onFigures.every((filter) =>
      allFilters([filter]).some((one) => holdsForFigure(one, figures([baseOf(one.name)], members)[one.name] ?? null)),
    ),
  )
  const sorts = new Map<Cells, Row>()
  const rows = chosen.map(({ first, members }) => {
    const cells: Cells = {}
    for (const name of grouping) cells[name] = columnOf(name).read(first, asked)
    Object.assign(cells, figures(question.metrics, members))
    sorts.set(cells, first)
    return cells
  })
  const together = (pick: (row: Row) => boolean): Row[][] =>
    parts.map((_, part) => chosen.flatMap(({ members }) => members[part] ?? []).filter(pick))
  const points = new Map<string, Cells>()
  if (trend) {
    const pointOf = (row: Row): string => String(columnOf(trend).read(row, asked))
    for (const text of new Set(
      together(() => true)
        .flat()
        .map(pointOf),
    ))
      points.set(
        text,
        figures(
          question.metrics,
          together((row) => pointOf(row) === text),
        ),
      )
  }
  return {
    rows,
    summary: figures(
      question.metrics,
      together(() => true),
    ),
    trend: points,
    sortOf(cells, name) {
      const row = sorts.get(cells)
      const { read, sort } = columnOf(name)
      const value = row ? (sort ?? read)(row, asked) : null
      return typeof value === 'boolean' ? Number(value) : (value ?? '')
    },
  }
}

const SUFFIX = /_(previous|change|change_percent)$/
const isColumn = (name: string): boolean => {
  try {
    return columnOf(name) !== undefined
  } catch {
    return false
  }
}
export const baseOf = (name: string): string => name.replace(SUFFIX, '')

/** The metrics over the rows of the range, and beside those of the earlier period where there is one. */
function figures(names: readonly string[], parts: readonly (readonly Row[])[]): Record<string, number | null> {
  const [now = {}, before] = parts.map((rows) => rows.reduce((total, { sums }) => added(total, sums), {}))
  const cells: Record<string, number | null> = {}
  for (const name of names) {
    const value = metricOf(name)(now)
    cells[name] = value
    if (!before) continue
    const earlier = metricOf(name)(before)
    cells[`${name}_previous`] = earlier
    cells[`${name}_change`] = Math.round((value - earlier) * 10_000) / 10_000 || 0
    const percent = ((value - earlier) / Math.abs(earlier)) * 100
    cells[`${name}_change_percent`] =
      earlier === 0 ? null : (Math.sign(percent) * Math.round(Math.abs(percent) * 100)) / 100 || 0
  }
  return cells
}

interface Period {
  readonly from: string | null
  readonly to: string | null
  readonly shift: readonly ['day' | 'month', number]
}
const NO_SHIFT = ['day', 0] as const

function periodsOf({ from, to, compare }: Question, now: string): Period[] {
  const asked: Period = { from, to, shift: NO_SHIFT }
  if (compare === null || from === null || to === null) return [asked]
  // Days are whole; a period that is not over is compared as far as it has come.
  const [start, end] = [from.length === 10 ? `${from} 00:00:00` : from, to.length === 10 ? `${to} 23:59:59` : to]
  const soFar = start < now && now < end ? now : end
  const seconds = (Date.parse(`${end.replace(' ', 'T')}Z`) - Date.parse(`${start.replace(' ', 'T')}Z`)) / 1000 + 1
  const days = Math.max(1, Math.ceil(seconds / 86_400))
  const shift = {
    previous_period: ['day', days],
    previous_day: ['day', 1],
    previous_week: ['day', 7],
    previous_month: ['month', 1],
    previous_year: ['month', 12],
  } as const
  const [unit, count] = shift[compare]
  const isOver = soFar === end
  // The second after the end, so that the whole of a month stands beside the whole of the one before.
  const first = later(start, [unit, -count])
  const behind = later(isOver ? secondLater(soFar) : soFar, [unit, -count])
  const until = isOver ? secondEarlier(behind) : secondEarlier(behind)
  return [asked, { from: first, to: until < first ? later(end, [unit, -count]) : until, shift: [unit, count] }]
}

const seconds = (at: string, count: number): string =>
  new Date(Date.parse(`${at.replace(' ', 'T')}Z`) + count * 1000).toISOString().slice(0, 19).replace('T', ' ')
const secondLater = (at: string): string => seconds(at, 1)
const secondEarlier = (at: string): string => seconds(at, -1)

/** The same time of day so many days or months later; the last day of a month that is too short. */
export function later(at: string, [unit, count]: readonly ['day' | 'month', number]): string {
  if (count === 0) return at
  if (unit === 'day') return `${dayLater(at.slice(0, 10), count)}${at.slice(10)}`
  const months = Number(at.slice(0, 4)) * 12 + Number(at.slice(5, 7)) - 1 + count
  const [year, month] = [Math.floor(months / 12), (months % 12) + 1]
  const day = Math.min(Number(at.slice(8, 10)), new Date(Date.UTC(year, month, 0)).getUTCDate())
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}${at.slice(10)}`
}

/** Days are days as a whole. */
const isWithin = (local: string, from: string | null, to: string | null): boolean =>
  (from === null || local.slice(0, from.length) >= from) && (to === null || local.slice(0, to.length) <= to)

const formats = new Map<string, Intl.DateTimeFormat>()
/** `2026-02-03 14:05:09` in that zone. */
export function localTime(atMs: number, zone: string): string {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' })
  formats.set(zone, format)
  return format.format(atMs)
}
