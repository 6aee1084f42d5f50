import { dayText, isCurrencyCode, readDay } from '@trackyard/core/currency/codes.ts'
import { currencyCode } from '@trackyard/core/entities/fields.ts'
import { fail, problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { OverrideRow } from '../../stores/config/currencies/port.ts'
import type { ApiRequest } from '../route.ts'

const orNothing = (value: unknown): unknown => (value === '' || value === null ? undefined : value)

const WRITE_A_DAY = 'must be a day such as 2026-02-03'
const day = (what: string) =>
  z
    .preprocess(
      orNothing,
      z
        .string({ error: WRITE_A_DAY })
        .refine((text) => readDay(text) !== null, WRITE_A_DAY)
        .optional(),
    )
    .describe(what)

const MAX_RATE = 1e9
const rate = z
  .preprocess(
    (value) => (typeof value === 'string' ? Number(value.trim().replace(',', '.') || Number.NaN) : value),
    z
      .number({ error: 'must be a number such as 1.0845' })
      .min(1 / MAX_RATE, 'must be above 0')
      .max(MAX_RATE, `must be at most ${MAX_RATE}`),
  )
  .describe('What one unit of the currency is worth, in units of `quote`.')

export const listFields = z.object({
  date: day('Day whose rates to show, today unless given: those of that day or the last before it.'),
})

export const historyFields = z.object({
  from: day('First day; 30 days before the last one unless given.'),
  to: day('Last day, today unless given. At most 400 days are shown.'),
})

export const overrideFields = z.object({
  rate,
  quote: z
    .preprocess(orNothing, currencyCode().optional())
    .describe('Currency the rate is in; the base currency unless given.'),
  date: day('The one day the rate is for. Without any day it is for today and all days after.'),
  from: day('First day the rate is for, today unless given.'),
  to: day('Last day it is for; until it is withdrawn or another one is set unless given.'),
})

export const importFields = z.object({
  file: z
    .unknown()
    .describe(
      'A file of the European Central Bank: XML or CSV, as text or as a file of a multipart form, or a ZIP archive with such a file, e.g. eurofxref-hist.zip.',
    ),
})

const source = z
  .enum(['same', 'parity', 'published', 'manual'])
  .nullable()
  .describe(
    'published by a bank; manual: set by hand; parity: a former currency of the euro area, fixed by law; same: the base currency itself; null when there is no rate.',
  )

export const currencyAnswer = z.object({
  code: z.string().describe('Code of the currency.'),
  name: z.string().describe('Its English name; the code again where it has none.'),
  rate: z
    .number()
    .nullable()
    .describe('What one unit is worth in the base currency; null when there is no way to tell.'),
  date: z.string().nullable().describe('Day the rate is of; null where it holds for ever or there is none.'),
  source,
  is_base: z.boolean().describe('It is the base currency now.'),
})

export const dayAnswer = z.object({
  date: z.string().describe('Day, in UTC.'),
  rate: z.number().nullable().describe('What one unit was worth in the base currency, as far as is known now.'),
  source,
})

export const overrideAnswer = z.object({
  id: z.int().describe('Id, to withdraw it.'),
  currency: z.string().describe('Currency that was given a rate.'),
  quote: z.string().describe('Currency the rate is in.'),
  rate: z.number().describe('What one unit of currency is worth in quote.'),
  from: z.string().describe('First day it is for.'),
  to: z.string().nullable().describe('Last day it is for; null: until it is withdrawn.'),
  set_at: z.string().describe('Since when it is used, UTC.'),
  withdrawn_at: z.string().nullable().describe('Since when it is not used any more, UTC; null while it is.'),
})

export const importAnswer = z.object({
  added: z.int().describe('Days whose rates are new.'),
  newest: z.string().describe('Last day there are published rates of now.'),
})

export const shownOverride = (one: OverrideRow): z.input<typeof overrideAnswer> => ({
  id: one.id,
  currency: one.currency,
  quote: one.quote,
  rate: one.rate,
  from: one.fromDay,
  to: one.toDay,
  set_at: moment(one.knownFromMs),
  withdrawn_at: one.knownUntilMs === null ? null : moment(one.knownUntilMs),
})

const moment = (atMs: number): string => `${dayText(atMs)} ${new Date(atMs).toISOString().slice(11, 19)}`

/** The currency of a path, in capital letters; null when it can be none. */
export function codeOf({ params }: Pick<ApiRequest, 'params'>): string | null {
  const code = (params.code ?? '').toUpperCase()
  return isCurrencyCode(code) ? code : null
}

export const noCurrency = ({ params }: Pick<ApiRequest, 'params'>) =>
  fail(problem('not_found', `There is no currency ${(params.code ?? '').slice(0, 20)}: codes are such as USD or USDT.`))

const names = new Intl.DisplayNames('en', { type: 'currency', fallback: 'code' })
export const nameOf = (code: string): string => (/^[A-Z]{3}$/.test(code) ? (names.of(code) ?? code) : code)
