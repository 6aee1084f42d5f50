import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { options, reference, requiredText, state, text } from './fields.ts'
import { localFiles } from './local-files.ts'

/** `action_payload` and the 2017 name `url` are one thing. */
export const destinationFields = {
  action_payload: text(1_000_000)
    .nullable()
    .default('')
    .describe('URL or text that the action works with; macros are filled in.'),
  action_options: options().default(null).describe('Settings of the action, if it has any.'),
}

/** A page shown before an offer, on another site or shown by Trackyard itself (reference admin-api §2.5). */
export const landing = defineEntity({
  name: 'landing_pages',
  label: 'landing page',
  fields: z.object({
    name: requiredText('Name').describe('What people call it.'),
    state: state().default('active').describe('A disabled page gets no clicks; a deleted one is archived.'),
    landing_type: z
      .enum(['local', 'external', 'preloaded', 'action'], { error: 'must be local, external, preloaded or action' })
      .default('external')
      .describe(
        'Where the page is: local files shown by Trackyard, an external URL, a preloaded copy of a URL, or what action_type does.',
      ),
    action_type: z
      .string({ error: 'must be the key of an action' })
      .default('http')
      .describe('Key of the action that shows it, as listed by stream_actions.'),
    ...destinationFields,
    group_id: reference().default(null).describe('Group it is filed under, null for none.'),
    notes: text(10_000).nullable().default('').describe('Free text.'),
    files: localFiles().default(null),
  }),
  unique: [],
  references: {},
  moneyFields: [],
})
export type Landing = Stored<typeof landing>
