import { entities, isEntityKind } from '@trackyard/core/entities/index.ts'
import { nearest } from '@trackyard/core/nearest.ts'
import { type Access, accessAreas } from '@trackyard/core/permissions.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { accessData } from './shapes.ts'

const MAX_NAMED = 10
const KEYS = Object.keys(accessData.shape)
/** Also read: how some clients spell the groups. */
const ALSO_READ: ReadonlySet<string> = new Set(Object.values(accessAreas).map(({ key }) => `${key}_groups`))

/**
 * What rights of a user, as they were sent and as they were read, probably do not mean: keys that nobody reads, and ids
 * that name nothing, so that they let the user see nothing. In sentences.
 */
export async function accessDoubts(given: unknown, access: Access, reader: ConfigReader): Promise<string[]> {
  const doubts = unknownKeys(given).map((name) => {
    const meant = nearest(name.slice(0, 100), KEYS)
    return `access_data.${name.slice(0, 100)} is not known and was ignored${meant === null ? '.' : `: did you mean ${meant}?`}`
  })
  for (const [kind, { ids, groups }] of Object.entries(access.kinds)) {
    if (!isEntityKind(kind)) continue
    const { key } = accessAreas[kind]
    const lists = [
      { field: `${key}_selected_entities`, of: kind, ids },
      { field: `${key}_selected_groups`, of: 'groups', ids: groups },
    ] as const
    for (const list of lists) {
      const known = new Set((await reader.getMany(list.of, list.ids)).map(({ id }) => id))
      const unknown = list.ids.filter((id) => !known.has(id)).slice(0, MAX_NAMED)
      if (unknown.length > 0)
        doubts.push(`access_data.${list.field}: there is no ${entities[list.of].label} ${unknown.join(', ')}.`)
    }
  }
  return doubts
}

const unknownKeys = (given: unknown): string[] =>
  Object.keys(typeof given === 'object' && given !== null ? given : {})
    .filter((name) => !KEYS.includes(name) && !ALSO_READ.has(name) && !name.startsWith('_'))
    .slice(0, MAX_NAMED)
