import { z } from 'zod'
import { NO_LIMITS } from '../click/click.ts'
import { integer } from '../entities/fields.ts'
import { defineFilter } from './filter.ts'

/** Missing, empty and 0 all mean: no limit for that period. */
const period = () =>
  z.preprocess((value) => (value === null || value === undefined || value === '' ? 0 : value), integer())

export const limit = defineFilter({
  label: 'Click limit',
  help: 'Fewer clicks than this were sent to the stream in this hour, this day (UTC) and ever. 0 means no limit for that period.',
  group: 'visits',
  needs: ['limit'],
  asksFor: ({ per_hour: perHour, per_day: perDay, total }) =>
    [
      ...(perHour > 0 ? [`fewer than ${perHour} clicks in this hour`] : []),
      ...(perDay > 0 ? [`fewer than ${perDay} clicks today (UTC)`] : []),
      ...(total > 0 ? [`fewer than ${total} clicks ever`] : []),
    ].join(' and '),
  example: { per_hour: 100, per_day: 1000, total: 0 },
  params: z
    .object(
      { per_hour: period(), per_day: period(), total: period() },
      { error: 'must be an object such as {"per_hour": 100, "per_day": 1000, "total": 0}' },
    )
    .refine((limits) => limits.per_hour + limits.per_day + limits.total > 0, {
      error: 'limits nothing: set per_hour, per_day or total above 0',
    }),
  compile: ({ per_hour: perHour, per_day: perDay, total }) => {
    const isBelow = (count: number, max: number): boolean => max === 0 || count < max
    return (_click, { limits }, streamId) => {
      const counts = limits.get(streamId) ?? NO_LIMITS
      return isBelow(counts.hour, perHour) && isBelow(counts.day, perDay) && isBelow(counts.total, total)
    }
  },
})
