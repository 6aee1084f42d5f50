import { z } from 'zod'
import { NO_LIMITS } from '../click/click.ts'
import { integer } from '../entities/fields.ts'
import { ok } from '../result.ts'
import { isTimeZone } from '../time/zone.ts'
import { defineFilter } from './filter.ts'

/** Missing, empty and 0 all mean: no limit for that period. */
const period = () =>
  z.preprocess((value) => (value === null || value === undefined || value === '' ? 0 : value), integer())

/** Nothing means that of the installation. */
const ownTimeZone = z.preprocess(
  (value) => (value === '' || value === undefined ? null : value),
  z
    .string({ error: 'must be a time zone such as Europe/Berlin, or empty for that of the installation' })
    .refine(isTimeZone, { error: 'is not a known time zone: write it as in Europe/Berlin' })
    .nullable(),
)

export const limit = defineFilter({
  label: 'Click limit',
  help: 'Fewer clicks than this were sent to the stream in this hour, this day and ever. 0 means no limit for that period. Days and hours begin by the clocks of the given time zone; without one, by those of the installation (setting timezone).',
  group: 'visits',
  asksFor: ({ per_hour: perHour, per_day: perDay, total, timezone }) =>
    [
      ...(perHour > 0 ? [`fewer than ${perHour} clicks in this hour`] : []),
      ...(perDay > 0 ? [`fewer than ${perDay} clicks today${timezone === null ? '' : ` (${timezone})`}`] : []),
      ...(total > 0 ? [`fewer than ${total} clicks ever`] : []),
    ].join(' and '),
  example: { per_hour: 100, per_day: 1000, total: 0 },
  params: z
    .object(
      { per_hour: period(), per_day: period(), total: period(), timezone: ownTimeZone },
      { error: 'must be an object such as {"per_hour": 100, "per_day": 1000, "total": 0}' },
    )
    .refine((limits) => limits.per_hour + limits.per_day + limits.total > 0, {
      error: 'limits nothing: set per_hour, per_day or total above 0',
    }),
  doubts: ({ per_hour: perHour, per_day: perDay, timezone }) =>
    timezone !== null && perHour === 0 && perDay === 0
      ? [`names the time zone ${timezone} without a limit for an hour or a day, so it changes nothing: set per_day.`]
      : [],
  resolve: ({ timezone }) => ok([timezone === null ? 'limit' : `limit:${timezone}`]),
  compile: ({ per_hour: perHour, per_day: perDay, total, timezone }) => {
    const isBelow = (count: number, max: number): boolean => max === 0 || count < max
    return (_click, { limits, limitsIn }, streamId) => {
      const counts = (timezone === null ? limits : limitsIn?.get(timezone))?.get(streamId) ?? NO_LIMITS
      return isBelow(counts.hour, perHour) && isBelow(counts.day, perDay) && isBelow(counts.total, total)
    }
  },
})
