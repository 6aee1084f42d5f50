import type { EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import type { ConfigReader, ListOptions } from './port.ts'

/** Longer lists, such as a million bot addresses, are not worth their memory. */
const MAX_ENTITIES = 20_000

/**
 * Whole lists, read again only when something of their kind was changed, by whichever process: the version of the kind
 * says so. It is read before the list, so what is remembered is never newer than its version claims.
 */
export function rememberLists(reader: Pick<ConfigReader, 'list' | 'version'>): Pick<ConfigReader, 'list'> {
  const known = new Map<string, { readonly version: number; readonly list: readonly object[] }>()
  return {
    async list<Kind extends EntityKind>(kind: Kind, options: ListOptions = {}): Promise<readonly EntityOf<Kind>[]> {
      const { parentId, limit, offset, ...states } = options
      if (parentId !== undefined || limit !== undefined || offset) return reader.list(kind, options)
      const key = `${kind}:${JSON.stringify(states)}`
      const version = await reader.version(kind)
      const found = known.get(key)
      // The key names the kind, so what is found is of it.
      if (found?.version === version) return found.list as readonly EntityOf<Kind>[]
      const list = await reader.list(kind, options)
      if (list.length <= MAX_ENTITIES) known.set(key, { version, list })
      else known.delete(key)
      return list
    },
  }
}
