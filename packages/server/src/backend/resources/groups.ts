import { GROUP_TYPES } from '@trackyard/core/entities/group.ts'
import type { EntityKind, FieldsOf, Group } from '@trackyard/core/entities/index.ts'
import { didYouMean } from '@trackyard/core/nearest.ts'
import { quoted } from '@trackyard/core/plain-words.ts'
import { problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../stores/config/port.ts'
import { unrestricted } from '../auth/reach.ts'
import type { Resource, SaveTools } from './resource.ts'
import { toFields } from './save.ts'
import { readOnly } from './shapes.ts'

/** The kind whose entities a group of each type holds. */
const MEMBERS = {
  campaigns: 'campaigns',
  offers: 'offers',
  landings: 'landing_pages',
  domains: 'domains',
} as const satisfies Record<Group['type'], EntityKind>
type MemberKind = (typeof MEMBERS)[Group['type']]

/** Other words than the types name no group: a list of them is empty, as clients of later versions expect. */
const listedType = z
  .preprocess(
    (value) => (value === 'landing_pages' ? 'landings' : (value ?? '') === '' ? undefined : value),
    z
      .string({ error: `must be one of ${GROUP_TYPES.join(', ')}` })
      .meta({ enum: [...GROUP_TYPES] })
      .default('campaigns'),
  )
  .describe('Groups of what; campaigns when left out.')

export const groups: Resource<'groups'> = {
  kind: 'groups',
  example: { name: 'Search campaigns', type: 'campaigns' },
  hidesArchived: true,
  verbs: [],
  serverFields: ['state'],
  /** A group keeps its type: its members would be of another kind. */
  frozen: ['type'],
  shown: { hidden: ['state'], fields: { count: readOnly(z.int(), 'Number of its members.') } },
  listAccepts: z.object({ type: listedType }),
  listDoubts: ({ type }) =>
    GROUP_TYPES.some((known) => known === type)
      ? []
      : [`type: there are no groups of the type "${quoted(String(type))}"${didYouMean(String(type), GROUP_TYPES)}`],
  select: (list, { type }) =>
    list
      .filter((group) => group.type === type)
      .toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0) || a.id - b.id),
  async complete(fields, _current, { writer }) {
    return { ...fields, position: fields.position ?? lastPosition(await writer.list('groups'), fields.type) + 1 }
  },
  async check(fields, current, { writer }) {
    // Names are unique among all groups, those that this user cannot see included.
    const other = (await unrestricted(writer).list('groups')).find(
      (group) => group.type === fields.type && group.name === fields.name && group.id !== current?.id,
    )
    return other ? [problem('validation', 'Name is already used by another group of this type', 'name')] : []
  },
  /** Members stay, without a group (reference admin-api §2.7). */
  async beforeRemoval(group, tools) {
    await ungroup(MEMBERS[group.type], group.id, tools)
  },
  async extras(list, reader) {
    const counts = new Map<MemberKind, ReadonlyMap<number | null, number>>()
    for (const type of new Set(list.map((group) => group.type))) {
      counts.set(MEMBERS[type], await membersByGroup(MEMBERS[type], reader))
    }
    return (group) => ({ state: undefined, count: counts.get(MEMBERS[group.type])?.get(group.id) ?? 0 })
  },
}

/** Names of the groups of a type, by id; for entities to show. */
export async function groupNames(reader: ConfigReader, type: Group['type']): Promise<(id: number | null) => string> {
  const names = new Map((await reader.list('groups')).map((group) => [group.id, group]))
  return (id) => {
    const group = names.get(id ?? 0)
    return group?.type === type ? group.name : ''
  }
}

const lastPosition = (list: readonly Group[], type: Group['type']): number =>
  Math.max(0, ...list.filter((group) => group.type === type).map((group) => group.position ?? 0))

async function membersByGroup(kind: MemberKind, reader: ConfigReader): Promise<Map<number | null, number>> {
  const counts = new Map<number | null, number>()
  for (const { group_id: id } of await reader.list(kind)) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

async function ungroup<Kind extends MemberKind>(kind: Kind, groupId: number, tools: SaveTools): Promise<void> {
  // Members that this user cannot see lose the group, too.
  // All members, but by the user's own rights: groups decide who sees what, so a foreign member keeps its group alive.
  const { writer } = tools
  for (const member of await unrestricted(writer).list(kind, { includeDeleted: true })) {
    if (member.group_id !== groupId) continue
    const fields: FieldsOf<Kind> = { ...toFields(member), group_id: null }
    await writer.update(kind, member.id, fields)
  }
}
