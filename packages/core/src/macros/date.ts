import { isTimeZone, type ZoneParts, zoneOffsetMs, zoneParts } from '../time/zone.ts'
import { defineMacro, type MacroReader } from './macro.ts'

const DEFAULT_FORMAT = 'Y-m-d H:i:s'

export const date = defineMacro({
  help: 'When the click came: {date:format} or {date:format,timezone}, in the letters of PHP, UTC unless a zone is named.',
  isTrusted: true,
  compile(argument) {
    const { format, zone } = readArgument(argument ?? DEFAULT_FORMAT)
    if (format === '') return null
    return compileDateFormat(format, zone)
  },
})

/** A format may hold commas, so only a known zone after the last one is a zone. */
function readArgument(argument: string): { format: string; zone: string } {
  const comma = argument.lastIndexOf(',')
  const zone = argument.slice(comma + 1).trim()
  if (comma < 0 || !isTimeZone(zone)) return { format: argument, zone: 'UTC' }
  return { format: argument.slice(0, comma), zone }
}

function compileDateFormat(format: string, zone: string): MacroReader {
  const pieces: (Letter | string)[] = []
  for (let i = 0; i < format.length; i++) {
    const character = format.charAt(i)
    if (character === '\\') pieces.push(format.charAt(++i))
    else pieces.push(Object.hasOwn(LETTERS, character) ? (LETTERS[character] ?? character) : character)
  }
  return ({ click }) => {
    const parts = zoneParts(click.atMs, zone)
    let text = ''
    for (const piece of pieces) text += typeof piece === 'string' ? piece : piece(parts, click.atMs, zone)
    return text
  }
}

type Letter = (parts: ZoneParts, atMs: number, zone: string) => string | number

const two = (value: number): string => String(value).padStart(2, '0')
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const DAY_MS = 86_400_000

const weekdayName = ({ weekday }: ZoneParts): string => WEEKDAYS[weekday - 1] ?? ''
const monthName = ({ month }: ZoneParts): string => MONTHS[month - 1] ?? ''
const daysInMonth = ({ year, month }: ZoneParts): number => new Date(Date.UTC(year, month, 0)).getUTCDate()
const hour12 = ({ hour }: ZoneParts): number => hour % 12 || 12

/** Letters of PHP's date() (reference click-processing §9.3). */
const LETTERS: Readonly<Record<string, Letter>> = {
  Y: ({ year }) => String(year).padStart(4, '0'),
  y: ({ year }) => two(year % 100),
  m: ({ month }) => two(month),
  n: ({ month }) => month,
  d: ({ day }) => two(day),
  j: ({ day }) => day,
  H: ({ hour }) => two(hour),
  G: ({ hour }) => hour,
  h: (parts) => two(hour12(parts)),
  g: hour12,
  i: ({ minute }) => two(minute),
  s: ({ second }) => two(second),
  A: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
  a: ({ hour }) => (hour < 12 ? 'am' : 'pm'),
  D: (parts) => weekdayName(parts).slice(0, 3),
  l: weekdayName,
  M: (parts) => monthName(parts).slice(0, 3),
  F: monthName,
  N: ({ weekday }) => weekday,
  w: ({ weekday }) => weekday % 7,
  W: (parts) => two(isoWeek(parts)),
  U: (_parts, atMs) => Math.floor(atMs / 1000),
  T: (_parts, atMs, zone) => zoneAbbreviation(atMs, zone),
  P: (_parts, atMs, zone) => offsetText(zoneOffsetMs(atMs, zone)),
  e: (_parts, _atMs, zone) => zone,
  z: (parts) => dayOfYear(parts),
  t: daysInMonth,
}

const dayNumber = ({ year, month, day }: Pick<ZoneParts, 'year' | 'month' | 'day'>): number =>
  Math.floor(Date.UTC(year, month - 1, day) / DAY_MS)
const dayOfYear = (parts: ZoneParts): number => dayNumber(parts) - dayNumber({ year: parts.year, month: 1, day: 1 })

/** A week belongs to the year its Thursday is in (ISO 8601). */
function isoWeek(parts: ZoneParts): number {
  const thursday = new Date((dayNumber(parts) - parts.weekday + 4) * DAY_MS)
  const firstOfYear = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  return Math.floor((thursday.getTime() - firstOfYear) / DAY_MS / 7) + 1
}

function offsetText(offsetMs: number): string {
  const minutes = Math.floor(Math.abs(offsetMs) / 60_000)
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** Made once a zone: making one takes longer than a whole click. */
const abbreviators = new Map<string, Intl.DateTimeFormat>()

function zoneAbbreviation(atMs: number, timeZone: string): string {
  const abbreviator =
    abbreviators.get(timeZone) ?? new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'short' })
  abbreviators.set(timeZone, abbreviator)
  return abbreviator.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? timeZone
}
