import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { currencyCode, flag, integer, money, reference, requiredText, state, text } from './fields.ts'
import { destinationFields } from './landing.ts'

/** A destination that pays (reference admin-api §2.6). */
export const offer = defineEntity({
  name: 'offers',
  label: 'offer',
  fields: z.object({
    name: requiredText('Name'),
    state: state().default('active'),
    offer_type: z
      .enum(['local', 'external', 'preloaded', 'action'], { error: 'must be local, external, preloaded or action' })
      .default('external'),
    action_type: z.string({ error: 'must be the key of an action' }).default('http'),
    ...destinationFields,
    group_id: reference().default(null),
    affiliate_network_id: reference().default(null),
    payout_value: money().nullable().default(0),
    payout_currency: currencyCode().nullable().default(null),
    payout_type: z.enum(['CPA', 'CPC'], { error: 'must be CPA or CPC' }).nullable().default(null),
    payout_auto: flag().default(false),
    payout_upsell: flag().default(false),
    country: z
      .preprocess(
        (value) =>
          typeof value === 'string'
            ? value
                .split(',')
                .map((code) => code.trim())
                .filter(Boolean)
            : (value ?? []),
        z.array(z.string(), { error: 'must be a list of country codes' }),
      )
      .default([]),
    conversion_cap_enabled: flag().default(false),
    daily_cap: integer().default(0),
    conversion_timezone: text(64).default('UTC'),
    alternative_offer_id: reference().default(null),
    /** Texts that landing pages print with {offer_value:name}. */
    values: z
      .preprocess(
        (value) => value || [],
        z
          .array(z.object({ name: requiredText('Name', 100), value: text() }), {
            error: 'must be a list such as [{"name": "price", "value": "19.90"}]',
          })
          .max(10, 'must be at most 10 values'),
      )
      .default([]),
    notes: text(10_000).nullable().default(''),
  }),
  unique: [],
  references: { affiliate_network_id: 'affiliate_networks', alternative_offer_id: 'offers' },
  moneyFields: ['payout_value'],
})
export type Offer = Stored<typeof offer>
