import { type Kysely, type Selectable, sql } from 'kysely'
import { z } from 'zod'
import { leaveFavourites } from '../favourites/kysely.ts'
import type { ConfigTables } from '../tables.ts'
import type {
  AccountReader,
  AccountWriter,
  ApiKeyRow,
  AuditQuery,
  AuditRow,
  SessionStore,
  UserFields,
  UserRow,
} from './port.ts'
import type { AccountTables } from './tables.ts'

type Db = Kysely<ConfigTables>

/** What the writer needs of the change it is part of. */
interface ChangeTools {
  readonly atMs: number
  audit(entry: Pick<AuditRow, 'action' | 'kind' | 'entityId' | 'before' | 'after'>): Promise<void>
  raiseVersion(): Promise<void>
}

export function accountReaderOf(db: Db): AccountReader {
  return {
    async listUsers() {
      return (await db.selectFrom('users').selectAll().orderBy('id').execute()).map(toUser)
    },
    async getUser(id) {
      const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? toUser(row) : null
    },
    async findUser(login) {
      const row = await db.selectFrom('users').selectAll().where('login', '=', login).executeTakeFirst()
      return row ? toUser(row) : null
    },
    async findApiKey(hash) {
      const row = await db.selectFrom('api_keys').selectAll().where('hash', '=', hash).executeTakeFirst()
      return row ? toApiKey(row) : null
    },
    async listApiKeys(userId) {
      const query = db.selectFrom('api_keys').selectAll().orderBy('id')
      return (await (userId === undefined ? query : query.where('user_id', '=', userId)).execute()).map(toApiKey)
    },
    async listCreatedBy(kind, userId) {
      const rows = await db
        .selectFrom('creators')
        .select('entity_id')
        .where('user_id', '=', userId)
        .where('kind', '=', kind)
        .execute()
      return new Set(rows.map((row) => row.entity_id))
    },
    listAudit: (query) => listAudit(db, query),
  }
}

export function accountWriterOf(trx: Db, { atMs, audit, raiseVersion }: ChangeTools): AccountWriter {
  const reader = accountReaderOf(trx)
  const existing = async (id: number): Promise<UserRow> => {
    const user = await reader.getUser(id)
    if (!user) throw new Error(`There is no user ${id}`)
    return user
  }
  const writer: AccountWriter = {
    ...reader,
    async insertUser(fields) {
      const row = { ...userColumns(fields), created_at_ms: atMs }
      const { id } = await trx.insertInto('users').values(row).returning('id').executeTakeFirstOrThrow()
      const user = { ...fields, id, createdAtMs: atMs }
      await audit({ action: 'create', kind: 'users', entityId: id, before: null, after: user })
      await raiseVersion()
      return user
    },
    async updateUser(id, changes) {
      const before = await existing(id)
      const after = { ...before, ...changes }
      await trx.updateTable('users').set(userColumns(after)).where('id', '=', id).execute()
      await audit({ action: 'update', kind: 'users', entityId: id, before, after })
      await raiseVersion()
      return after
    },
    async removeUser(id) {
      const before = await existing(id)
      await trx.deleteFrom('api_keys').where('user_id', '=', id).execute()
      await trx.deleteFrom('sessions').where('user_id', '=', id).execute()
      await leaveFavourites(trx, id)
      await trx.deleteFrom('users').where('id', '=', id).execute()
      await audit({ action: 'delete', kind: 'users', entityId: id, before, after: null })
      await raiseVersion()
    },
    async saveUser(login, passwordHash) {
      const known = await reader.findUser(login)
      return known
        ? writer.updateUser(known.id, { passwordHash })
        : writer.insertUser({ ...NEW_ADMINISTRATOR, login, passwordHash })
    },
    async insertApiKey(key) {
      const row = { ...keyColumns(key), created_at_ms: atMs, last_used_at_ms: 0 }
      const { id } = await trx.insertInto('api_keys').values(row).returning('id').executeTakeFirstOrThrow()
      await audit({ action: 'create', kind: 'api_keys', entityId: id, before: null, after: key })
      await raiseVersion()
      return id
    },
    async removeApiKey(id) {
      const row = await trx.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row) throw new Error(`There is no API key ${id}`)
      await trx.deleteFrom('api_keys').where('id', '=', id).execute()
      await audit({ action: 'delete', kind: 'api_keys', entityId: id, before: toApiKey(row), after: null })
      await raiseVersion()
    },
    async removeSessions(userId, exceptHash = '') {
      await trx.deleteFrom('sessions').where('user_id', '=', userId).where('hash', '<>', exceptHash).execute()
    },
    note: audit,
  }
  return writer
}

export function sessionStoreOf(db: Db): SessionStore {
  return {
    async touchApiKey(id, atMs) {
      await db.updateTable('api_keys').set({ last_used_at_ms: atMs }).where('id', '=', id).execute()
    },
    async findSession(hash) {
      const row = await db.selectFrom('sessions').selectAll().where('hash', '=', hash).executeTakeFirst()
      if (!row) return null
      const { user_id, created_at_ms, expires_at_ms, last_seen_at_ms, ip } = row
      return {
        hash,
        userId: user_id,
        createdAtMs: created_at_ms,
        expiresAtMs: expires_at_ms,
        lastSeenAtMs: last_seen_at_ms,
        ip,
      }
    },
    async insertSession({ hash, userId, createdAtMs, expiresAtMs, lastSeenAtMs, ip }) {
      const times = { created_at_ms: createdAtMs, expires_at_ms: expiresAtMs, last_seen_at_ms: lastSeenAtMs }
      await db
        .insertInto('sessions')
        .values({ hash, user_id: userId, ip, ...times })
        .execute()
    },
    async touchSession(hash, lastSeenAtMs, expiresAtMs) {
      const times = { last_seen_at_ms: lastSeenAtMs, expires_at_ms: expiresAtMs }
      await db.updateTable('sessions').set(times).where('hash', '=', hash).execute()
    },
    async removeSession(hash) {
      await db.deleteFrom('sessions').where('hash', '=', hash).execute()
    },
    async removeEndedSessions(nowMs) {
      await db.deleteFrom('sessions').where('expires_at_ms', '<=', nowMs).execute()
    },
    async savePreferences(userId, preferences) {
      const text = JSON.stringify(preferences)
      await db.updateTable('users').set({ preferences: text }).where('id', '=', userId).execute()
    },
    async removeAudit(beforeMs) {
      const { numDeletedRows } = await db.deleteFrom('audit').where('at_ms', '<', beforeMs).executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

async function listAudit(db: Db, { limit, offset = 0, ...where }: AuditQuery): Promise<readonly AuditRow[]> {
  let query = db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(limit).offset(offset)
  if (where.kind !== undefined) query = query.where('kind', '=', where.kind)
  if (where.entityId !== undefined) query = query.where('entity_id', '=', where.entityId)
  if (where.userId !== undefined) query = query.where('user_id', '=', where.userId)
  if (where.login !== undefined) query = query.where('login', '=', where.login)
  if (where.fromMs !== undefined) query = query.where('at_ms', '>=', where.fromMs)
  if (where.toMs !== undefined) query = query.where('at_ms', '<', where.toMs)
  if (where.query) {
    const pattern = `%${where.query.replace(/[\\%_]/g, '\\$&')}%`
    const searched = ['actor', 'login', 'kind', 'action', 'before', 'after'] as const
    query = query.where(({ or }) =>
      or(searched.map((column) => sql<boolean>`${sql.ref(column)} LIKE ${pattern} ESCAPE '\\'`)),
    )
  }
  return (await query.execute()).map(toAuditRow)
}

function toAuditRow(row: Selectable<AccountTables['audit']>): AuditRow {
  const { id, at_ms, actor, user_id, login, key_id, ip, via, action, kind, entity_id } = row
  const before: unknown = JSON.parse(row.before)
  const after: unknown = JSON.parse(row.after)
  const who = { actor, userId: user_id, login, keyId: key_id, ip, via }
  return { id, atMs: at_ms, ...who, action, kind, entityId: entity_id, before, after }
}

const NEW_ADMINISTRATOR: Omit<UserFields, 'login' | 'passwordHash'> = {
  type: 'ADMIN',
  state: 'active',
  access: {},
  preferences: {},
  totpSecret: '',
  totpPending: '',
  totpLastStep: 0,
}

const record = z.record(z.string(), z.unknown())

function toUser(row: Selectable<AccountTables['users']>): UserRow {
  return {
    id: row.id,
    login: row.login,
    passwordHash: row.password_hash,
    // Whatever else stands there has the lesser right.
    type: row.type === 'ADMIN' ? 'ADMIN' : 'USER',
    state: row.state === 'active' ? 'active' : 'disabled',
    access: record.parse(JSON.parse(row.access)),
    preferences: record.parse(JSON.parse(row.preferences)),
    totpSecret: row.totp_secret,
    totpPending: row.totp_pending,
    totpLastStep: row.totp_last_step,
    createdAtMs: row.created_at_ms,
  }
}

const userColumns = (user: UserFields) => ({
  login: user.login,
  password_hash: user.passwordHash,
  type: user.type,
  state: user.state,
  access: JSON.stringify(user.access),
  preferences: JSON.stringify(user.preferences),
  totp_secret: user.totpSecret,
  totp_pending: user.totpPending,
  totp_last_step: user.totpLastStep,
})

function toApiKey(row: Selectable<AccountTables['api_keys']>): ApiKeyRow {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    hash: row.hash,
    prefix: row.prefix,
    dialect: row.dialect === '2017' || row.dialect === 'modern' ? row.dialect : null,
    readOnly: row.read_only !== 0,
    ipAllowList: z.array(z.string()).parse(JSON.parse(row.ip_allow_list)),
    expiresAtMs: row.expires_at_ms,
    createdAtMs: row.created_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
  }
}

const keyColumns = (key: Omit<ApiKeyRow, 'id' | 'createdAtMs' | 'lastUsedAtMs'>) => ({
  user_id: key.userId,
  name: key.name,
  hash: key.hash,
  prefix: key.prefix,
  dialect: key.dialect,
  read_only: key.readOnly ? 1 : 0,
  ip_allow_list: JSON.stringify(key.ipAllowList),
  expires_at_ms: key.expiresAtMs,
})
