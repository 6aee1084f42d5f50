import type { ActionDef } from '@trackyard/core/actions/action.ts'
import { actions } from '@trackyard/core/actions/index.ts'
import { filters } from '@trackyard/core/filters/index.ts'
import { ok } from '@trackyard/core/result.ts'
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

const actionItems = Object.entries<ActionDef>(actions).map(([key, { label, help, type, field }]) =>
  item(key, label, { field, type, description: help }),
)

const filterItems = Object.entries(filters).map(([key, { label, help, group }]) => ({
  ...item(key, label, { tooltip: help, group }),
  modes: { accept: 'Is', reject: 'Is not' },
  template: '',
  header_template: '',
  defaults: null,
}))

const listRoute = (
  path: string,
  description: string,
  list: readonly unknown[],
  list2017: readonly unknown[] = list,
): Route => ({
  method: 'GET',
  path,
  description,
  access: everyone('read'),
  handle: async ({ dialect }) => ok(dialect === '2017' ? list2017 : list),
})

/** What streams can be made of, read from the registries the click path itself uses. */
export const streamMetadataRoutes: readonly Route[] = [
  listRoute('/stream_types', 'Types of streams', types),
  listRoute('/stream_schemas', 'Schemas of streams', schemas, schemas2017),
  listRoute('/stream_actions', 'Actions of streams, offers and landing pages', actionItems),
  listRoute('/streams_actions', 'Actions of streams, offers and landing pages', actionItems),
  listRoute('/stream_filters', 'Filters of streams', filterItems),
]
