import { ok } from '@trackyard/core/result.ts'
import { SETTING_KEYS } from '@trackyard/core/settings.ts'
import { z } from 'zod'
import { administrators } from '../auth/access.ts'
import { guardEvents } from '../reports/ask-events.ts'
import type { Route } from '../route.ts'
import { findOutdated } from './retention.ts'

const answers = z.array(
  z.object({
    table: z.string().describe('clicks, conversions (which go with their clicks) or postback_log.'),
    setting: z.enum(SETTING_KEYS).describe('Setting that says how long it is kept.'),
    days: z.int().describe('Days it is kept; 0: for ever.'),
    drops: z
      .array(
        z.object({
          month: z.string().describe('Month, UTC: 2026-02.'),
          rows: z.int().describe('About how many rows it holds.'),
          bytes: z.int().describe('Bytes on the disk.'),
        }),
      )
      .describe('What the next run drops, within six hours.'),
  }),
)

/** Looking before something is dropped for good. */
export const retentionRoute: Route = {
  method: 'GET',
  path: '/retention',
  description: 'What is older than it is kept and so dropped next, by whole months; looking changes nothing',
  access: administrators('read'),
  answers,
  async handle(_request, backend) {
    const found = await guardEvents(backend, () => findOutdated(backend, backend.clock.nowMs()))
    if (!found.ok) return found
    return ok(found.value.map(({ table, setting, days, months }) => ({ table, setting, days, drops: months })))
  },
}
