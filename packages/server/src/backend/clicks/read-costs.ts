import { PARAMETER_SLOTS } from '@trackyard/core/click/click.ts'
import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import { flag, price } from '@trackyard/core/entities/fields.ts'
import type { CostsEvent } from '@trackyard/core/events/admin-event.ts'
import { type Micros, parseMoney } from '@trackyard/core/money.ts'
import { fail, ok, type Problem, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { Input } from '../http/read-body.ts'
import { readInput } from '../http/read-input.ts'
import { rateProblems } from '../resources/currency.ts'
import { currencyField, dateField, readPeriod, timezoneField } from './fields.ts'

/** What one entry of costs holds (reference admin-api §2.12). */
export const costFields = {
  start_date: dateField.describe('First moment, e.g. 2026-02-03 or 2026-02-03 00:00.'),
  end_date: dateField.describe('Last moment; a day or a minute is taken whole.'),
  cost: price().describe(
    'Total of the period in `currency`, spread equally over the clicks that match. It replaces what they cost before, what was charged for their conversions included; conversions that come later add theirs.',
  ),
  filters: z
    .preprocess(
      (value) => (value === undefined || value === null || value === '' || isEmptyList(value) ? {} : value),
      z.record(z.string(), z.unknown(), { error: 'must be an object such as {"sub_id_1": "a,b"}' }),
    )
    .describe(
      'Only clicks that match every entry: parameter → value or list of values joined by commas; empty text means that the parameter is empty. Parameters: keyword, source, external_id, creative_id, ad_campaign_id, sub_id_1 to sub_id_30, extra_param_1 to extra_param_10, cost and currency.',
    ),
}
export const sharedCostFields = {
  timezone: timezoneField,
  currency: currencyField,
  only_campaign_uniques: flag()
    .default(false)
    .describe('Only clicks that are unique in their campaign share the total; the others keep their cost.'),
  skip_bots: flag()
    .default(true)
    .describe(
      'Bots bear no cost and keep what they cost before, which the campaign then has on top of the total. On by default.',
    ),
}
const entry = z.object({ ...costFields, ...sharedCostFields })

const SLOTS: ReadonlySet<string> = new Set(PARAMETER_SLOTS)
const MAX_VALUES = 10_000

/**
 * Reads one entry; null when its end comes before its start, so that there is nothing to do. `at` is put before the
 * names of fields at fault, e.g. `costs.0.`.
 */
export function readCosts(
  input: Input,
  at: string,
  campaignIds: number[],
  atMs: number,
  exchange: Exchange,
): Result<CostsEvent | null> {
  const read = readInput(entry, input)
  if (!read.ok) return fail(...read.problems.map((one) => ({ ...one, at: `${at}${one.at ?? ''}` })))
  const { cost, currency, timezone, only_campaign_uniques, skip_bots } = read.value
  const { fromMs, toMs, problems: dates } = readPeriod(read.value, timezone ?? 'UTC', at)
  const { slots, costsMicros, problems } = readFilters(read.value.filters, `${at}filters`, exchange)
  const all = [
    ...dates,
    ...problems,
    ...rateProblems(`${at}currency`, currency ?? null, cost, { exchange, nowMs: atMs }),
  ]
  if (all.length > 0) return fail(...all)
  if (toMs <= fromMs) return ok(null)
  const chosen = { campaignIds, fromMs, toMs, slots, costsMicros }
  const selection = { ...chosen, onlyUniques: only_campaign_uniques, withBots: !skip_bots }
  return ok({ kind: 'costs', atMs, selection, costMicros: cost, ...(currency ? { costCurrency: currency } : {}) })
}

function readFilters(
  filters: Readonly<Record<string, unknown>>,
  at: string,
  { base }: Exchange,
): { slots: Record<string, string[]>; costsMicros: number[] | null; problems: Problem[] } {
  const slots: Record<string, string[]> = {}
  const problems: Problem[] = []
  let costsMicros: Micros[] | null = null
  for (const [name, given] of Object.entries(filters)) {
    const refuse = (message: string): unknown => problems.push(problem('validation', message, `${at}.${name}`))
    const values = valuesOf(given)
    if (values === null) refuse('must be a value or a list of values joined by commas')
    else if (values.length > MAX_VALUES) refuse(`must hold at most ${MAX_VALUES} values`)
    else if (SLOTS.has(name)) slots[name] = values
    else if (name === 'cost') {
      const amounts = values.map((value) => parseMoney(value))
      if (amounts.includes(null)) refuse('must hold amounts such as 0.05')
      costsMicros = amounts.flatMap((micros) => micros ?? [])
    } else if (name === 'currency') {
      // Costs are stored in the base currency, whatever they came in.
      if (!values.some((value) => value.toUpperCase() === base)) refuse(`must be ${base}: costs are kept in it`)
    } else
      refuse(
        'cannot be filtered by: use keyword, source, external_id, creative_id, ad_campaign_id, sub_id_1 to sub_id_30, extra_param_1 to extra_param_10 or cost',
      )
  }
  return { slots, costsMicros, problems }
}

function valuesOf(given: unknown): string[] | null {
  const list = Array.isArray(given) ? given : [given]
  const texts = list.flatMap((value) => (typeof value === 'string' || typeof value === 'number' ? [String(value)] : []))
  if (texts.length < list.length) return null
  const values = texts.flatMap((value) => value.split(',')).map((value) => value.trim())
  const filled = values.filter((value) => value !== '')
  return filled.length > 0 ? [...new Set(filled)] : ['']
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0
