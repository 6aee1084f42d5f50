import { EXTRA_PARAM_SLOTS, SUB_ID_SLOTS } from '@trackyard/core/click/click.ts'
import { type Problem, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { Input } from '../http/read-body.ts'

/** A filter written as a plain parameter: `country=US,DE` (reference admin-api §4). */
export interface ShortFilter {
  readonly help: string
  /** A filter of the report language for these values, or why they cannot be one. */
  readonly toFilter: (values: readonly string[]) => Readonly<Record<string, unknown>> | string
}
export type ShortFilters = Readonly<Record<string, ShortFilter>>

const oneOf = (name: string, values: readonly string[]) =>
  values.length === 1
    ? { name, operator: 'EQUALS', expression: values[0] }
    : { name, operator: 'IN_LIST', expression: values }
const value = (name: string, help: string): ShortFilter => ({ help, toFilter: (values) => oneOf(name, values) })
/** By id where all values are numbers, else by name. */
const thing = (name: string, help: string): ShortFilter => ({
  help,
  toFilter: (values) => oneOf(values.every((one) => /^\d+$/.test(one)) ? `${name}_id` : name, values),
})
const flag = (help: string, yes: object, no: object): ShortFilter => ({
  help,
  toFilter([word = '']) {
    if (/^(?:1|true|yes)$/i.test(word)) return { ...yes }
    return /^(?:0|false|no)$/i.test(word) ? { ...no } : 'must be true or false'
  },
})
const flagColumn = (name: string, help: string): ShortFilter =>
  flag(help, { name, operator: 'IS_TRUE' }, { name, operator: 'IS_FALSE' })

const under = (names: readonly string[], filter: ShortFilter): ShortFilters =>
  Object.fromEntries(names.map((name) => [name, filter]))

const ofBoth: ShortFilters = {
  ...under(['campaign', 'campaign_id'], thing('campaign', 'Campaigns, by id or name; several with commas.')),
  ...under(['stream', 'stream_id'], thing('stream', 'Streams, by id or name.')),
  ...under(['landing', 'landing_id'], thing('landing', 'Landing pages, by id or name.')),
  ...under(['offer', 'offer_id'], thing('offer', 'Offers, by id or name.')),
  ...under(['ts', 'ts_id'], thing('ts', 'Traffic sources, by id or name.')),
  ...under(['affiliate_network', 'affiliate_network_id'], thing('affiliate_network', 'Affiliate networks.')),
  ...under(['country', 'country_code'], value('country', 'Countries, by code or English name.')),
  ...under(['sub_id', 'click_id'], value('sub_id', 'Ids of clicks.')),
  ip: value('ip', 'Addresses of visitors.'),
  ...under(['bot', 'is_bot'], flagColumn('is_bot', 'Looks like a bot: true or false.')),
  ...Object.fromEntries(
    ['source', 'keyword', 'external_id', 'creative_id', 'ad_campaign_id', ...SUB_ID_SLOTS, ...EXTRA_PARAM_SLOTS].map(
      (name) => [name, value(name, `Value of ${name}.`)],
    ),
  ),
}

export const clickFilters: ShortFilters = {
  ...ofBoth,
  ...under(
    ['unique', 'is_unique', 'is_unique_campaign'],
    flagColumn('is_unique_campaign', 'First visit to its campaign: true or false.'),
  ),
  conversions: flag(
    'Has conversions: true or false.',
    { name: 'conversions', operator: 'GREATER_THAN', expression: 0 },
    { name: 'conversions', operator: 'EQUALS', expression: 0 },
  ),
}

export const conversionFilters: ShortFilters = {
  ...ofBoth,
  status: value('status', 'Statuses, such as lead,sale.'),
  ...under(['tid', 'transaction_id'], value('tid', 'Transaction ids.')),
  conversion_id: value('conversion_id', 'Ids of conversions.'),
}

/** The input with its plain parameters turned into filters, besides those it has. */
export function liftFilters(input: Input, known: ShortFilters): Result<Input> {
  const lifted: Readonly<Record<string, unknown>>[] = []
  const problems: Problem[] = []
  for (const [name, { toFilter }] of Object.entries(known)) {
    const values = valuesOf(input[name])
    if (values !== null && values.length === 0) continue
    const filter = values === null ? 'must be a value, or several with commas' : toFilter(values)
    if (typeof filter === 'string') problems.push(problem('bad_request', `${name}: ${filter}.`, name))
    else lifted.push(filter)
  }
  if (problems.length > 0) return { ok: false, problems }
  if (lifted.length === 0) return { ok: true, value: input }
  const given = readGiven(input.filters)
  if (given === null)
    return {
      ok: false,
      problems: [problem('bad_request', 'filters: must be a list when it comes with other filters.', 'filters')],
    }
  // A name can be a field of requests as well: the offer of a list is none of the rows to leave out.
  const others = Object.entries(input).filter(([name]) => !Object.hasOwn(known, name))
  return { ok: true, value: { ...Object.fromEntries(others), filters: [...given, ...lifted] } }
}

/** Texts of a parameter; null when it is something else, [] when it is not there. */
function valuesOf(given: unknown): string[] | null {
  if (given === undefined || given === null || given === '') return []
  if (Array.isArray(given))
    return given.every((one) => typeof one === 'string' || typeof one === 'number') ? given.map(String) : null
  if (typeof given === 'boolean' || typeof given === 'number') return [String(given)]
  return typeof given === 'string'
    ? given
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '')
    : null
}

function readGiven(filters: unknown): unknown[] | null {
  if (filters === undefined || filters === null || filters === '') return []
  if (Array.isArray(filters)) return filters
  if (typeof filters !== 'string') return null
  try {
    const parsed: unknown = JSON.parse(filters)
    return Array.isArray(parsed) ? parsed : null
  } catch {
    return null
  }
}

/** The parameters as fields of a request, for documentation. */
export const shapeOf = (known: ShortFilters): Record<string, z.ZodType> =>
  Object.fromEntries(
    Object.entries(known).map(([name, { help }]) => [
      name,
      z
        .union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))])
        .optional()
        .describe(help),
    ]),
  )
