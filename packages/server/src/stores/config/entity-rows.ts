import type { EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import { reviveEntity } from '@trackyard/core/entities/parse.ts'
import type { Selectable } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { EntityTable } from './tables.ts'

export type Row = Selectable<EntityTable>
export type ToEntity = <Kind extends EntityKind>(kind: Kind, row: Row) => EntityOf<Kind>

/** Rows were written from parsed fields, so one that cannot be read is a bug or a damaged file: throws. */
export const reviveRow: ToEntity = (kind, row) => {
  const { id, created_at_ms, updated_at_ms } = row
  const body: unknown = JSON.parse(row.body)
  const entity = reviveEntity(kind, { ...(body as object), id, created_at_ms, updated_at_ms })
  if (!entity) throw new Error(`Row ${id} of ${kind} in the config store cannot be read`)
  return entity
}

const MAX_ENTITIES = 80_000

/**
 * Remembers the entity of a row as long as its text stays the same, whoever wrote it. Lists and snapshots read
 * thousands of rows of which a few have changed, and parsing is most of their cost. What comes out is shared, so it is
 * frozen; the same text gives the same object.
 */
export function createEntityCache(): ToEntity {
  const known = new LRUCache<string, { readonly row: Row; readonly entity: object }>({ max: MAX_ENTITIES })
  return <Kind extends EntityKind>(kind: Kind, row: Row): EntityOf<Kind> => {
    const key = `${kind}:${row.id}`
    const found = known.get(key)
    // The key names the kind, so what is found is of it.
    if (found && isSame(found.row, row)) return found.entity as EntityOf<Kind>
    const entity = freeze(reviveRow(kind, row))
    known.set(key, { row, entity })
    return entity
  }
}

const isSame = (a: Row, b: Row): boolean =>
  a.updated_at_ms === b.updated_at_ms && a.created_at_ms === b.created_at_ms && a.body === b.body

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}
