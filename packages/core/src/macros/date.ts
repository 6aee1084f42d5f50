import { isTimeZone, type ZoneParts, zoneOffsetMs, zoneParts } from '../time/zone.ts'
import { defineMacro, type MacroReader } from './macro.ts'

const DEFAULT_FORMAT = 'Y-m-d H:i:s'

export const date = defineMacro({
  help: 'When the click came: {date:format} or {date:format,timezone}, in the letters of PHP, UTC unless a zone is named.',
  isTrusted: true,
  compile(argument) {
    const { format, zone } = readArgument(argument ?? DEFAULT_FORMAT)
    return format === '' || zone === null ? null : compileDateFormat(format, zone)
  },
})

/**
 * A format may hold commas, so only what reads like a zone after the last one is meant as one; null when there is none of
 * that name.
 */
function readArgument(argument: string): { format: string; zone: string | null } {
  const comma = argument.lastIndexOf(',')
  const named = argument.slice(comma + 1).trim()
  if (comma < 0 || !(isTimeZone(named) || LIKE_ZONE.test(named))) return { format: argument, zone: 'UTC' }
  return { format: argument.slice(0, comma), zone: isTimeZone(named) ? named : zoneOf(named) }
}

const LIKE_ZONE = /^(?:utc|gmt|[a-z_]{2,}(?:\/[a-z0-9_+-]{3,})+|[+-]\d\d:?\d\d)$/i

/** As in PHP: names in any letter case, and offsets. */
function zoneOf(named: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: named }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

function compileDateFormat(given: string, zone: string): MacroReader {
  const format = given.replace(/\\.|[cr]/gs, (sign) => WHOLE[sign] ?? sign)
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

/** Letters that stand for several. */
const WHOLE: Readonly<Record<string, string>> = { c: 'Y-m-d\\TH:i:sP', r: 'D, d M Y H:i:s O' }

type Letter = (parts: ZoneParts, atMs: number, zone: string) => string | number

const two = (value: number): string => String(value).padStart(2, '0')
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const DAY_MS = 86_400_000

const weekdayName = ({ weekday }: ZoneParts): string => WEEKDAYS[weekday - 1] ?? ''
const monthName = ({ month }: ZoneParts): string => MONTHS[month - 1] ?? ''
const daysInMonth = ({ year, month }: Pick<ZoneParts, 'year' | 'month'>): number =>
  new Date(Date.UTC(year, month, 0)).getUTCDate()
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
  O: (_parts, atMs, zone) => offsetText(zoneOffsetMs(atMs, zone)).replace(':', ''),
  Z: (_parts, atMs, zone) => zoneOffsetMs(atMs, zone) / 1000,
  e: (_parts, _atMs, zone) => zone,
  z: (parts) => dayOfYear(parts),
  t: daysInMonth,
  o: (parts) => isoWeekThursday(parts).getUTCFullYear(),
  S: ({ day }) => ordinal(day),
  L: ({ year }) => (daysInMonth({ year, month: 2 }) === 29 ? 1 : 0),
  u: (_parts, atMs) =>
    String(atMs % 1000)
      .padStart(3, '0')
      .padEnd(6, '0'),
  v: (_parts, atMs) => String(atMs % 1000).padStart(3, '0'),
}

const dayNumber = ({ year, month, day }: Pick<ZoneParts, 'year' | 'month' | 'day'>): number =>
  Math.floor(Date.UTC(year, month - 1, day) / DAY_MS)
const dayOfYear = (parts: ZoneParts): number => dayNumber(parts) - dayNumber({ year: parts.year, month: 1, day: 1 })

function ordinal(day: number): string {
  const last = day > 10 && day < 14 ? 0 : day % 10
  return last === 1 ? 'st' : last === 2 ? 'nd' : last === 3 ? 'rd' : 'th'
}

/** A week belongs to the year its Thursday is in (ISO 8601). */
const isoWeekThursday = (parts: ZoneParts): Date => new Date((dayNumber(parts) - parts.weekday + 4) * DAY_MS)

function isoWeek(parts: ZoneParts): number {
  const thursday = isoWeekThursday(parts)
  const firstOfYear = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  return Math.floor((thursday.getTime() - firstOfYear) / DAY_MS / 7) + 1
}

function offsetText(offsetMs: number): string {
  const minutes = Math.floor(Math.abs(offsetMs) / 60_000)
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** Each knows abbreviations of its own part of the world only. */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA', 'ja'] as const
/** By locale and zone; making one takes longer than a whole click. */
const abbreviators = new Map<string, Intl.DateTimeFormat>()

/** `CET`, or the offset where there is no such word: `+03`, `+0545`. */
function zoneAbbreviation(atMs: number, timeZone: string): string {
  for (const locale of LOCALES) {
    const key = `${locale} ${timeZone}`
    const abbreviator = abbreviators.get(key) ?? new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' })
    abbreviators.set(key, abbreviator)
    const name = abbreviator.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    if (/^[A-Z]+$/.test(name)) return name
  }
  return offsetText(zoneOffsetMs(atMs, timeZone)).replace(/:(?:00)?/, '')
}
