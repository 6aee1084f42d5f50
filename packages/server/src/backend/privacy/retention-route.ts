import { integer } from '@trackyard/core/entities/fields.ts'
import { ok } from '@trackyard/core/result.ts'
import { SETTING_KEYS } from '@trackyard/core/settings.ts'
import { z } from 'zod'
import { administrators } from '../auth/access.ts'
import { readInput } from '../http/read-input.ts'
import { guardEvents } from '../reports/ask-events.ts'
import type { Route } from '../route.ts'
import { findOutdated, type RetentionSetting } from './retention.ts'

const answers = z.array(
  z.object({
    table: z.string().describe('clicks, conversions (which go with their clicks), postback_log or sent_postbacks.'),
    setting: z.enum(SETTING_KEYS).describe('Setting that says how long it is kept.'),
    days: z.int().describe('Days it is kept; 0: for ever.'),
    drops: z
      .array(
        z.object({
          month: z.string().describe('Month, UTC: 2026-02; of sent_postbacks a day: 2026-02-03.'),
          rows: z.int().describe('About how many rows it holds.'),
          bytes: z.int().describe('Bytes on the disk.'),
        }),
      )
      .describe('What the next run drops, within six hours.'),
  }),
)

const days = (what: string) =>
  z
    .preprocess((value) => (value === '' || value === null ? undefined : value), integer(0, 36_500).optional())
    .describe(`Days to keep ${what}, in place of what the setting says now.`)
const accepts = z.object({
  stats_ttl: days('clicks and conversions'),
  postback_log_ttl: days('the log of incoming postbacks'),
  sent_postbacks_ttl: days('the log of outgoing postbacks'),
} satisfies Record<RetentionSetting, unknown>)

/** Looking before something is dropped for good. */
export const retentionRoute: Route = {
  method: 'GET',
  path: '/retention',
  description:
    'What is older than it is kept and so dropped next, by whole months (sent_postbacks: by days), as settings are, or as they are sent along to try them: ?stats_ttl=90. Looking changes nothing',
  access: administrators('read'),
  accepts,
  answers,
  async handle(request, backend) {
    const read = readInput(accepts, request.input)
    if (!read.ok) return read
    const found = await guardEvents(backend, () => findOutdated(backend, backend.clock.nowMs(), read.value))
    if (!found.ok) return found
    return ok(found.value.map(({ table, setting, days, months }) => ({ table, setting, days, drops: months })))
  },
}
