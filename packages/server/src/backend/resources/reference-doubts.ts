import { type EntityKind, type EntityOf, entities, type Group } from '@trackyard/core/entities/index.ts'
import { LOOSE_REFERENCES, unrestricted } from '../auth/reach.ts'
import type { SaveTools } from './resource.ts'

/** The type of the groups that hold entities of a kind. */
const GROUP_TYPES: Readonly<Partial<Record<EntityKind, Group['type']>>> = {
  campaigns: 'campaigns',
  offers: 'offers',
  landing_pages: 'landings',
  domains: 'domains',
}

/**
 * What is doubtful about ids that may name anything, as in Keitaro: what does not exist counts as none (reference
 * admin-api §2.2), so it is not refused. Sentences that name the field and the cure.
 */
export async function referenceDoubts<Kind extends EntityKind>(
  kind: Kind,
  entity: EntityOf<Kind>,
  { writer }: SaveTools,
): Promise<string[]> {
  const values: Readonly<Record<string, unknown>> = { ...entity }
  const what = entities[kind].label
  // Who sees a part only must not learn whether the rest exists.
  const isNarrowed = unrestricted(writer) !== writer
  const doubts: string[] = []
  for (const [field, target] of Object.entries(LOOSE_REFERENCES)) {
    const id = values[field]
    if (typeof id !== 'number' || (target === 'groups' && GROUP_TYPES[kind] === undefined)) continue
    const label = entities[target].label
    const found = await writer.get(target, id)
    if (!found) {
      doubts.push(
        isNarrowed
          ? `${field}: there is no ${label} ${id} that you can see; the ${what} is saved all the same.`
          : `${field}: there is no ${label} ${id}; the ${what} is saved without effect of it. Name one that exists, or null.`,
      )
    } else if (found.state === 'deleted')
      doubts.push(`${field}: ${label} ${id} is archived; restore it or name another.`)
    else if ('type' in found && target === 'groups' && found.type !== GROUP_TYPES[kind])
      doubts.push(
        `${field}: group ${id} is for ${found.type}; the ${what} is saved without a group. Name one for ${GROUP_TYPES[kind]}.`,
      )
  }
  return doubts
}
