import { type Status, statuses, statusOfWord } from '@trackyard/core/conversion/statuses.ts'
import { money, requiredText, text } from '@trackyard/core/entities/fields.ts'
import type { ConversionEditEvent } from '@trackyard/core/events/admin-event.ts'
import { parseMoment } from '@trackyard/core/report/range.ts'
import { fail, ok, type Problem, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { currencyField, timezoneField } from '../clicks/fields.ts'
import type { BackendSettings } from '../context.ts'
import type { Input } from '../http/read-body.ts'
import { readInput } from '../http/read-input.ts'
import { currencyProblems } from '../resources/currency.ts'

const emptyIsAbsent = (value: unknown): unknown => (value === '' || value === null ? undefined : value)
const moment = (what: string) =>
  z
    .preprocess(emptyIsAbsent, z.string({ error: 'must be a date such as 2026-02-03 14:05:09' }).optional())
    .describe(`${what}, in the time zone that is sent along.`)

const ONE_OF_STATUSES = `must be one of ${Object.keys(statuses).join(', ')}`

export const conversionFields = z.object({
  status: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.trim().toLowerCase() : emptyIsAbsent(value)),
      z
        .string({ error: ONE_OF_STATUSES })
        .refine((word) => word === '' || statusOfWord(word) !== null, ONE_OF_STATUSES)
        .optional(),
    )
    .describe(`Status: ${Object.keys(statuses).join(', ')}. A new conversion without one is a sale.`),
  revenue: z
    .preprocess(emptyIsAbsent, money().optional())
    .describe('Money of the conversion in the base currency; also as payout.'),
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

type Changes = NonNullable<ConversionEditEvent['set']>
type Fields = z.output<typeof conversionFields> & { readonly click_id?: string }

/** Reads what a conversion shall become: only what was sent. */
export function readConversion(
  schema: typeof conversionFields | typeof newConversionFields,
  input: Input,
  settings: BackendSettings,
): Result<{ readonly set: Changes; readonly fields: Fields }> {
  const read = readInput(schema, input)
  if (!read.ok) return read
  const fields: Fields = read.value
  const zone = fields.timezone ?? 'UTC'
  const problems: Problem[] = currencyProblems('currency', fields.currency ?? null, fields.revenue ?? null, settings)
  const momentOf = (name: 'postback_datetime' | 'sale_datetime'): number | undefined => {
    const given = fields[name]
    const startMs = given === undefined ? undefined : parseMoment(given, zone)?.startMs
    if (given !== undefined && (startMs === undefined || startMs < 0))
      problems.push(problem('validation', 'must be a date such as 2026-02-03 14:05:09', name))
    return startMs
  }
  const params = paramsOf(fields)
  if (JSON.stringify(params).length > MAX_PARAMS_CHARS)
    problems.push(problem('validation', `must be at most ${MAX_PARAMS_CHARS} characters of JSON`, 'params'))
  const status: Status | null = fields.status ? statusOfWord(fields.status) : null
  const set: Changes = {
    status: status ?? undefined,
    originalStatus: fields.status || undefined,
    tid: fields.tid?.trim(),
    revenueMicros: fields.revenue,
    postbackAtMs: momentOf('postback_datetime'),
    saleAtMs: momentOf('sale_datetime'),
    params: Object.keys(params).length > 0 ? params : undefined,
  }
  return problems.length > 0 ? fail(...problems) : ok({ set, fields })
}

const MAX_PARAMS_CHARS = 100_000

const paramsOf = ({ params, comment }: Fields): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(params ?? {}).map(([name, value]) => [name, String(value)])),
  ...(comment ? { comment } : {}),
})
