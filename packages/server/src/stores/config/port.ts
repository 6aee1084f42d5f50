import type { EntityKind, EntityOf, FieldsOf } from '@trackyard/core/entities/index.ts'
import type { Result } from '@trackyard/core/result.ts'
import type { AccountReader, AccountWriter, SessionStore } from './accounts/port.ts'
import type { CurrencyReader, CurrencyWriter } from './currencies/port.ts'
import type { FavouriteReader, FavouriteWriter } from './favourites/port.ts'
import type { LabelReader, LabelWriter } from './labels/port.ts'

export type {
  AccountWriter,
  ApiDialect,
  ApiKeyRow,
  AuditRow,
  NewApiKey,
  SessionRow,
  UserFields,
  UserRow,
} from './accounts/port.ts'

/**
 * Where campaigns and everything else people configure live. Reads see committed data only; every write happens
 * inside `change`, which stamps times, writes the audit row and raises the config version in the same transaction.
 */
export interface ConfigStore extends ConfigReader, SessionStore {
  /**
   * Runs `work` in one transaction. Commits when it answers ok; rolls everything back when it answers problems or
   * throws. Inside `work` use the writer only: the store itself would wait for this transaction to end.
   */
  change<T>(by: ChangeAuthor, work: (writer: ConfigWriter) => Promise<Result<T>>): Promise<Result<T>>
  close(): Promise<void>
}

export interface ConfigReader extends AccountReader, LabelReader, CurrencyReader, FavouriteReader {
  /** In order of id. */
  list<Kind extends EntityKind>(kind: Kind, options?: ListOptions): Promise<readonly EntityOf<Kind>[]>
  /** Archived ones too; null when there is none. */
  get<Kind extends EntityKind>(kind: Kind, id: number): Promise<EntityOf<Kind> | null>
  /** Those of `ids` that exist, archived ones too, in order of id. */
  getMany<Kind extends EntityKind>(kind: Kind, ids: readonly number[]): Promise<readonly EntityOf<Kind>[]>
  /** The entity that is not archived and has this value in the kind's unique field. */
  findUnique<Kind extends EntityKind>(kind: Kind, value: string): Promise<EntityOf<Kind> | null>
  getMeta(key: string): Promise<string | null>
  /** Those whose key begins with `prefix`, by key. */
  listMeta(prefix: string): Promise<ReadonlyMap<string, string>>
  /**
   * Unique values of entities that are not archived, in order of id, without reading the entities: a page of kinds of
   * which there may be a million. `afterId` is the last id of the page before.
   */
  listUnique(kind: EntityKind, afterId: number, limit: number): Promise<readonly UniqueValue[]>
  /** Those of `values` that entities that are not archived have. */
  findUniques(kind: EntityKind, values: readonly string[]): Promise<readonly UniqueValue[]>
  /** How many entities are not archived. */
  count(kind: EntityKind): Promise<number>
  /** Grows with every committed change; with every one to entities of `kind`, if one is named. */
  version(kind?: EntityKind): Promise<number>
}

/** The unique field of an entity. */
export interface UniqueValue {
  readonly id: number
  readonly value: string
}

export interface ConfigWriter extends ConfigReader, AccountWriter, LabelWriter, CurrencyWriter, FavouriteWriter {
  /** The caller has parsed the fields and made sure that the unique field is free. */
  insert<Kind extends EntityKind>(kind: Kind, fields: FieldsOf<Kind>): Promise<EntityOf<Kind>>
  /**
   * Inserts many at once, for lists that are pasted: the audit log tells how many and the first of them. The caller has
   * parsed the fields and made sure that the unique fields are free.
   */
  insertMany<Kind extends EntityKind>(kind: Kind, list: Iterable<FieldsOf<Kind>>): Promise<void>
  /** Deletes many for good, told in the audit log as one change. Ids of nothing are passed over. */
  removeMany(kind: EntityKind, ids: readonly number[]): Promise<void>
  /**
   * Replaces all fields. Throws when the entity does not exist. `quietly` is for what the server notes by itself, such
   * as the result of a check: no audit row, no new version, and the entity keeps its time of change.
   */
  update<Kind extends EntityKind>(
    kind: Kind,
    id: number,
    fields: FieldsOf<Kind>,
    how?: { readonly quietly: boolean },
  ): Promise<EntityOf<Kind>>
  /** Deletes for good. Throws when the entity does not exist. */
  remove<Kind extends EntityKind>(kind: Kind, id: number): Promise<void>
  /** Reserves `count` numbers for rows inside entities (stream filters, offers, landings); answers the first. */
  nextId(sequence: string, count?: number): Promise<number>
  setMeta(key: string, value: string): Promise<void>
  deleteMeta(key: string): Promise<void>
}

export interface ListOptions {
  readonly includeDeleted?: boolean
  readonly onlyDeleted?: boolean
  /** Streams of this campaign; kinds without a parent know none. */
  readonly parentId?: number
  readonly limit?: number
  readonly offset?: number
}

/** Who changes something, and when (UTC epoch milliseconds). */
export interface ChangeAuthor {
  readonly actor: string
  readonly atMs: number
  /** Becomes the creator of what is inserted. */
  readonly userId?: number | null
  readonly login?: string
  readonly keyId?: number | null
  readonly ip?: string
  /** `api`, `ui` or `cli`. */
  readonly via?: string
}

/** The field that may not repeat among entities of a kind that are not archived, and the parent of a kind. */
export const lookupFields = {
  campaigns: { unique: 'alias', parent: null },
  streams: { unique: null, parent: 'campaign_id' },
  offers: { unique: null, parent: null },
  landing_pages: { unique: null, parent: null },
  affiliate_networks: { unique: 'name', parent: null },
  traffic_sources: { unique: null, parent: null },
  domains: { unique: 'name', parent: null },
  groups: { unique: null, parent: null },
  bots: { unique: 'value', parent: null },
  blacklist: { unique: null, parent: null },
  filters: { unique: 'name', parent: null },
  postbacks: { unique: null, parent: null },
  integrations: { unique: null, parent: null },
  conversion_types: { unique: 'name', parent: null },
} as const satisfies Record<EntityKind, { unique: string | null; parent: string | null }>
