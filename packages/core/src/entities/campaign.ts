import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { currencyCode, flag, integer, money, number, reference, requiredText, state, text } from './fields.ts'

export const COST_TYPES = ['CPC', 'CPUC', 'CPM', 'CPA', 'CPS', 'RevShare', 'CPV', 'CPUV'] as const

const costType = z.preprocess(
  (value) => COST_TYPES.find((known) => known.toLowerCase() === String(value).toLowerCase()) ?? value,
  z.enum(COST_TYPES, { error: `must be one of ${COST_TYPES.join(', ')}` }),
)

/** Slot → name of the query parameter that fills it (reference click-processing §1.3). */
/** Old rows hold the mapping as JSON text, some as JSON text of JSON text; empty ones are `[]`, '' or null. */
function toMapping(value: unknown): unknown {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return {}
  if (typeof value !== 'string') return value
  try {
    const decoded: unknown = JSON.parse(value)
    return typeof decoded === 'string' && decoded !== value ? toMapping(decoded) : (decoded ?? {})
  } catch {
    return value
  }
}

export const parameterMapping = z.preprocess(
  toMapping,
  z.record(
    z.string(),
    z.object({ name: text(100).nullish(), placeholder: text().nullish(), alias: text(100).nullish() }),
    {
      error: 'must be an object such as {"sub_id_1": {"name": "zone"}}',
    },
  ),
)

/** An entry with an alias: where clicks come in (reference admin-api §2.2). */
export const campaign = defineEntity({
  name: 'campaigns',
  label: 'campaign',
  fields: z.object({
    alias: z.preprocess(
      (value) => value ?? '',
      z
        .string({ error: 'Alias must be text' })
        .min(1, { error: 'Alias is required', abort: true })
        .max(64, 'Alias must be at most 64 characters long')
        .regex(/^[A-Za-z0-9_.-]+$/, 'Alias may hold letters, digits, dots, dashes and underscores only'),
    ),
    name: requiredText('Name'),
    type: z.enum(['position', 'weight'], { error: 'must be position or weight' }).default('position'),
    state: state().default('active'),
    cookies_ttl: integer(0, 8760).default(24),
    position: integer().default(9999),
    cost_type: costType.default('CPC'),
    cost_value: money().default(0),
    cost_currency: currencyCode().nullable().default(null),
    cost_auto: flag().default(false),
    traffic_loss: number(0, 99.99).default(0),
    group_id: reference().default(null),
    domain_id: reference().default(null),
    traffic_source_id: reference().default(null),
    bind_visitors: z
      .preprocess(
        (value) => value || null,
        z.enum(['s', 'sl', 'slo'], { error: 'must be null, s, sl or slo' }).nullable(),
      )
      .default(null),
    bind_visitors_ttl: integer(1, 8760).nullable().default(null),
    uniqueness_method: z.enum(['ip', 'ip_ua'], { error: 'must be ip or ip_ua' }).default('ip'),
    uniqueness_use_cookies: flag().default(true),
    token: text(64).default(''),
    parameters: parameterMapping.default({}),
    notes: text(10_000).nullable().default(''),
  }),
  unique: ['alias'],
  // Unknown traffic sources and domains are accepted and count as none, as in Keitaro (reference admin-api §2.2).
  references: {},
  moneyFields: ['cost_value'],
})
export type Campaign = Stored<typeof campaign>
