import { zoneParts } from '../time/zone.ts'
import type { DimensionDef, DimensionScope } from './dimension.ts'

type Scope = DimensionScope
const local = ({ dated, tz }: Scope): string => `toTimeZone(${dated()}, ${tz()})`
const formatted =
  (format: string) =>
  (scope: Scope): string =>
    `formatDateTime(${local(scope)}, '${format}')`

/** A part of the click's date in the request's zone: grouped by a number or date, which sorts right, shown as text. */
const part = (
  help: string,
  key: DimensionDef['key'],
  text: DimensionDef['key'],
  present: DimensionDef['present'] = String,
): DimensionDef => ({
  help,
  kind: 'text',
  use: 'group',
  key,
  text,
  present,
  isTime: true,
})

const pad = (value: number, width = 2): string => String(value).padStart(width, '0')

/** Text of a moment in a zone, `2026-02-03 14:05:09`; null for 0, which means never. */
export function formatMoment(atMs: number, timeZone: string): string | null {
  if (atMs === 0) return null
  const { year, month, day, hour, minute, second } = zoneParts(atMs, timeZone)
  return `${pad(year, 4)}-${pad(month)}-${pad(day)} ${pad(hour)}:${pad(minute)}:${pad(second)}`
}

const moment = (help: string, timeOf: (scope: Scope) => string, use: DimensionDef['use']): DimensionDef => ({
  help,
  kind: 'time',
  use,
  // Answers show seconds, so rows are told apart by seconds.
  key: (scope) => `intDiv(toUnixTimestamp64Milli(${timeOf(scope)}), 1000) * 1000`,
  text: (scope) =>
    `if(toUnixTimestamp64Milli(${timeOf(scope)}) = 0, '', formatDateTime(toTimeZone(${timeOf(scope)}, ${scope.tz()}), '%Y-%m-%d %H:%i:%S'))`,
  present: (key, { timeZone }) => formatMoment(Number(key), timeZone),
})

/** Seconds from the click to something later, null when that never came. */
const secondsUntil = (help: string, column: string): DimensionDef => ({
  help,
  kind: 'number',
  use: 'list',
  key: () => secondsSql(column),
  present: (key) => (Number(key) < 0 ? null : Number(key)),
})
const secondsSql = (column: string): string =>
  `if(toUnixTimestamp64Milli(${column}) = 0, -1, intDiv(toUnixTimestamp64Milli(${column}) - toUnixTimestamp64Milli(datetime), 1000))`

const weekStart = (scope: Scope): string =>
  // Days since the week began: 0 on its first weekday. The number comes from settings as a number.
  `(toDate(${local(scope)}) - modulo(toDayOfWeek(${local(scope)}) + 7 - ${scope.binder.once('first_weekday', 'UInt8', () => scope.context.firstWeekday)}, 7))`
const dotted = (isoDay: string): string => isoDay.split('-').reverse().join('.')
/** A week by its first day, as `02.02.2026 - 08.02.2026`. */
export const presentWeek = (key: unknown): string => {
  const last = new Date(`${String(key)}T00:00:00Z`)
  if (Number.isNaN(last.getTime())) return ''
  last.setUTCDate(last.getUTCDate() + 6)
  return `${dotted(String(key))} - ${dotted(last.toISOString().slice(0, 10))}`
}

export const timeDimensions = {
  datetime: { ...moment('When the click came.', ({ dated }) => dated(), 'group'), isTime: true },
  year: part('Year.', (scope) => `toYear(${local(scope)})`, formatted('%Y')),
  month: part(
    'Month, 2026/02.',
    (scope) => `toYYYYMM(${local(scope)})`,
    formatted('%Y/%m'),
    (key) => `${String(key).slice(0, 4)}/${String(key).slice(4)}`,
  ),
  week: part(
    'Week by its first and last day.',
    weekStart,
    (scope) =>
      `concat(formatDateTime(${weekStart(scope)}, '%d.%m.%Y'), ' - ', formatDateTime(${weekStart(scope)} + 6, '%d.%m.%Y'))`,
    presentWeek,
  ),
  weekday: part(
    'Day of the week, 1 is Monday.',
    (scope) => `toDayOfWeek(${local(scope)})`,
    (scope) => `toString(toDayOfWeek(${local(scope)}))`,
  ),
  day: part('Day, 2026-02-03.', (scope) => `toDate(${local(scope)})`, formatted('%Y-%m-%d')),
  hour: part(
    'Hour of the day, 00 to 23.',
    (scope) => `toHour(${local(scope)})`,
    formatted('%H'),
    (key) => pad(Number(key)),
  ),
  day_hour: part(
    'Day and hour, 2026020314.',
    (scope) => `intDiv(toYYYYMMDDhhmmss(${local(scope)}), 10000)`,
    formatted('%Y%m%d%H'),
  ),
  landing_clicked_datetime: moment('When the visitor went on to the offer.', () => 'landing_clicked_datetime', 'list'),
  landing_clicked_period: secondsUntil('Seconds from the click to the LP click.', 'landing_clicked_datetime'),
  now: {
    help: 'Server time when the row was made.',
    kind: 'text',
    use: 'list',
    isHidden: true,
    key: () => "''",
    present: (_key, { context, timeZone }) => formatMoment(context.nowMs, timeZone),
  },
} as const satisfies Record<string, DimensionDef>

/** Times only conversions have. */
export const conversionTimeDimensions = {
  postback_datetime: moment('When the first postback came.', () => 'postback_datetime', 'list'),
  sale_datetime: moment('When it first became a sale.', () => 'sale_datetime', 'list'),
  sale_period: secondsUntil('Seconds from the click to the sale.', 'sale_datetime'),
} as const satisfies Record<string, DimensionDef>

/** Columns metrics add up that are not stored: whole seconds, 0 where there is nothing to count. */
export const derivedColumns: Readonly<Record<string, string>> = {
  landing_clicked_period: `greatest(${secondsSql('landing_clicked_datetime')}, 0)`,
}
