/** Wall-clock time in some zone. Months and days count from 1; `weekday` is 1 for Monday to 7 for Sunday. */
export interface ZoneParts {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly weekday: number
}
/** The parts a caller must name to point at an instant; what is left out is 0. */
export type LocalTime = Pick<ZoneParts, 'year' | 'month' | 'day'> &
  Partial<Pick<ZoneParts, 'hour' | 'minute' | 'second'>>

/**
 * Whether `name` is an IANA time zone this runtime knows, e.g. `Europe/Berlin`. Offsets (`+02:00`) and other spellings
 * (`europe/berlin`) are refused although this runtime reads them: the store does not.
 */
export const isTimeZone = (name: string): boolean => ZONE_NAME.test(name) && formatterFor(name) !== null

const ZONE_NAME = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)*$/

/**
 * What clocks in `timeZone` show at `atMs` (UTC epoch milliseconds). Throws RangeError for an unknown zone: check
 * outside data with `isTimeZone` first.
 */
export function zoneParts(atMs: number, timeZone: string): ZoneParts {
  const local = new Date(atMs + zoneOffsetMs(atMs, timeZone))
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    weekday: local.getUTCDay() || 7,
  }
}

/**
 * The instant (UTC epoch milliseconds) at which clocks in `timeZone` show `local`. A time that comes twice (clocks
 * turned back) means the first; one that never comes (clocks turned forward) is moved past the gap.
 */
export function zonedToUtcMs(local: LocalTime, timeZone: string): number {
  const wallMs = Date.UTC(local.year, local.month - 1, local.day, local.hour ?? 0, local.minute ?? 0, local.second ?? 0)
  const before = zoneOffsetMs(wallMs - DAY_MS, timeZone)
  const after = zoneOffsetMs(wallMs + DAY_MS, timeZone)
  if (before === after) return wallMs - before
  const early = wallMs - before
  const late = wallMs - after
  if (zoneOffsetMs(early, timeZone) === before) return early
  return zoneOffsetMs(late, timeZone) === after ? late : early
}

/** The day that `atMs` is in, by the clocks of a zone: its first instant and that of the next day. Days of a change of clocks are longer or shorter. */
export function dayInZone(atMs: number, timeZone: string): Span {
  const known = days.get(timeZone)
  if (known !== undefined && known.startMs <= atMs && atMs < known.endMs) return known
  const { year, month, day } = zoneParts(atMs, timeZone)
  const span = {
    startMs: zonedToUtcMs({ year, month, day }, timeZone),
    endMs: zonedToUtcMs({ year, month, day: day + 1 }, timeZone),
  }
  days.set(timeZone, span)
  return span
}
interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** The first instant of the hour that `atMs` is in, by the clocks of a zone. An hour that comes twice is two hours. */
export function hourStartInZone(atMs: number, timeZone: string): number {
  const offsetMs = zoneOffsetMs(atMs, timeZone)
  return Math.floor((atMs + offsetMs) / HOUR_MS) * HOUR_MS - offsetMs
}

/** How far clocks in `timeZone` are ahead of UTC at `atMs`, in milliseconds. Throws RangeError for an unknown zone. */
export function zoneOffsetMs(atMs: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0
  // Zones change their offset on quarter hours of UTC, so one answer serves the whole quarter.
  const quarter = Math.floor(atMs / QUARTER_HOUR_MS)
  const known = offsets.get(timeZone)
  if (known !== undefined && known.quarter === quarter) return known.offsetMs
  const offsetMs = readOffsetMs(quarter * QUARTER_HOUR_MS, timeZone)
  offsets.set(timeZone, { quarter, offsetMs })
  return offsetMs
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const QUARTER_HOUR_MS = 900_000

/** Remembered answers only: the same question always gets the same answer. */
const formatters = new Map<string, Intl.DateTimeFormat | null>()
const offsets = new Map<string, { readonly quarter: number; readonly offsetMs: number }>()
const days = new Map<string, Span>()
const MAX_ZONES = 1000

function formatterFor(timeZone: string): Intl.DateTimeFormat | null {
  const known = formatters.get(timeZone)
  if (known !== undefined) return known
  // Names come from users, so the memory of them is bounded.
  if (formatters.size >= MAX_ZONES) formatters.clear()
  const made = makeFormatter(timeZone)
  formatters.set(timeZone, made)
  return made
}

function makeFormatter(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return null
  }
}

function readOffsetMs(atMs: number, timeZone: string): number {
  const formatter = formatterFor(timeZone)
  if (formatter === null) throw new RangeError(`Unknown time zone: ${timeZone}`)
  const read: Record<string, number> = {}
  let isBeforeChrist = false
  for (const { type, value } of formatter.formatToParts(atMs)) {
    if (type === 'era') isBeforeChrist = value.startsWith('B')
    else read[type] = Number(value)
  }
  const year = isBeforeChrist ? 1 - (read.year ?? 1) : (read.year ?? 1970)
  const wall = new Date(0)
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  wall.setUTCFullYear(year, (read.month ?? 1) - 1, read.day ?? 1)
  wall.setUTCHours(read.hour ?? 0, read.minute ?? 0, read.second ?? 0)
  return wall.getTime() - Math.floor(atMs / 1000) * 1000
}
