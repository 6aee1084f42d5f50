import type { EntityKind, EntityOf, FieldsOf } from '@trackyard/core/entities/index.ts'
import { reviveEntity } from '@trackyard/core/entities/parse.ts'
import { type Kysely, Migrator, type Selectable, type Transaction } from 'kysely'
import { accountReaderOf, accountWriterOf, sessionStoreOf } from './accounts/kysely.ts'
import { maskSecrets } from './accounts/mask.ts'
import { configMigrations, type IdColumn } from './migrations.ts'
import {
  type AuditRow,
  type ChangeAuthor,
  type ConfigReader,
  type ConfigStore,
  type ConfigWriter,
  type ListOptions,
  lookupFields,
} from './port.ts'
import type { ConfigTables, EntityTable } from './tables.ts'

const VERSION = 'config_version'
// Parameter limits differ between databases; this is below all of them.
const MAX_IDS_A_QUERY = 500

/** The config store over any database Kysely speaks. Applies the migrations that are missing. */
export async function openKyselyStore(db: Kysely<ConfigTables>, idColumn: IdColumn): Promise<ConfigStore> {
  const migrations = configMigrations(idColumn)
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest()
  if (error) throw error
  return {
    ...readerOf(db),
    async change(by, work) {
      const trx = await db.startTransaction().execute()
      try {
        const result = await work(writerOf(trx, by))
        await (result.ok ? trx.commit() : trx.rollback()).execute()
        return result
      } catch (thrown) {
        await trx.rollback().execute()
        throw thrown
      }
    },
    ...sessionStoreOf(db),
    close: () => db.destroy(),
  }
}

function readerOf(db: Kysely<ConfigTables>): ConfigReader {
  const accounts = accountReaderOf(db)
  return {
    async list(kind, options = {}) {
      const rows = await selectList(db, kind, options).execute()
      return rows.map((row) => toEntity(kind, row))
    },
    async get(kind, id) {
      const row = await db.selectFrom<EntityKind>(kind).selectAll().where('id', '=', id).executeTakeFirst()
      return row ? toEntity(kind, row) : null
    },
    async getMany(kind, ids) {
      const wanted = [...new Set(ids)].sort((a, b) => a - b)
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
      const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst()
      return row?.value ?? null
    },
    async version() {
      const row = await db.selectFrom('counters').select('value').where('name', '=', VERSION).executeTakeFirst()
      return Number(row?.value ?? 0)
    },
    ...accounts,
  }
}

function writerOf(trx: Transaction<ConfigTables>, by: ChangeAuthor): ConfigWriter {
  const reader = readerOf(trx)
  let isVersionRaised = false

  async function raiseVersion(): Promise<void> {
    if (isVersionRaised) return
    isVersionRaised = true
    await addToCounter(trx, VERSION, 1)
  }
  async function note({ action, kind, entityId, ...values }: Parameters<ConfigWriter['note']>[0]): Promise<void> {
    const { before, after } = maskSecrets(values.before, values.after)
    const { actor, atMs: at_ms, userId: user_id = null, login = '', keyId: key_id = null, ip = '', via = '' } = by
    const who = { actor, at_ms, user_id, login, key_id, ip, via }
    const what = { action, kind, entity_id: entityId, before: JSON.stringify(before), after: JSON.stringify(after) }
    await trx
      .insertInto('audit')
      .values({ ...who, ...what })
      .execute()
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
    ...accountWriterOf(trx, { atMs: by.atMs, audit: note, raiseVersion }),
    async insert(kind, fields) {
      const row = { ...toColumns(kind, fields), created_at_ms: by.atMs, updated_at_ms: by.atMs }
      const inserted = await trx.insertInto<EntityKind>(kind).values(row).returning('id').executeTakeFirstOrThrow()
      const entity = toEntity(kind, { ...row, id: inserted.id })
      if (by.userId)
        await trx.insertInto('creators').values({ kind, entity_id: inserted.id, user_id: by.userId }).execute()
      await audit('create', kind, inserted.id, null, entity)
      return entity
    },
    async update(kind, id, fields) {
      const before = await reader.get(kind, id)
      if (!before) throw new Error(`There is no row ${id} in ${kind} to update`)
      const columns = { ...toColumns(kind, fields), updated_at_ms: by.atMs }
      await trx.updateTable<EntityKind>(kind).set(columns).where('id', '=', id).execute()
      const after = toEntity(kind, { ...columns, id, created_at_ms: before.created_at_ms })
      await audit(actionOf(before.state, after.state), kind, id, before, after)
      return after
    },
    async remove(kind, id) {
      const before = await reader.get(kind, id)
      if (!before) throw new Error(`There is no row ${id} in ${kind} to remove`)
      await trx.deleteFrom<EntityKind>(kind).where('id', '=', id).execute()
      await audit('delete', kind, id, before, null)
    },
    nextId: async (sequence, count = 1) => (await addToCounter(trx, sequence, count)) - count + 1,
    async setMeta(key, value) {
      const before = await reader.getMeta(key)
      await trx
        .insertInto('meta')
        .values({ key, value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
        .execute()
      await audit(before === null ? 'create' : 'update', 'settings', 0, { [key]: before }, { [key]: value })
    },
    async deleteMeta(key) {
      const before = await reader.getMeta(key)
      await trx.deleteFrom('meta').where('key', '=', key).execute()
      if (before !== null) await audit('delete', 'settings', 0, { [key]: before }, null)
    },
  }
}

/** Adds to a named counter and answers its new value; the first value is `by`. */
async function addToCounter(trx: Transaction<ConfigTables>, name: string, by: number): Promise<number> {
  const row = await trx
    .insertInto('counters')
    .values({ name, value: by })
    .onConflict((conflict) => conflict.column('name').doUpdateSet((eb) => ({ value: eb('counters.value', '+', by) })))
    .returning('value')
    .executeTakeFirstOrThrow()
  return Number(row.value)
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

/** Rows were written by `toColumns` from parsed fields, so one that cannot be read is a bug or a damaged file. */
function toEntity<Kind extends EntityKind>(kind: Kind, row: Selectable<EntityTable>): EntityOf<Kind> {
  const { id, created_at_ms, updated_at_ms } = row
  const body: unknown = JSON.parse(row.body)
  const entity = reviveEntity(kind, { ...(body as object), id, created_at_ms, updated_at_ms })
  if (!entity) throw new Error(`Row ${id} of ${kind} in the config store cannot be read`)
  return entity
}

const actionOf = (before: string, after: string): AuditRow['action'] =>
  before === after || (before !== 'deleted' && after !== 'deleted')
    ? 'update'
    : after === 'deleted'
      ? 'archive'
      : 'restore'
