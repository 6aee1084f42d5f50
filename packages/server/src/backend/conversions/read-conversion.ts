import { type ListedStatus, statusRefOf } from '@trackyard/core/conversion/custom-status.ts'
import { statuses } from '@trackyard/core/conversion/statuses.ts'
import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import { money, requiredText, text } from '@trackyard/core/entities/fields.ts'
import type { ConversionEditEvent } from '@trackyard/core/events/admin-event.ts'
import type { ClickRow } from '@trackyard/core/events/click-columns.ts'
import { parseMoment } from '@trackyard/core/report/range.ts'
import { fail, ok, type Problem, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { currencyField, timezoneField } from '../clicks/fields.ts'
import type { Backend } from '../context.ts'
import type { Input } from '../http/read-body.ts'
import { readInput } from '../http/read-input.ts'
import { rateProblems } from '../resources/currency.ts'
import { presentTime } from '../resources/present.ts'
import { ownStatuses } from './statuses.ts'

const emptyIsAbsent = (value: unknown): unknown => (value === '' || value === null ? undefined : value)
const moment = (what: string) =>
  z
    .preprocess(emptyIsAbsent, z.string({ error: 'must be a date such as 2026-02-03 14:05:09' }).optional())
    .describe(`${what}, in the time zone that is sent along.`)

const BUILT_IN = Object.keys(statuses).join(', ')

export const conversionFields = z.object({
  status: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.trim().toLowerCase() : emptyIsAbsent(value)),
      z
        .string({ error: `must be a status such as ${BUILT_IN}` })
        .max(100, 'must be at most 100 characters long')
        .optional(),
    )
    .describe(`Status: ${BUILT_IN}, or a conversion type of your own. A new conversion without one is a sale.`),
  revenue: z
    .preprocess(emptyIsAbsent, money().optional())
    .describe('Money of the conversion, in `currency`; also as payout.'),
  currency: currencyField,
  tid: text(100).optional().describe('Transaction id, at most 100 characters; also as transaction_id.'),
  postback_datetime: moment('When it was first reported'),
  sale_datetime: moment('When it first became a sale'),
  timezone: timezoneField,
  params: z
    .preprocess(
      (value) => (Array.isArray(value) && value.length === 0 ? {} : emptyIsAbsent(value)),
      z
        .record(z.string().max(100), z.union([z.string(), z.number(), z.boolean()]), {
          error: 'must be an object of texts',
        })
        .optional(),
    )
    .describe('Further parameters to keep with it, over those it has.'),
  comment: text().optional().describe('Kept as the parameter comment.'),
})
export const newConversionFields = conversionFields.extend({
  click_id: requiredText('click_id', 100).describe('Click that converted, as {subid} gave it out; also as sub_id.'),
})

/** Both families of names (reference conversions-and-reports §4.3). */
export function withAliases(input: Input): Input {
  const first = (...names: readonly string[]): unknown =>
    names.map((name) => input[name]).find((value) => value !== undefined && value !== null && value !== '')
  const renamed = {
    click_id: first('click_id', 'sub_id', 'subid'),
    revenue: first('revenue', 'payout'),
    tid: input.tid ?? input.transaction_id,
  }
  return { ...input, ...Object.fromEntries(Object.entries(renamed).filter(([, value]) => value !== undefined)) }
}
export const CONVERSION_ALIASES = ['sub_id', 'subid', 'payout', 'transaction_id'] as const

/** Problems of an amount by the name that it was sent under. */
export const asSent = (problems: readonly Problem[], input: Input): readonly Problem[] =>
  problems.map((one) =>
    one.at === 'revenue' && !('revenue' in input) && 'payout' in input ? { ...one, at: 'payout' } : one,
  )

/** What a conversion is read by. */
export interface ConversionTerms {
  readonly exchange: Exchange
  /** Statuses of the user's own. */
  readonly own: readonly ListedStatus[]
  readonly nowMs: number
}

export const conversionTerms = async ({ configStore, currencies, clock }: Backend): Promise<ConversionTerms> => ({
  exchange: await currencies.exchange(),
  own: await ownStatuses(configStore),
  nowMs: clock.nowMs(),
})

type Changes = NonNullable<ConversionEditEvent['set']>
type Fields = z.output<typeof conversionFields> & { readonly click_id?: string }

/** Reads what a conversion shall become: only what was sent. */
export function readConversion(
  schema: typeof conversionFields | typeof newConversionFields,
  input: Input,
  { exchange, own, nowMs }: ConversionTerms,
): Result<{ readonly set: Changes; readonly fields: Fields }> {
  const read = readInput(schema, input)
  if (!read.ok) return read
  const fields: Fields = read.value
  const zone = fields.timezone ?? 'UTC'
  const terms = { exchange, nowMs }
  const problems: Problem[] = rateProblems('currency', fields.currency ?? null, fields.revenue ?? null, terms)
  const momentOf = (name: 'postback_datetime' | 'sale_datetime'): number | undefined => {
    const given = fields[name]
    const startMs = given === undefined ? undefined : parseMoment(given, zone)?.startMs
    if (given !== undefined && (startMs === undefined || startMs < 0 || startMs > nowMs)) {
      const message = 'must be a date such as 2026-02-03 14:05:09 that is not in the future'
      problems.push(problem('validation', message, name))
    }
    return startMs
  }
  const params = paramsOf(fields)
  if (JSON.stringify(params).length > MAX_PARAMS_CHARS)
    problems.push(problem('validation', `must be at most ${MAX_PARAMS_CHARS} characters of JSON`, 'params'))
  const ref = fields.status ? statusRefOf(fields.status, own) : null
  if (fields.status && ref === null) problems.push(problem('validation', oneOfStatuses(own), 'status'))
  const set: Changes = {
    ...(ref ? { status: ref.status } : {}),
    ...(ref?.custom ? { custom: ref.custom } : {}),
    originalStatus: fields.status || undefined,
    tid: fields.tid?.trim(),
    revenueMicros: fields.revenue,
    ...(fields.revenue !== undefined && fields.currency ? { revenueCurrency: fields.currency } : {}),
    postbackAtMs: momentOf('postback_datetime'),
    saleAtMs: momentOf('sale_datetime'),
    params: Object.keys(params).length > 0 ? params : undefined,
  }
  return problems.length > 0 ? fail(...problems) : ok({ set, fields })
}

/** Names every status there is. */
export const oneOfStatuses = (own: readonly ListedStatus[]): string =>
  `must be one of ${[BUILT_IN, ...own.map(({ name }) => name)].join(', ')}`

/** What is wrong with a time of a conversion of this click. */
export const beforeTheClick = ({ datetime }: ClickRow): string =>
  `is before its click, which came at ${presentTime(Number(datetime ?? 0))} UTC; name the zone of these times as timezone`

const MAX_PARAMS_CHARS = 100_000

const paramsOf = ({ params, comment }: Fields): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(params ?? {}).map(([name, value]) => [name, String(value)])),
  ...(comment ? { comment } : {}),
})
