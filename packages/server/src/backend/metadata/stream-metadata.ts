import type { ActionDef } from '@trackyard/core/actions/action.ts'
import { actions } from '@trackyard/core/actions/index.ts'
import { optionsSchema } from '@trackyard/core/actions/options.ts'
import { filters } from '@trackyard/core/filters/index.ts'
import { payloadSchema } from '@trackyard/core/filters/payload-schema.ts'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { everyone } from '../auth/access.ts'
import type { Route } from '../route.ts'

/** Clients read the name of an item as `key` or as `value`, so it is both (reference admin-api §2.4). */
const item = (key: string, name: string, more: Record<string, unknown>) => ({ key, value: key, name, ...more })

const types = [
  item('forced', 'Forced', { field: 'type', type: 'type', description: 'Tried first, in order of position.' }),
  item('regular', 'Regular', {
    field: 'type',
    type: 'type',
    description: 'Tried by position or split by weight, as the campaign says.',
  }),
  item('default', 'Default', {
    field: 'type',
    type: 'type',
    description: 'Takes what no other stream took. Has no filters.',
  }),
]

const schemas = [
  item('landings', 'Landing pages and offers', {
    field: 'schema',
    type: 'schema',
    description: 'Splits visitors among landing pages and offers.',
  }),
  item('redirect', 'Redirect', { field: 'schema', type: 'schema', description: 'Sends the visitor to one URL.' }),
  item('action', 'Action', {
    field: 'schema',
    type: 'schema',
    description: 'Answers by itself: text, HTML, 404 or another campaign.',
  }),
]

/** The first Admin API has a schema of its own for streams with offers alone. */
const schemas2017 = [
  ...schemas,
  item('offers', 'Offers', { field: 'schema', type: 'schema', description: 'Splits visitors among offers.' }),
]

const actionItems = Object.entries<ActionDef>(actions).map(([key, def]) =>
  item(key, def.label, { field: def.field, type: def.type, description: def.help, options: optionsSchema(def) }),
)

const filterItems = Object.entries(filters).map(([key, def]) => ({
  ...item(key, def.label, { tooltip: def.help, group: def.group }),
  modes: { accept: 'Is', reject: 'Is not' },
  template: def.example === null ? '' : JSON.stringify(def.example),
  header_template: '',
  defaults: def.example,
  payload: payloadSchema(def),
}))

const itemFields = {
  key: z.string().describe('What streams name it by.'),
  value: z.string().describe('The same as key.'),
  name: z.string().describe('What people call it.'),
}
const about = {
  field: z.string().describe('Field of the stream that holds the key, or how the payload is edited.'),
  type: z.string().describe('For actions redirect or other, else the same as field.'),
  description: z.string().describe('What it does.'),
}
const describedItems = z.array(z.object({ ...itemFields, ...about }))
const actionAnswers = z.array(
  z.object({
    ...itemFields,
    ...about,
    options: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('What action_options may hold, as JSON Schema; null when the action has no options.'),
  }),
)
const filterAnswers = z.array(
  z.object({
    ...itemFields,
    tooltip: z.string().describe('What the filter compares with what, and what unknown data mean.'),
    group: z.string().describe('Where it stands in the list a user picks from.'),
    modes: z
      .object({ accept: z.string().describe('Label of accept.'), reject: z.string().describe('Label of reject.') })
      .describe('The modes of the filter with their labels.'),
    template: z.string().describe('A payload that the filter accepts, as JSON text; empty when it asks nothing.'),
    header_template: z.string().describe('Always empty.'),
    defaults: z.unknown().describe('The same payload as a value; null when the filter asks nothing.'),
    payload: z.record(z.string(), z.unknown()).describe('The payload as JSON Schema.'),
  }),
)

const listRoute = (
  path: string,
  description: string,
  answers: z.ZodType,
  list: readonly unknown[],
  list2017: readonly unknown[] = list,
): Route => ({
  method: 'GET',
  path,
  description,
  access: everyone('read'),
  answers,
  handle: async ({ dialect }) => ok(dialect === '2017' ? list2017 : list),
})

/** What streams can be made of, read from the registries the click path itself uses. */
export const streamMetadataRoutes: readonly Route[] = [
  listRoute('/stream_types', 'Types of streams', describedItems, types),
  listRoute('/stream_schemas', 'Schemas of streams', describedItems, schemas, schemas2017),
  listRoute('/stream_actions', 'Actions of streams, offers and landing pages', actionAnswers, actionItems),
  listRoute('/streams_actions', 'Actions of streams, offers and landing pages', actionAnswers, actionItems),
  listRoute('/stream_filters', 'Filters of streams', filterAnswers, filterItems),
]
