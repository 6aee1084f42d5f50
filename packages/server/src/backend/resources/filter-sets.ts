import type { Stream } from '@trackyard/core/entities/index.ts'
import { namedSets } from '@trackyard/core/filters/filter-set.ts'
import { filterDoubts } from '@trackyard/core/filters/index.ts'
import { compileFilterSet } from '@trackyard/core/filters/sets.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../stores/config/port.ts'
import { unrestricted } from '../auth/reach.ts'
import type { Resource } from './resource.ts'
import { readOnly } from './shapes.ts'

const MAX_NAMED = 20

/** Filters under a name. Streams that name a set follow its changes, because its campaign is published anew. */
export const filterSets: Resource<'filters'> = {
  kind: 'filters',
  example: {
    name: 'German phones',
    filters: [
      { name: 'country', payload: ['DE'] },
      { name: 'device_type', payload: ['mobile'] },
    ],
  },
  hidesArchived: true,
  verbs: [],
  serverFields: ['state'],
  aliases: { note: 'notes', comment: 'notes', comments: 'notes' },
  copy: async () => ({}),
  shown: { hidden: ['state'], fields: { streams_count: readOnly(z.int(), 'Number of streams that name it.') } },
  async refuseRemoval(set, { writer }) {
    const users = await streamsNaming(set.id, unrestricted(writer))
    if (users.length === 0) return []
    const seen = new Set(
      (
        await writer.getMany(
          'streams',
          users.map(({ id }) => id),
        )
      ).map(({ id }) => id),
    )
    const named = users.filter(({ id }) => seen.has(id)).map(({ id, campaign_id }) => `${id} (campaign ${campaign_id})`)
    const more = users.length - Math.min(named.length, MAX_NAMED)
    const list = [...named.slice(0, MAX_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ')
    const message = `Filter set ${set.id} is used by stream ${list}: take the filter filter_set out there first`
    return [problem('validation', message, 'id')]
  },
  async beforeRemoval() {},
  async check(fields) {
    const compiled = compileFilterSet(fields)
    return compiled.ok ? [] : compiled.problems
  },
  doubts: async (set, { nowMs }) => set.filters.flatMap((filter) => filterDoubts(filter, nowMs)),
  async extras(sets, reader) {
    const counts = new Map<number, number>()
    for (const stream of sets.length === 0 ? [] : await reader.list('streams'))
      for (const id of new Set(namedSets(stream.filters))) counts.set(id, (counts.get(id) ?? 0) + 1)
    return (set) => ({ state: undefined, streams_count: counts.get(set.id) ?? 0 })
  },
}

const streamsNaming = async (setId: number, reader: ConfigReader): Promise<Stream[]> =>
  (await reader.list('streams')).filter((stream) => namedSets(stream.filters).includes(setId))

/** Sets that a stream names and this user cannot see; those it named before may stay. */
export async function missingSets(
  rows: Stream['filters'],
  before: Stream['filters'],
  reader: ConfigReader,
): Promise<Problem[]> {
  const known = new Set(namedSets(before))
  for (const set of await reader.getMany('filters', namedSets(rows))) known.add(set.id)
  return rows.flatMap((row, index) =>
    namedSets([row])
      .filter((id) => !known.has(id))
      .map((id) =>
        problem('validation', `There is no filter set ${id}: make it at /filters first`, `filters.${index}.payload`),
      ),
  )
}
