import { parseMoment } from '../report/range.ts'

const WITH_ZONE = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/i
const EPOCH = /^(\d{10})(\d{3})?$/

/**
 * When a conversion happened, as networks write it: in `timeZone` unless it names its own zone; seconds or milliseconds
 * since 1970 are understood as well. UTC epoch milliseconds; null when it is no time.
 */
export function momentOf(text: string, timeZone: string): number | null {
  const [, seconds, milliseconds = '000'] = EPOCH.exec(text) ?? []
  // A plus sign that was not encoded arrives as a space.
  const zoned = text.replace(/ (\d{2}:?\d{2})$/, '+$1')
  const atMs =
    seconds !== undefined
      ? Number(seconds + milliseconds)
      : (parseMoment(text, timeZone)?.startMs ??
        (WITH_ZONE.test(zoned) ? Date.parse(zoned.replace(' ', 'T')) : Number.NaN))
  return atMs >= 0 ? atMs : null
}
