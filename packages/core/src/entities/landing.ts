import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { options, reference, requiredText, state, text } from './fields.ts'

/** `action_payload` and the 2017 name `url` are one thing. */
export const destinationFields = {
  action_payload: text(1_000_000).nullable().default(''),
  action_options: options().default(null),
}

/** A page shown before an offer, on another site or shown by Trackyard itself (reference admin-api §2.5). */
export const landing = defineEntity({
  name: 'landing_pages',
  label: 'landing page',
  fields: z.object({
    name: requiredText('Name'),
    state: state().default('active'),
    landing_type: z
      .enum(['local', 'external', 'preloaded', 'action'], { error: 'must be local, external, preloaded or action' })
      .default('external'),
    action_type: z.string({ error: 'must be the key of an action' }).default('http'),
    ...destinationFields,
    group_id: reference().default(null),
    notes: text(10_000).nullable().default(''),
  }),
  unique: [],
  references: {},
  moneyFields: [],
})
export type Landing = Stored<typeof landing>
