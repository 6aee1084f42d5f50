import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { integer, requiredText, state } from './fields.ts'

export const GROUP_TYPES = ['campaigns', 'offers', 'landings', 'domains'] as const

/** A folder for campaigns, offers, landing pages or domains (reference admin-api §2.7). */
export const group = defineEntity({
  name: 'groups',
  label: 'group',
  fields: z.object({
    name: requiredText('Name'),
    type: z.preprocess(
      (value) => (value === 'landing_pages' ? 'landings' : value),
      z.enum(GROUP_TYPES, { error: `must be one of ${GROUP_TYPES.join(', ')}` }),
    ),
    /** Place in lists; the server puts a new group last when it is left out. */
    position: integer().nullable().default(null),
    /** Always active: a group is deleted for good. Every kind has a state. */
    state: state().default('active'),
  }),
  unique: [],
  references: {},
  moneyFields: [],
})
export type Group = Stored<typeof group>
