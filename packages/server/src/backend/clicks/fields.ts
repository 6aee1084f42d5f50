import { currencyCode, text } from '@trackyard/core/entities/fields.ts'
import { parseMoment } from '@trackyard/core/report/range.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'
import { isTimeZone } from '@trackyard/core/time/zone.ts'
import { z } from 'zod'

/** Fields that several routes which change events share. */

const orNothing = (value: unknown): unknown => (value === '' || value === null ? undefined : value)

export const currencyField = z
  .preprocess(orNothing, currencyCode().optional())
  .describe('Currency of the amount; the base currency unless given. It is converted by the rate of the day.')

export const timezoneField = z
  .preprocess(
    orNothing,
    text(100)
      .refine((name) => typeof name === 'string' && isTimeZone(name), 'must be an IANA time zone such as Europe/Berlin')
      .optional(),
  )
  .describe('IANA time zone of the dates, e.g. Europe/Berlin. Default: UTC, whatever zone reports are in.')

const WRITE_A_DATE = 'must be a date such as 2026-02-03, 2026-02-03 14:05 or 2026-02-03 14:05:09'

export const dateField = z.string({ error: WRITE_A_DATE })

/**
 * The stretch from the start of one moment to the end of another: a minute includes all of it, a day too. Clicks that
 * came at `fromMs ≤ t < toMs`; toMs may be the smaller one. `at` is put before the names of the fields.
 */
export function readPeriod(
  { start_date, end_date }: { readonly start_date: string; readonly end_date: string },
  timeZone: string,
  at = '',
): { readonly fromMs: number; readonly toMs: number; readonly problems: readonly Problem[] } {
  const start = parseMoment(start_date, timeZone)
  const end = parseMoment(end_date, timeZone)
  const problems = [
    ...(start ? [] : [problem('validation', WRITE_A_DATE, `${at}start_date`)]),
    ...(end ? [] : [problem('validation', WRITE_A_DATE, `${at}end_date`)]),
  ]
  return { fromMs: Math.max(0, start?.startMs ?? 0), toMs: Math.max(0, end?.endMs ?? 0), problems }
}
