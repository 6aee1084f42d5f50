import { z } from 'zod'
import { parameterMapping } from './campaign.ts'
import { defineEntity, type Stored } from './entity.ts'
import { flag, number, requiredText, state, text } from './fields.ts'

/** Sends clicks and receives our postbacks (reference admin-api §2.8). */
export const trafficSource = defineEntity({
  name: 'traffic_sources',
  label: 'traffic source',
  fields: z.object({
    name: requiredText('Name'),
    state: state().default('active'),
    postback_url: text(2000).nullable().default(''),
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
      .default(['lead', 'sale']),
    template_name: text(100).nullable().default(''),
    accept_parameters: flag().default(true),
    parameters: parameterMapping.default({}),
    traffic_loss: number(0, 99.99).default(0),
    notes: text(10_000).nullable().default(''),
  }),
  unique: [],
  references: {},
  moneyFields: [],
})
export type TrafficSource = Stored<typeof trafficSource>
