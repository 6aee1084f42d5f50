import { entities, isEntityKind } from '@trackyard/core/entities/index.ts'
import { type Access, accessAreas } from '@trackyard/core/permissions.ts'
import type { ConfigReader } from '../../stores/config/port.ts'

const MAX_NAMED = 10

/** Ids in the rights of a user that name nothing, so that they let the user see nothing. In sentences. */
export async function accessDoubts(access: Access, reader: ConfigReader): Promise<string[]> {
  const doubts: string[] = []
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
