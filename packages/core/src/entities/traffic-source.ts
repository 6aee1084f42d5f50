import { z } from 'zod'
import { parameterMapping } from './campaign.ts'
import { defineEntity, type Stored } from './entity.ts'
import { flag, number, requiredText, state, text } from './fields.ts'

/** Sends clicks and receives our postbacks (reference admin-api §2.8). */
export const trafficSource = defineEntity({
  name: 'traffic_sources',
  label: 'traffic source',
  fields: z.object({
    name: requiredText('Name').describe('What people call it.'),
    state: state().default('active').describe('A deleted source is archived.'),
    postback_url: text(2000)
      .nullable()
      .default('')
      .describe('URL that is told about conversions, with macros such as {external_id} and {revenue}.'),
    postback_statuses: z
      .preprocess(
        (value) =>
          typeof value === 'string'
            ? value
                .split(',')
                .map((status) => status.trim())
                .filter(Boolean)
            : value,
        z.array(z.string(), { error: 'must be a list such as ["lead", "sale"]' }),
      )
      .default(['lead', 'sale'])
      .describe('Conversion statuses it is told about; an empty list is all of them.'),
    postback_gone_url: text(2000)
      .default('')
      .describe(
        'The URL as it was when its receiver answered 410, which says that it is gone for good: nothing is sent there any more. Change postback_url, or empty this field, to send again.',
      ),
    template_name: text(100)
      .nullable()
      .default('')
      .describe('Template it was made from, as listed by traffic_sources/templates.'),
    accept_parameters: flag().default(true).describe('Kept for clients that send it; it changes nothing.'),
    parameters: parameterMapping
      .default({})
      .describe(
        'Which query parameter fills which slot, e.g. {"sub_id_1": {"name": "zone", "placeholder": "{zone}"}}.',
      ),
    traffic_loss: number(0, 99.99).default(0).describe('Percent of paid clicks that never arrive.'),
    notes: text(10_000).nullable().default('').describe('Free text.'),
  }),
  unique: [],
  references: {},
  moneyFields: [],
})
export type TrafficSource = Stored<typeof trafficSource>
