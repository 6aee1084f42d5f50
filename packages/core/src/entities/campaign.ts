import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { currencyCode, flag, integer, number, price, reference, requiredText, state, text } from './fields.ts'
import { postbackRows } from './postback-rows.ts'

export const COST_TYPES = ['CPC', 'CPUC', 'CPM', 'CPA', 'CPS', 'RevShare', 'CPV', 'CPUV'] as const

const costType = z.preprocess(
  (value) => COST_TYPES.find((known) => known.toLowerCase() === String(value).toLowerCase()) ?? value,
  z.enum(COST_TYPES, { error: `must be one of ${COST_TYPES.join(', ')}` }),
)

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

/** Slot → name of the query parameter that fills it (reference click-processing §1.3). */
export const parameterMapping = z.preprocess(
  toMapping,
  z.record(
    z.string(),
    z.object({
      name: text(100)
        .overwrite((name) => name.trim())
        .nullish()
        .describe('Query parameter that fills the slot.'),
      placeholder: text().nullish().describe('Macro of the traffic source that is put into links.'),
      alias: text(100).nullish().describe('Title in reports.'),
    }),
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
    alias: z
      .preprocess(
        (value) => (typeof value === 'number' ? String(value) : (value ?? '')),
        z
          .string({ error: 'Alias must be text' })
          .trim()
          .min(1, { error: 'Alias is required', abort: true })
          .max(64, 'Alias must be at most 64 characters long')
          .regex(/^[A-Za-z0-9_.-]+$/, 'Alias may hold letters, digits, dots, dashes and underscores only'),
      )
      .describe('Name of the campaign in its URL: clicks come in at `/<alias>`.'),
    name: requiredText('Name').describe('What people call it.'),
    type: z
      .enum(['position', 'weight'], { error: 'must be position or weight' })
      .default('position')
      .describe(
        'How a stream is found: position tries regular streams one after the other, weight draws one by weight.',
      ),
    state: state()
      .default('active')
      .describe('A disabled campaign answers as if nothing were there; a deleted one is archived.'),
    cookies_ttl: integer(0, 8760).default(24).describe('Hours for which a visitor is remembered, for uniqueness.'),
    position: integer().default(9999).describe('Place in lists.'),
    cost_type: costType
      .default('CPC')
      .describe(
        'What the cost is paid for: CPC a click, CPUC and CPUV a unique click, CPM a thousand clicks, CPV a view; CPA, CPS and RevShare a conversion.',
      ),
    cost_value: price()
      .default(0)
      .describe(
        'Cost of one click, a thousand clicks, a conversion, by cost_type; for RevShare percent of what the conversion earns. 0 or more.',
      ),
    cost_currency: currencyCode()
      .nullable()
      .default(null)
      .describe('Currency of cost_value; the base currency when left out.'),
    cost_auto: flag().default(false).describe('Takes the cost of a click from its parameter `cost`.'),
    traffic_loss: number(0, 99.99)
      .default(0)
      .describe('Percent of paid clicks that never arrive; the cost of those that do is raised by it.'),
    group_id: reference().default(null).describe('Group it is filed under, null for none.'),
    domain_id: reference()
      .default(null)
      .describe('Domain that links to it are shown with and {current_domain} prints, null for any.'),
    traffic_source_id: reference()
      .default(null)
      .describe('Where its clicks are bought: gives parameters and receives postbacks. Null for none.'),
    bind_visitors: z
      .preprocess(
        (value) => value || null,
        z.enum(['s', 'sl', 'slo'], { error: 'must be null, s, sl or slo' }).nullable(),
      )
      .default(null)
      .describe(
        'What a visitor who returns gets again: s the stream, sl the landing page too, slo the offer too; null nothing.',
      ),
    bind_visitors_ttl: integer(1, 8760)
      .nullable()
      .default(null)
      .describe('Hours for which a binding holds; null is as long as cookies_ttl.'),
    uniqueness_method: z
      .enum(['ip', 'ip_ua'], { error: 'must be ip or ip_ua' })
      .default('ip')
      .describe('What makes a visitor the same again: the address alone, or with the user agent.'),
    uniqueness_use_cookies: flag().default(true).describe('Recognises visitors by cookie, too.'),
    token: text(64).default('').describe('Secret for the Click API; made by the server when left out.'),
    parameters: parameterMapping
      .default({})
      .describe(
        'Which query parameter fills which slot, e.g. {"sub_id_1": {"name": "zone", "placeholder": "{zone}"}}. It goes before that of the traffic source.',
      ),
    postbacks: postbackRows()
      .default([])
      .describe('Requests that are sent about conversions of this campaign, besides that of its traffic source.'),
    notes: text(10_000).nullable().default('').describe('Free text.'),
  }),
  unique: ['alias'],
  // Unknown traffic sources and domains are accepted and count as none, as in Keitaro (reference admin-api §2.2).
  references: {},
  moneyFields: ['cost_value'],
})
export type Campaign = Stored<typeof campaign>
