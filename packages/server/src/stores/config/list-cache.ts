import type { EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import type { Row, ToEntity } from './entity-rows.ts'
import type { ConfigReader, ListOptions } from './port.ts'

/** Longer lists, such as a million bot addresses, are not worth their memory. */
const MAX_ENTITIES = 50_000

/** What one transaction did to entities of a kind. */
export interface KindChange {
  /** Of the kind, with this change. */
  readonly version: number
  /** By id, null for those it removed; null when they were too many to be told one by one. */
  rows: Map<number, Row | null> | null
}

type Reader = Pick<ConfigReader, 'list' | 'version'>
type Lists = Pick<ConfigReader, 'list'>
interface KnownList {
  readonly kind: EntityKind
  readonly states: States
  readonly version: number
  readonly list: readonly { readonly id: number; readonly state: string }[]
}
type States = 'all' | 'archived' | 'present'

/**
 * Whole lists, read again only when another process changed something of their kind: the version of the kind says so.
 * It is read before the list, so what is remembered is never older than its version claims.
 */
export interface ListCache {
  remember(reader: Reader): Lists
  /** For a transaction: lists that nobody has changed since, itself included. What it reads is not remembered, for it may be rolled back. */
  recall(reader: Reader): Lists
  /** Brings lists up to date with a change that was committed, if it is the one that follows what they show. */
  apply(changes: ReadonlyMap<EntityKind, KindChange>): void
}

export function createListCache(toEntity: ToEntity): ListCache {
  const known = new Map<string, KnownList>()
  const keep = (key: string, entry: KnownList): void => {
    if (entry.list.length <= MAX_ENTITIES) known.set(key, entry)
    else known.delete(key)
  }
  const listsOf = (reader: Reader, keepList: typeof keep): Lists => {
    const listOf = async (kind: EntityKind, options: ListOptions): Promise<KnownList['list']> => {
      if (options.parentId !== undefined || options.limit !== undefined || options.offset)
        return reader.list(kind, options)
      const states = options.onlyDeleted ? 'archived' : options.includeDeleted ? 'all' : 'present'
      const version = await reader.version(kind)
      const recalled = (key: string) => {
        const found = known.get(key)
        return found?.version === version ? found.list : null
      }
      const found = recalled(`${kind}:${states}`)
      if (found) return found
      const whole = recalled(`${kind}:all`)
      const list = whole ? whole.filter((entity) => isListed(entity, states)) : await reader.list(kind, options)
      keepList(`${kind}:${states}`, { kind, states, version, list })
      return list
    }
    return {
      // What is found under a kind is of it.
      list: async <Kind extends EntityKind>(kind: Kind, options: ListOptions = {}) =>
        (await listOf(kind, options)) as readonly EntityOf<Kind>[],
    }
  }
  return {
    remember: (reader) => listsOf(reader, keep),
    recall: (reader) => listsOf(reader, () => undefined),
    apply(changes) {
      for (const [key, entry] of known) {
        const { version, rows } = changes.get(entry.kind) ?? { version: 0, rows: null }
        if (rows !== null && entry.version === version - 1)
          keep(key, { ...entry, version, list: changedList(entry, rows, toEntity) })
      }
    },
  }
}

const isListed = ({ state }: { readonly state: string }, states: States): boolean =>
  states === 'all' || (state === 'deleted') === (states === 'archived')

/** Looks at few entities: to walk through thousands for a change of one takes longer than the change. */
function changedList(
  { kind, states, list }: KnownList,
  rows: ReadonlyMap<number, Row | null>,
  toEntity: ToEntity,
): KnownList['list'] {
  const changed = list.slice()
  for (const [id, row] of rows) {
    const index = indexOfId(changed, id)
    const isThere = changed[index]?.id === id
    changed.splice(index, isThere ? 1 : 0, ...(row && isListed(row, states) ? [toEntity(kind, row)] : []))
  }
  return changed
}

/** Where it is or belongs in a list in order of id. */
function indexOfId(list: KnownList['list'], id: number): number {
  let [from, to] = [0, list.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((list[middle]?.id ?? id) < id) from = middle + 1
    else to = middle
  }
  return from
}
