import { fail, ok, problem, type Result } from '../result.ts'
import { zonedToUtcMs, zoneParts } from '../time/zone.ts'
import { addDays, addMonths, type TimeRange } from './range.ts'

/** How far back, on the calendar of the request's zone. */
export interface Shift {
  readonly unit: 'day' | 'month'
  readonly count: number
}
interface ComparisonPeriodDef {
  readonly help: string
  readonly shift: (range: Bounded) => Shift
}
type Bounded = TimeRange & { readonly fromMs: number; readonly toMs: number }

const days = (count: number) => (): Shift => ({ unit: 'day', count })
const months = (count: number) => (): Shift => ({ unit: 'month', count })

/** Earlier periods the figures of a range can be set beside. */
export const comparisonPeriods = {
  previous_period: {
    help: 'As many days before the range as it has.',
    shift: (range) => ({ unit: 'day', count: daysIn(range) }),
  },
  previous_day: { help: 'The same a day earlier.', shift: days(1) },
  previous_week: { help: 'The same seven days earlier.', shift: days(7) },
  previous_month: {
    help: 'The same days of the month before; days it does not have count on its last one.',
    shift: months(1),
  },
  previous_year: { help: 'The same days of the year before.', shift: months(12) },
} as const satisfies Record<string, ComparisonPeriodDef>
export type ComparisonPeriod = keyof typeof comparisonPeriods
export const COMPARISON_PERIODS = [
  'previous_period',
  'previous_day',
  'previous_week',
  'previous_month',
  'previous_year',
] as const satisfies readonly ComparisonPeriod[]

/**
 * The period a range is compared with. Where the range is not over yet, the earlier one ends at the same time of day, so
 * that half a day is not set beside a whole one. Refuses a range without a beginning or an end.
 */
export function earlierRange(
  kind: ComparisonPeriod,
  range: TimeRange,
  nowMs: number,
): Result<{ readonly range: TimeRange; readonly shift: Shift }> {
  const { fromMs, toMs, timeZone } = range
  if (fromMs === null || toMs === null)
    return fail(
      problem(
        'bad_request',
        'compare: needs a range with a beginning and an end, such as {"interval": "7_days_ago"} or from and to.',
        'compare',
      ),
    )
  const shift = comparisonPeriods[kind].shift({ ...range, fromMs, toMs })
  const endMs = fromMs < nowMs && nowMs < toMs ? nowMs : toMs
  const earlierFromMs = earlier(fromMs, shift, timeZone)
  const earlierToMs = earlier(endMs, shift, timeZone)
  // The last days of a month can have no counterpart in the one before; then the last day there is stands for them.
  const ends = [earlierToMs, earlier(endMs - 1, shift, timeZone) + 1, nextMidnight(earlierFromMs, timeZone)]
  const end = ends.find((ms) => ms > earlierFromMs) ?? earlierToMs
  return ok({ range: { fromMs: earlierFromMs, toMs: end, timeZone }, shift })
}

const nextMidnight = (atMs: number, timeZone: string): number =>
  zonedToUtcMs({ ...addDays(zoneParts(atMs, timeZone), 1), hour: 0, minute: 0, second: 0 }, timeZone)

/** SQL that moves a moment of the earlier period to where it stands in the range: the same time of day there. */
export const laterSql = (moment: string, { unit, count }: Shift, tz: string): string =>
  `${unit === 'day' ? 'addDays' : 'addMonths'}(toTimeZone(${moment}, ${tz}), ${count})`

function earlier(atMs: number, { unit, count }: Shift, timeZone: string): number {
  const parts = zoneParts(atMs, timeZone)
  const day = unit === 'day' ? addDays(parts, -count) : addMonths(parts, -count)
  const { hour, minute, second } = parts
  return zonedToUtcMs({ ...day, hour, minute, second }, timeZone) + (((atMs % 1000) + 1000) % 1000)
}

/** By the calendar: the day the clocks change is one day, and part of a day is one. */
function daysIn({ fromMs, toMs, timeZone }: Bounded): number {
  return Math.max(1, Math.ceil((wallMs(toMs, timeZone) - wallMs(fromMs, timeZone)) / DAY_MS))
}
const DAY_MS = 86_400_000

function wallMs(atMs: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = zoneParts(atMs, timeZone)
  return Date.UTC(year, month - 1, day, hour, minute, second)
}
