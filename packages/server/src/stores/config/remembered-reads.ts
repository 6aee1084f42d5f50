import type { EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import type { ConfigReader } from './port.ts'

type Reads = Pick<ConfigReader, 'get' | 'list' | 'getMeta'>

/** Reads of a transaction that nobody else can change meanwhile. */
export interface RememberedReads {
  readonly reads: Reads
  /** To be called with everything that is written to entities of a kind. */
  forget(kind: EntityKind): void
  forgetMeta(): void
}

/**
 * Asks once what a transaction asks again: the checks of a change are independent of each other and look at the same few
 * entities. Whole lists are not kept, for they are remembered elsewhere.
 */
export function rememberReads(reader: Reads): RememberedReads {
  const entities = new Map<string, Promise<unknown>>()
  const meta = new Map<string, Promise<string | null>>()
  const known = <T>(from: Map<string, Promise<unknown>>, key: string, ask: () => Promise<T>): Promise<T> => {
    // The key names what was asked, so what is found has its type.
    const found = (from.get(key) as Promise<T> | undefined) ?? ask()
    from.set(key, found)
    return found
  }
  return {
    reads: {
      get: (kind, id) => known(entities, `${kind} ${id}`, () => reader.get(kind, id)),
      list: <Kind extends EntityKind>(kind: Kind, options: Parameters<Reads['list']>[1] = {}) =>
        options.parentId === undefined
          ? reader.list(kind, options)
          : known<readonly EntityOf<Kind>[]>(entities, `${kind} ${JSON.stringify(options)}`, () =>
              reader.list(kind, options),
            ),
      getMeta: (key) => known(meta, key, () => reader.getMeta(key)),
    },
    forget(kind) {
      for (const key of entities.keys()) if (key.startsWith(`${kind} `)) entities.delete(key)
    },
    forgetMeta: () => meta.clear(),
  }
}
