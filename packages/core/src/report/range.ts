import { nearest } from '../nearest.ts'
import { quoted } from '../plain-words.ts'
import { fail, ok, problem, type Result } from '../result.ts'
import { isTimeZone, zonedToUtcMs, zoneParts } from '../time/zone.ts'

/** Half-open: `fromMs ≤ t < toMs`, UTC epoch milliseconds; null is unbounded. */
export interface TimeRange {
  readonly fromMs: number | null
  readonly toMs: number | null
  readonly timeZone: string
}

export interface RangeRequest {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly interval?: string | undefined
  readonly timezone?: string | undefined
}

/** What pickers send when people chose the dates themselves. */
const CUSTOM: ReadonlySet<string> = new Set(['custom', 'custom_date_range'])

export interface CalendarDay {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** Where each named interval starts, given today; all but `yesterday` end with today (reference §7.3). */
export const INTERVALS: Readonly<Record<string, (today: CalendarDay, firstWeekday: number) => CalendarDay | null>> = {
  today: (today) => today,
  yesterday: (today) => addDays(today, -1),
  '7_days_ago': (today) => addDays(today, -7),
  first_day_of_this_week: (today, firstWeekday) => addDays(today, -((weekdayOf(today) - firstWeekday + 7) % 7)),
  '1_month_ago': (today) => addMonths(today, -1),
  first_day_of_this_month: ({ year, month }) => ({ year, month, day: 1 }),
  '1_year_ago': (today) => addMonths(today, -12),
  first_day_of_this_year: ({ year }) => ({ year, month: 1, day: 1 }),
  all_time: () => null,
}

/**
 * What a request's range means. `interval` wins over `from` and `to`; every bound is taken in the zone of the request.
 * Refuses unknown intervals, zones and dates that cannot be read, naming what can.
 */
export function resolveRange(
  request: RangeRequest,
  {
    nowMs,
    defaultTimeZone,
    firstWeekday,
  }: { readonly nowMs: number; readonly defaultTimeZone: string; readonly firstWeekday: number },
): Result<TimeRange> {
  const timeZone = request.timezone || defaultTimeZone
  if (!isTimeZone(timeZone))
    return refuse('range.timezone', `There is no time zone ${timeZone}. Use an IANA name such as Europe/Berlin.`)
  if (request.interval && !CUSTOM.has(request.interval)) {
    const today = dayOf(nowMs, timeZone)
    const start = intervalStart(request.interval, today, firstWeekday)
    if (start === undefined) {
      const known = [...Object.keys(INTERVALS), '<N>_days_ago', '<N>_months_ago', '<N>_years_ago'].join(', ')
      const meant = intervalMeant(request.interval)
      const guess = meant === null ? '.' : `: did you mean ${meant}?`
      return refuse('range.interval', `There is no interval ${quoted(request.interval)}${guess} Valid: ${known}.`)
    }
    if (start === null) return ok({ fromMs: null, toMs: null, timeZone })
    const end = request.interval === 'yesterday' ? today : addDays(today, 1)
    return ok({ fromMs: zonedToUtcMs(start, timeZone), toMs: zonedToUtcMs(end, timeZone), timeZone })
  }
  const from = request.from ? parseMoment(request.from, timeZone) : null
  const to = request.to ? parseMoment(request.to, timeZone) : null
  for (const [name, text, moment] of [
    ['from', request.from, from],
    ['to', request.to, to],
  ] as const)
    if (text && moment === null)
      return refuse(
        `range.${name}`,
        `${text} is not a date. Write 2026-02-03, 2026-02-03 14:05 or 2026-02-03 14:05:09.`,
      )
  if (from && to && from.startMs >= to.endMs)
    return refuse('range.from', `from (${request.from}) is after to (${request.to}): swap them.`)
  return ok({ fromMs: from?.startMs ?? null, toMs: to?.endMs ?? null, timeZone })
}

/**
 * The stretch of time a text names: a day, a minute or a second, half-open in UTC milliseconds. Null when it is not
 * `YYYY-MM-DD[ HH:MM[:SS]]`, with a space or a T between.
 */
export function parseMoment(
  text: string,
  timeZone: string,
): { readonly startMs: number; readonly endMs: number } | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$/.exec(text.trim())
  if (!match) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0))
  const isReal =
    month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month) && hour < 24 && minute < 60 && second < 60
  if (!isReal) return null
  const date = { year, month, day }
  if (match[4] === undefined)
    return { startMs: zonedToUtcMs(date, timeZone), endMs: zonedToUtcMs(addDays(date, 1), timeZone) }
  const startMs = zonedToUtcMs({ ...date, hour, minute, second }, timeZone)
  return { startMs, endMs: startMs + (match[6] === undefined ? 60_000 : 1000) }
}

function intervalStart(token: string, today: CalendarDay, firstWeekday: number): CalendarDay | null | undefined {
  if (Object.hasOwn(INTERVALS, token)) return INTERVALS[token]?.(today, firstWeekday)
  const [, digits, unit] = /^(\d{1,5})_(day|month|year)s?_ago$/.exec(token) ?? []
  if (digits === undefined) return undefined
  const count = -Number(digits)
  return unit === 'day' ? addDays(today, count) : addMonths(today, unit === 'year' ? count * 12 : count)
}

/**
 * The interval that was probably meant: `last_30_days` is `30_days_ago`; else the one with the most words in common, else
 * the one with the fewest slips of the pen. Null when none is near.
 */
function intervalMeant(token: string): string | null {
  const word = token.slice(0, MAX_TOKEN_CHARS).toLowerCase()
  const [, digits, unit = 'day'] = /(\d{1,4})[\s_-]*(d|day|w|week|m|month|y|year)(?![a-rt-z])/.exec(word) ?? []
  if (digits !== undefined)
    return unit.startsWith('w') ? `${Number(digits) * 7}_days_ago` : `${digits}_${UNITS[unit.charAt(0)]}_ago`
  const words = word.split(/[\s_-]+/).map(singular)
  const shared = (name: string): number => name.split('_').filter((part) => words.includes(part)).length
  const [best] = Object.keys(INTERVALS).toSorted((a, b) => shared(b) - shared(a))
  return best !== undefined && shared(best) > 0 ? best : nearest(word, Object.keys(INTERVALS))
}
const MAX_TOKEN_CHARS = 40
const UNITS: Readonly<Record<string, string>> = { d: 'days', m: 'months', y: 'years' }
const singular = (word: string): string => word.replace(/(?<=.{4})s$/, '')

const dayOf = (atMs: number, timeZone: string): CalendarDay => {
  const { year, month, day } = zoneParts(atMs, timeZone)
  return { year, month, day }
}

const asUtc = ({ year, month, day }: CalendarDay): Date => new Date(Date.UTC(year, month - 1, day))
const fromUtc = (date: Date): CalendarDay => ({
  year: date.getUTCFullYear(),
  month: date.getUTCMonth() + 1,
  day: date.getUTCDate(),
})
const weekdayOf = (day: CalendarDay): number => asUtc(day).getUTCDay() || 7
const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate()

export function addDays(day: CalendarDay, count: number): CalendarDay {
  const date = asUtc(day)
  date.setUTCDate(date.getUTCDate() + count)
  return fromUtc(date)
}

/** Same day number, or the last one of a shorter month. */
export function addMonths({ year, month, day }: CalendarDay, count: number): CalendarDay {
  const index = year * 12 + (month - 1) + count
  const target = { year: Math.floor(index / 12), month: (((index % 12) + 12) % 12) + 1 }
  return { ...target, day: Math.min(day, daysInMonth(target.year, target.month)) }
}

const refuse = (at: string, message: string): Result<never> => fail(problem('bad_request', message, at))
