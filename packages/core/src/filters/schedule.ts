import { z } from 'zod'
import { zoneParts } from '../time/zone.ts'
import { defineFilter } from './filter.ts'
import { timeZone } from './payload.ts'

const MINUTES_PER_DAY = 1440
const MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY

/** Minutes since midnight. */
const clockTime = z
  .string({ error: 'must be a time such as 09:00' })
  .regex(
    /^\s*([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?\s*$|^\s*24:00(:00)?\s*$/,
    'must be a time from 00:00 to 24:00, such as 09:00',
  )
  .transform((text) => {
    const [hours = 0, minutes = 0] = text.split(':').map(Number)
    return hours * 60 + minutes
  })

const weekday = z.preprocess(
  (day) => (typeof day === 'string' && day.trim() !== '' ? Number(day) : day),
  z
    .int({ error: 'must be 1 (Monday) to 7 (Sunday)' })
    .min(1, 'must be 1 (Monday) to 7 (Sunday)')
    .max(7, 'must be 1 (Monday) to 7 (Sunday)'),
)

export const schedule = defineFilter({
  label: 'Timetable',
  help: 'The click comes within one of these weekly hours in the given time zone. A range whose end is before its start runs past midnight.',
  group: 'time',
  example: { timezone: 'UTC', items: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }] },
  column: 'datetime',
  params: z.object(
    {
      timezone: timeZone(),
      items: z
        .array(
          z
            .object({
              days: z
                .array(weekday, { error: 'must be a list of days, 1 for Monday' })
                .min(1, 'must name at least one day, 1 for Monday'),
              from: clockTime,
              to: clockTime,
            })
            .refine(({ from, to }) => from !== to, {
              error: 'starts when it ends: write 00:00 to 24:00 for the whole day',
              path: ['to'],
            }),
          { error: 'must be a list such as [{"days": [1, 2], "from": "09:00", "to": "18:00"}]' },
        )
        .min(1, 'must hold at least one range of hours'),
    },
    {
      error: 'must be an object such as {"timezone": "UTC", "items": [{"days": [1], "from": "09:00", "to": "18:00"}]}',
    },
  ),
  compile({ timezone, items }) {
    const isOn = new Uint8Array(MINUTES_PER_WEEK)
    for (const { days, from, to } of items) {
      // People write 23:59 for the end of the day; taken to the letter it would switch off for a minute every night.
      const end = to === MINUTES_PER_DAY - 1 ? MINUTES_PER_DAY : to
      const length = end > from ? end - from : end + MINUTES_PER_DAY - from
      for (const day of days) {
        const start = (day - 1) * MINUTES_PER_DAY + from
        for (let minute = start; minute < start + length; minute++) isOn[minute % MINUTES_PER_WEEK] = 1
      }
    }
    return (click) => {
      const { weekday: day, hour, minute } = zoneParts(click.atMs, timezone)
      return isOn[(day - 1) * MINUTES_PER_DAY + hour * 60 + minute] === 1
    }
  },
})
