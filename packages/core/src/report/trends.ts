import { zonedToUtcMs, zoneParts } from '../time/zone.ts'
import { presentWeek } from './dimensions-time.ts'
import { addDays, type CalendarDay, type TimeRange } from './range.ts'

/** Dimensions that figures can be drawn over as a line, in the order of a list to choose from. */
export const TREND_UNITS = ['day', 'hour', 'day_hour', 'week', 'weekday', 'month', 'year'] as const
export type TrendUnit = (typeof TREND_UNITS)[number]

/** A line of more points than this is none that people can read. */
export const MAX_POINTS = 10_000

export interface TrendContext {
  readonly nowMs: number
  readonly firstWeekday: number
  /** Texts of the first and the last point at which something happened, where the range has no end of its own. */
  readonly seen?: readonly [first: string, last: string] | undefined
}

/**
 * Every point of a line over the range, by the texts the dimension shows: also those at which nothing happened, up to now.
 * Hours and weekdays are always all there are. Null when there would be more than 10 000 points.
 */
export function pointsOf(
  unit: TrendUnit,
  { fromMs, toMs, timeZone }: TimeRange,
  { nowMs, firstWeekday, seen }: TrendContext,
): string[] | null {
  if (unit === 'hour') return Array.from({ length: 24 }, (_, hour) => pad(hour))
  if (unit === 'weekday') return Array.from({ length: 7 }, (_, i) => String(((firstWeekday - 1 + i) % 7) + 1))
  const [firstMs, lastMs] = (seen ?? []).map((text) => momentOf(unit, text, timeZone))
  const startMs = fromMs ?? firstMs
  if (startMs === undefined) return []
  const soFarMs = Math.max(nowMs, lastMs ?? 0, startMs) + 1
  const endMs = Math.min(toMs ?? soFarMs, soFarMs)
  const points = new Set<string>()
  for (const atMs of unit === 'day_hour' ? halfHours(startMs, endMs) : days(startMs, endMs, timeZone)) {
    points.add(textOf[unit](zoneParts(atMs, timeZone), firstWeekday))
    if (points.size > MAX_POINTS) return null
  }
  return [...points]
}

/** Meets every hour of every zone, of which some are half an hour off. */
function* halfHours(startMs: number, endMs: number): Generator<number> {
  for (let atMs = startMs; atMs < endMs; atMs += 1_800_000) yield atMs
  yield endMs - 1
}

function* days(startMs: number, endMs: number, timeZone: string): Generator<number> {
  for (let atMs = startMs; atMs < endMs; atMs = zonedToUtcMs(addDays(zoneParts(atMs, timeZone), 1), timeZone))
    yield atMs
}

type Local = CalendarDay & { readonly hour: number; readonly weekday: number }
const textOf: Readonly<Record<Exclude<TrendUnit, 'hour' | 'weekday'>, (at: Local, firstWeekday: number) => string>> = {
  year: ({ year }) => String(year),
  month: ({ year, month }) => `${year}/${pad(month)}`,
  week: (at, firstWeekday) => presentWeek(isoDay(addDays(at, -((at.weekday - firstWeekday + 7) % 7)))),
  day: (at) => isoDay(at),
  day_hour: (at) => `${isoDay(at).replaceAll('-', '')}${pad(at.hour)}`,
}

/** When a point begins; the other way round. */
function momentOf(unit: TrendUnit, text: string, timeZone: string): number {
  const digits = unit === 'week' ? text.slice(0, 10).split('.').reverse().join('') : text.replaceAll(/\D/g, '')
  const part = (from: number, to: number, otherwise: number): number => Number(digits.slice(from, to) || otherwise)
  return zonedToUtcMs(
    { year: part(0, 4, 1970), month: part(4, 6, 1), day: part(6, 8, 1), hour: part(8, 10, 0) },
    timeZone,
  )
}

const isoDay = ({ year, month, day }: CalendarDay): string => `${year}-${pad(month)}-${pad(day)}`
const pad = (value: number): string => String(value).padStart(2, '0')
