import { count } from '@trackyard/core/entities/fields.ts'
import { parseMoment } from '@trackyard/core/report/range.ts'
import { z } from 'zod'
import { textOf } from '../users/user-fields.ts'

/** Field types of what logs are narrowed by. */

const single = z.union([z.string(), z.number()], { error: 'must be a single value' }).nullish()

/** One value as text, '' when it is not given. */
export const oneText = (what: string) => single.transform((value) => textOf(value).trim()).describe(what)

/** A day, minute or second, UTC; null when it is not given. */
export const moment = (what: string) =>
  single
    .transform((value, context) => {
      const text = textOf(value).trim()
      const found = text === '' ? null : parseMoment(text, 'UTC')
      if (found !== null || text === '') return found
      context.addIssue({ code: 'custom', message: 'must be a date such as 2026-02-03 14:05:09' })
      return z.NEVER
    })
    .describe(what)

/** The store keeps ids in 32 bits. */
export const campaignId = (what: string) =>
  count({ max: 4_294_967_295, error: 'must be the id of a campaign' }).describe(what)
