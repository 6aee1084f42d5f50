import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { integer, requiredText, state } from './fields.ts'

export const GROUP_TYPES = ['campaigns', 'offers', 'landings', 'domains'] as const

/** A folder for campaigns, offers, landing pages or domains (reference admin-api §2.7). */
export const group = defineEntity({
  name: 'groups',
  label: 'group',
  fields: z.object({
    name: requiredText('Name').describe('What people call it; no two groups of a type have the same.'),
    type: z
      .preprocess(
        (value) => (value === 'landing_pages' ? 'landings' : value),
        z.enum(GROUP_TYPES, { error: `must be one of ${GROUP_TYPES.join(', ')}` }),
      )
      .describe('What it holds; it stays as it was when the group is changed.'),
    position: integer().nullable().default(null).describe('Place in lists; a new group comes last when left out.'),
    state: state().default('active').describe('Always active: groups are deleted for good.'),
  }),
  unique: [],
  references: {},
  moneyFields: [],
})
export type Group = Stored<typeof group>
