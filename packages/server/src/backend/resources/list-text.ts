import type { EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { Dialect } from '../dialect/dialect.ts'
import { toBody } from '../dialect/to-body.ts'
import { presentAll } from './present.ts'
import type { Resource } from './resource.ts'

/** Entities are frozen and the same object as long as they stay the same, so their texts go when they do. */
const known = new Map<Dialect, WeakMap<object, string>>()

/**
 * The JSON of a list of entities that show nothing but what they say themselves. Of thousands few have changed since
 * they were listed last, and only those are written anew.
 */
export async function listText<Kind extends EntityKind>(
  resource: Resource<Kind>,
  list: readonly EntityOf<Kind>[],
  dialect: Dialect,
  reader: ConfigReader,
): Promise<string> {
  const texts = known.get(dialect) ?? new WeakMap<object, string>()
  known.set(dialect, texts)
  const missing = list.filter((entity) => !texts.has(entity))
  const shown = await presentAll(resource, missing, reader)
  missing.forEach((entity, index) => {
    const body = toBody(resource.kind, dialect, shown.slice(index, index + 1), { operation: 'list' })
    texts.set(entity, JSON.stringify(body).slice(1, -1))
  })
  return `[${list.map((entity) => texts.get(entity)).join(',')}]`
}
