import type { EntityKind, FieldsOf } from '@trackyard/core/entities/index.ts'
import type { Result } from '@trackyard/core/result.ts'
import { type Kysely, Migrator, type Transaction } from 'kysely'
import { accountReaderOf, accountWriterOf, sessionStoreOf } from './accounts/kysely.ts'
import { maskSecrets } from './accounts/mask.ts'
import { currencyReaderOf, currencyWriterOf, RATES_VERSION } from './currencies/kysely.ts'
import { createEntityCache, type Row, reviveRow, type ToEntity } from './entity-rows.ts'
import { favouriteReaderOf, favouriteWriterOf } from './favourites/kysely.ts'
import { createHotStatements, type HotStatements } from './hot-statements.ts'
import { labelReaderOf, labelWriterOf } from './labels/kysely.ts'
import { createListCache, type KindChange, type ListCache } from './list-cache.ts'
import { configMigrations, type IdColumn } from './migrations.ts'
import {
  type AuditRow,
  type ChangeAuthor,
  type ConfigReader,
  type ConfigStore,
  type ConfigWriter,
  type ListOptions,
  lookupFields,
  type UniqueValue,
} from './port.ts'
import { rememberReads } from './remembered-reads.ts'
import type { ConfigTables, EntityTable } from './tables.ts'

const VERSION = 'config_version'
// Parameter limits differ between databases; this is below all of them.
const MAX_IDS_A_QUERY = 500
/** So few are found sooner by statements that are ready than by one that has to be put together. */
const MAX_ASKED_ONE_BY_ONE = 3
const versionOf = (kind: EntityKind): string => `${VERSION}:${kind}`
/** What the audit log shows of a change to very many. */
const MAX_VALUES_TOLD = 20

/** The config store over any database Kysely speaks. Applies the migrations that are missing. */
export async function openKyselyStore(db: Kysely<ConfigTables>, idColumn: IdColumn): Promise<ConfigStore> {
  const migrations = configMigrations(idColumn)
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest()
  if (error) throw error
  const rows: RowReading = { toEntity: createEntityCache(), hot: createHotStatements(db) }
  const lists = createListCache(rows.toEntity)
  const reader = readerOf(db, rows)
  return {
    ...reader,
    ...lists.remember(reader),
    async change(by, work) {
      const changes = new Map<EntityKind, KindChange>()
      const result = await inTransaction(db, (trx) => work(writerOf(trx, by, rows, lists, changes)))
      if (result.ok) lists.apply(changes)
      return result
    },
    ...sessionStoreOf(db),
    close: () => db.destroy(),
  }
}

/** Commits when `work` answers ok; rolls everything back when it answers problems or throws. */
async function inTransaction<T>(
  db: Kysely<ConfigTables>,
  work: (trx: Transaction<ConfigTables>) => Promise<Result<T>>,
): Promise<Result<T>> {
  const trx = await db.startTransaction().execute()
  try {
    const result = await work(trx)
    await (result.ok ? trx.commit() : trx.rollback()).execute()
    return result
  } catch (thrown) {
    await trx.rollback().execute()
    throw thrown
  }
}

interface RowReading {
  readonly toEntity: ToEntity
  readonly hot: HotStatements
}

function readerOf(db: Kysely<ConfigTables>, { toEntity, hot }: RowReading): ConfigReader {
  const accounts = accountReaderOf(db)
  return {
    async list(kind, options = {}) {
      const { parentId, ...others } = options
      const areChildren = parentId !== undefined && Object.keys(others).length === 0
      const rows = areChildren ? await hot.children(db, kind, parentId) : await selectList(db, kind, options).execute()
      return rows.map((row) => toEntity(kind, row))
    },
    async get(kind, id) {
      const row = await hot.entity(db, kind, id)
      return row ? toEntity(kind, row) : null
    },
    async getMany(kind, ids) {
      const wanted = [...new Set(ids)].sort((a, b) => a - b)
      if (wanted.length <= MAX_ASKED_ONE_BY_ONE) {
        const some = await Promise.all(wanted.map((id) => hot.entity(db, kind, id)))
        return some.flatMap((row) => (row ? toEntity(kind, row) : []))
      }
      const found = []
      for (let from = 0; from < wanted.length; from += MAX_IDS_A_QUERY) {
        const some = wanted.slice(from, from + MAX_IDS_A_QUERY)
        const rows = await db.selectFrom<EntityKind>(kind).selectAll().where('id', 'in', some).orderBy('id').execute()
        found.push(...rows.map((row) => toEntity(kind, row)))
      }
      return found
    },
    async findUnique(kind, value) {
      const row = await db
        .selectFrom<EntityKind>(kind)
        .selectAll()
        .where('unique_value', '=', value)
        .where('state', '<>', 'deleted')
        .executeTakeFirst()
      return row ? toEntity(kind, row) : null
    },
    async getMeta(key) {
      return (await hot.meta(db, key)) ?? null
    },
    async listMeta(prefix) {
      // Keys are ASCII, so this is the first text after all that begin with the prefix.
      const rows = await db
        .selectFrom('meta')
        .selectAll()
        .where('key', '>=', prefix)
        .where('key', '<', `${prefix}~`)
        .orderBy('key')
        .execute()
      return new Map(rows.map(({ key, value }) => [key, value]))
    },
    async listUnique(kind, afterId, limit) {
      const rows = await selectUnique(db, kind).where('id', '>', afterId).orderBy('id').limit(limit).execute()
      return rows.flatMap(toUniqueValue)
    },
    async findUniques(kind, values) {
      const found: UniqueValue[] = []
      for (let from = 0; from < values.length; from += MAX_IDS_A_QUERY) {
        const some = values.slice(from, from + MAX_IDS_A_QUERY)
        found.push(...(await selectUnique(db, kind).where('unique_value', 'in', some).execute()).flatMap(toUniqueValue))
      }
      return found
    },
    async count(kind) {
      const row = await db
        .selectFrom<EntityKind>(kind)
        .select(({ fn }) => fn.countAll().as('rows'))
        .where('state', '<>', 'deleted')
        .executeTakeFirst()
      return Number(row?.rows ?? 0)
    },
    async version(kind) {
      return hot.counter(db, kind === undefined ? VERSION : versionOf(kind))
    },
    ...accounts,
    ...labelReaderOf(db),
    ...currencyReaderOf(db),
    ...favouriteReaderOf(db),
  }
}

/** `changes` is told what becomes of entities. */
function writerOf(
  trx: Transaction<ConfigTables>,
  by: ChangeAuthor,
  rows: RowReading,
  lists: ListCache,
  changes: Map<EntityKind, KindChange>,
): ConfigWriter {
  const plain = readerOf(trx, rows)
  const memory = rememberReads(plain)
  const reader = { ...plain, ...memory.reads }
  let isVersionRaised = false

  async function raiseVersion(): Promise<void> {
    if (isVersionRaised) return
    isVersionRaised = true
    await rows.hot.raise(trx, [VERSION], 1)
  }
  /** What the change does to entities of a kind. Asked for with every write of one, so that the versions are raised. */
  async function changesOf(kind: EntityKind, quietly: boolean): Promise<KindChange> {
    memory.forget(kind)
    const found = changes.get(kind)
    if (found && !quietly) await raiseVersion()
    if (found) return found
    const raisesAll = !quietly && !isVersionRaised
    isVersionRaised ||= raisesAll
    const [version = 0] = await rows.hot.raise(trx, [versionOf(kind), ...(raisesAll ? [VERSION] : [])], 1)
    const change: KindChange = { version, rows: new Map() }
    changes.set(kind, change)
    return change
  }
  async function noteRow(kind: EntityKind, id: number, row: Row | null, quietly = false): Promise<void> {
    const change = await changesOf(kind, quietly)
    change.rows?.set(id, row)
  }
  async function noteMany(kind: EntityKind): Promise<void> {
    const change = await changesOf(kind, false)
    change.rows = null
  }
  async function note({ action, kind, entityId, ...values }: Parameters<ConfigWriter['note']>[0]): Promise<void> {
    const { before, after } = maskSecrets(values.before, values.after)
    const { actor, atMs: at_ms, userId: user_id = null, login = '', keyId: key_id = null, ip = '', via = '' } = by
    const who = { actor, at_ms, user_id, login, key_id, ip, via }
    const what = { action, kind, entity_id: entityId, before: JSON.stringify(before), after: JSON.stringify(after) }
    await rows.hot.audit(trx, { ...who, ...what })
  }
  async function audit(
    action: AuditRow['action'],
    kind: string,
    entityId: number,
    before: unknown,
    after: unknown,
  ): Promise<void> {
    await note({ action, kind, entityId, before, after })
    await raiseVersion()
  }

  return {
    ...reader,
    ...lists.recall(reader),
    ...accountWriterOf(trx, { atMs: by.atMs, audit: note, raiseVersion }),
    ...labelWriterOf(trx, (campaignId, before, after) => audit('update', 'labels', campaignId, before, after)),
    ...favouriteWriterOf(trx, by.atMs, (action, id, before, after) => audit(action, 'favourites', id, before, after)),
    ...currencyWriterOf(trx, async (action, id, before, after) => {
      await audit(action, 'currencies', id, before, after)
      await rows.hot.raise(trx, [RATES_VERSION], 1)
    }),
    async insert(kind, fields) {
      const row = { ...toColumns(kind, fields), created_at_ms: by.atMs, updated_at_ms: by.atMs }
      const inserted = await trx.insertInto<EntityKind>(kind).values(row).returning('id').executeTakeFirstOrThrow()
      const stored = { ...row, id: inserted.id }
      const entity = reviveRow(kind, stored)
      await noteRow(kind, stored.id, stored)
      if (by.userId)
        await trx.insertInto('creators').values({ kind, entity_id: inserted.id, user_id: by.userId }).execute()
      await audit('create', kind, inserted.id, null, entity)
      return entity
    },
    async update(kind, id, fields, { quietly } = { quietly: false }) {
      const before = await reader.get(kind, id)
      if (!before) throw new Error(`There is no row ${id} in ${kind} to update`)
      const columns = { ...toColumns(kind, fields), updated_at_ms: quietly ? before.updated_at_ms : by.atMs }
      await rows.hot.update(trx, kind, id, columns)
      const stored = { ...columns, id, created_at_ms: before.created_at_ms }
      const after = reviveRow(kind, stored)
      await noteRow(kind, id, stored, quietly)
      if (!quietly) await audit(actionOf(before.state, after.state), kind, id, before, after)
      return after
    },
    async remove(kind, id) {
      const before = await reader.get(kind, id)
      if (!before) throw new Error(`There is no row ${id} in ${kind} to remove`)
      await trx.deleteFrom<EntityKind>(kind).where('id', '=', id).execute()
      await noteRow(kind, id, null)
      await audit('delete', kind, id, before, null)
    },
    async insertMany(kind, list) {
      const first: (string | null)[] = []
      let count = 0
      for (const some of chunks(list, MAX_IDS_A_QUERY)) {
        const rows = some.map((fields) => ({
          ...toColumns(kind, fields),
          created_at_ms: by.atMs,
          updated_at_ms: by.atMs,
        }))
        const ids = await trx.insertInto<EntityKind>(kind).values(rows).returning('id').execute()
        const { userId } = by
        if (userId)
          await trx
            .insertInto('creators')
            .values(ids.map(({ id }) => ({ kind, entity_id: id, user_id: userId })))
            .execute()
        if (count === 0) first.push(...rows.slice(0, MAX_VALUES_TOLD).map((row) => row.unique_value))
        count += rows.length
      }
      if (count === 0) return
      await noteMany(kind)
      await audit('create', kind, 0, null, { count, first })
    },
    async removeMany(kind, ids) {
      if (ids.length === 0) return
      const told = await reader.getMany(kind, ids.slice(0, MAX_VALUES_TOLD))
      const first = told.map((entity) => toColumns<typeof kind>(kind, entity).unique_value)
      for (let from = 0; from < ids.length; from += MAX_IDS_A_QUERY)
        await trx
          .deleteFrom<EntityKind>(kind)
          .where('id', 'in', ids.slice(from, from + MAX_IDS_A_QUERY))
          .execute()
      await noteMany(kind)
      await audit('delete', kind, 0, { count: ids.length, first }, null)
    },
    async nextId(sequence, count = 1) {
      const [last = count] = await rows.hot.raise(trx, [sequence], count)
      return last - count + 1
    },
    async setMeta(key, value) {
      const before = await reader.getMeta(key)
      await trx
        .insertInto('meta')
        .values({ key, value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
        .execute()
      memory.forgetMeta()
      await audit(before === null ? 'create' : 'update', 'settings', 0, { [key]: before }, { [key]: value })
    },
    async deleteMeta(key) {
      const before = await reader.getMeta(key)
      await trx.deleteFrom('meta').where('key', '=', key).execute()
      memory.forgetMeta()
      if (before !== null) await audit('delete', 'settings', 0, { [key]: before }, null)
    },
  }
}

const selectUnique = (db: Kysely<ConfigTables>, kind: EntityKind) =>
  db.selectFrom<EntityKind>(kind).select(['id', 'unique_value']).where('state', '<>', 'deleted')

const toUniqueValue = ({ id, unique_value: value }: { id: number; unique_value: string | null }): UniqueValue[] =>
  value === null ? [] : [{ id, value }]

function* chunks<T>(list: Iterable<T>, size: number): Generator<T[]> {
  let chunk: T[] = []
  for (const item of list) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

function selectList(db: Kysely<ConfigTables>, kind: EntityKind, options: ListOptions) {
  let query = db.selectFrom<EntityKind>(kind).selectAll().orderBy('id')
  if (options.onlyDeleted) query = query.where('state', '=', 'deleted')
  else if (!options.includeDeleted) query = query.where('state', '<>', 'deleted')
  if (options.parentId !== undefined) query = query.where('parent_id', '=', options.parentId)
  if (options.limit === undefined && !options.offset) return query
  // SQLite knows no OFFSET without LIMIT.
  return query.limit(options.limit ?? Number.MAX_SAFE_INTEGER).offset(options.offset ?? 0)
}

function toColumns<Kind extends EntityKind>(
  kind: Kind,
  fields: FieldsOf<Kind>,
): Omit<EntityTable, 'id' | 'created_at_ms' | 'updated_at_ms'> {
  const { unique, parent } = lookupFields[kind]
  const values: Readonly<Record<string, unknown>> = fields
  return {
    state: fields.state,
    unique_value: unique === null ? null : String(values[unique]),
    parent_id: parent === null ? null : Number(values[parent]),
    body: JSON.stringify(fields),
  }
}

const actionOf = (before: string, after: string): AuditRow['action'] =>
  before === after || (before !== 'deleted' && after !== 'deleted')
    ? 'update'
    : after === 'deleted'
      ? 'archive'
      : 'restore'
