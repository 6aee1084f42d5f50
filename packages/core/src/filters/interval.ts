import { z } from 'zod'
import { type LocalTime, zonedToUtcMs } from '../time/zone.ts'
import { defineFilter } from './filter.ts'
import { timeZone } from './payload.ts'

/** A wall-clock time and how long the named unit lasts: a day, a minute or a second. */
interface Moment {
  readonly local: LocalTime
  readonly lastsMs: number
}

const FORM = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2}))?)?$/
const refusal = 'must be a date and time such as 2031-01-31 23:59'

const moment = z.preprocess(
  (value) => (value === '' || value === undefined ? null : value),
  z
    .string({ error: refusal })
    .trim()
    .transform((text, context): Moment => {
      const read = readMoment(text)
      if (read !== null) return read
      context.addIssue({ code: 'custom', message: refusal })
      return z.NEVER
    })
    .nullable(),
)

export const interval = defineFilter({
  label: 'Date between',
  help: 'The click comes between these times in the given time zone; the last day, minute or second named still counts. One end may be left open.',
  group: 'time',
  example: { timezone: 'UTC', from: '2031-01-01 00:00', to: '2031-01-31 23:59' },
  column: 'datetime',
  params: z
    .object(
      { timezone: timeZone(), from: moment, to: moment },
      { error: 'must be an object such as {"timezone": "UTC", "from": "2031-01-01 00:00", "to": "2031-01-31 23:59"}' },
    )
    .transform(({ timezone, from, to }) => ({
      fromMs: from === null ? Number.NEGATIVE_INFINITY : zonedToUtcMs(from.local, timezone),
      untilMs: to === null ? Number.POSITIVE_INFINITY : endMs(to, timezone),
    }))
    .refine(({ fromMs, untilMs }) => fromMs < untilMs, {
      error: 'ends before it starts: no click could match',
      path: ['to'],
    })
    .refine(({ fromMs, untilMs }) => Number.isFinite(fromMs) || Number.isFinite(untilMs), {
      error: 'needs from or to: without both every click would match',
      path: ['from'],
    }),
  doubts: ({ untilMs }, nowMs) =>
    untilMs <= nowMs
      ? ['is about a time that is over, so it is the same for every visitor to come: move its end, or take it out.']
      : [],
  compile:
    ({ fromMs, untilMs }) =>
    (click) =>
      click.atMs >= fromMs && click.atMs < untilMs,
})

/** The next day begins when clocks say so: a day is not always 24 hours. */
function endMs({ local, lastsMs }: Moment, zone: string): number {
  if (lastsMs < DAY_MS) return zonedToUtcMs(local, zone) + lastsMs
  return zonedToUtcMs({ ...local, day: local.day + 1 }, zone)
}

const DAY_MS = 86_400_000

function readMoment(text: string): Moment | null {
  const match = FORM.exec(text)
  if (match === null) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0))
  const date = new Date(Date.UTC(year, month - 1, day))
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    return null
  const lastsMs = match[4] === undefined ? DAY_MS : match[6] === undefined ? 60_000 : 1000
  return { local: { year, month, day, hour, minute, second }, lastsMs }
}
