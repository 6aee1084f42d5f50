import { z } from 'zod'
import { isTimeZone } from '../time/zone.ts'
import { defineEntity, type Stored } from './entity.ts'
import { currencyCode, flag, integer, price, reference, requiredText, state, text } from './fields.ts'
import { destinationFields } from './landing.ts'
import { localFiles } from './local-files.ts'

/** A destination that pays (reference admin-api §2.6). */
export const offer = defineEntity({
  name: 'offers',
  label: 'offer',
  fields: z.object({
    name: requiredText('Name').describe('What people call it.'),
    state: state().default('active').describe('A disabled offer gets no clicks; a deleted one is archived.'),
    offer_type: z
      .enum(['local', 'external', 'preloaded', 'action'], { error: 'must be local, external, preloaded or action' })
      .default('external')
      .describe(
        'Where the offer is: local files shown by Trackyard, an external URL, a preloaded copy of a URL, or what action_type does.',
      ),
    action_type: z
      .string({ error: 'must be the key of an action' })
      .default('http')
      .describe('Key of the action that leads there, as listed by stream_actions.'),
    ...destinationFields,
    group_id: reference().default(null).describe('Group it is filed under, null for none.'),
    affiliate_network_id: reference()
      .default(null)
      .describe('Who pays for its conversions, null for nobody in particular.'),
    payout_value: price().nullable().default(0).describe('What one conversion, or click, pays; 0 or more.'),
    payout_currency: currencyCode()
      .nullable()
      .default(null)
      .describe('Currency of payout_value; null is the base currency.'),
    payout_type: z
      .preprocess(
        (value) => (typeof value === 'string' ? value.trim().toUpperCase() : value),
        z.enum(['CPA', 'CPC'], { error: 'must be CPA or CPC' }).nullable(),
      )
      .default(null)
      .describe('What payout_value is paid for: CPA a conversion, CPC a click. Null when not set.'),
    payout_auto: flag().default(false).describe('Takes the payout from the postback.'),
    payout_upsell: flag()
      .default(false)
      .describe(
        'Counts a further sale of the same click, with another tid, as a rebill of its own; without it the further sale takes the place of the first.',
      ),
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

      .default([])
      .describe('Countries it takes visitors from, by code: a note for people, streams decide by their filters.'),
    conversion_cap_enabled: flag().default(false).describe('Whether daily_cap counts.'),
    daily_cap: integer()
      .default(0)
      .describe(
        'Leads, sales, registrations and deposits a day until visitors go to the alternative offer; 0 is no cap. Visitors go there at most a second after the conversion that reaches it was received.',
      ),
    conversion_timezone: z
      .preprocess((value) => value || 'UTC', text(64).refine(isTimeZone, 'must be a time zone such as Europe/Madrid'))
      .default('UTC')
      .describe('Time zone in which the day of daily_cap begins, e.g. Europe/Madrid.'),
    alternative_offer_id: reference()
      .default(null)
      .describe(
        'Offer that takes over once the cap is reached, in campaigns where it is not listed, too; it may have a cap and an alternative of its own. Null for none: then the cap has no effect.',
      ),
    values: z
      .preprocess(
        (value) => value || [],
        z
          .array(
            z.object({
              name: requiredText('Name', 100).describe('Name in the macro.'),
              value: text().describe('Text it prints.'),
            }),
            {
              error: 'must be a list such as [{"name": "price", "value": "19.90"}]',
            },
          )
          .max(10, 'must be at most 10 values'),
      )
      .default([])
      .describe('Texts that landing pages print with {offer_value:name}.'),
    notes: text(10_000).nullable().default('').describe('Free text.'),
    files: localFiles().default(null),
  }),
  unique: [],
  references: { affiliate_network_id: 'affiliate_networks', alternative_offer_id: 'offers' },
  moneyFields: ['payout_value'],
})
export type Offer = Stored<typeof offer>
