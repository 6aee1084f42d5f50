import type { EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import { accessAreas, mayRead, mayWrite } from '@trackyard/core/permissions.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { Actor } from './actor.ts'

type AnyEntity = EntityOf<EntityKind>

/** Decides about single entities for one user, with what has to be looked up for that. */
export interface Judge {
  mayRead(kind: EntityKind, entity: AnyEntity): Promise<boolean>
  mayWrite(kind: EntityKind, entity: AnyEntity): Promise<boolean>
  /** Forget what was looked up: something was written. */
  forget(): void
}

/** `reader` must see everything. */
export function createJudge(reader: ConfigReader, { access, userId }: Pick<Actor, 'access' | 'userId'>): Judge {
  const created = new Map<EntityKind, Promise<ReadonlySet<number>>>()
  const parents = new Map<string, Promise<AnyEntity | null>>()

  const createdOf = (kind: EntityKind): Promise<ReadonlySet<number>> =>
    remembered(created, kind, async () => (userId === null ? new Set<number>() : reader.listCreatedBy(kind, userId)))

  async function allows(rule: typeof mayRead, kind: EntityKind, entity: AnyEntity): Promise<boolean> {
    if (access.isAdministrator) return true
    const isOwn = (await createdOf(kind)).has(entity.id)
    if (!rule(access, kind, { id: entity.id, groupId: groupIdOf(entity), isOwn })) return false
    const area = accessAreas[kind]
    if (!('through' in area)) return true
    const { kind: parentKind, field } = area.through
    const parentId = Number(Object.entries(entity).find(([key]) => key === field)?.[1])
    const parent = await remembered(parents, `${parentKind} ${parentId}`, () => reader.get(parentKind, parentId))
    return parent !== null && allows(rule, parentKind, parent)
  }

  return {
    mayRead: (kind, entity) => allows(mayRead, kind, entity),
    mayWrite: (kind, entity) => allows(mayWrite, kind, entity),
    forget() {
      created.clear()
      parents.clear()
    },
  }
}

export const groupIdOf = (fields: object): number | null =>
  'group_id' in fields && typeof fields.group_id === 'number' ? fields.group_id : null

function remembered<Key, Value>(known: Map<Key, Promise<Value>>, key: Key, load: () => Promise<Value>): Promise<Value> {
  const found = known.get(key) ?? load()
  known.set(key, found)
  return found
}
