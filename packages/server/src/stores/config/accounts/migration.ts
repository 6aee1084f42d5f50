import { type Kysely, type Migration, sql } from 'kysely'

/** Users with rights, keys that belong to users, sessions, creators. Users and keys that exist become administrators'. */
export const accountsMigration: Migration = {
  async up(db) {
    await addColumns(db, 'users', {
      type: ['text', 'ADMIN'],
      state: ['text', 'active'],
      access: ['text', '{}'],
      preferences: ['text', '{}'],
      totp_secret: ['text', ''],
      totp_pending: ['text', ''],
      totp_last_step: ['bigint', 0],
    })
    await addColumns(db, 'api_keys', {
      user_id: ['integer', 0],
      prefix: ['text', ''],
      read_only: ['integer', 0],
      ip_allow_list: ['text', '[]'],
      expires_at_ms: ['bigint', 0],
    })
    await db.schema.alterTable('api_keys').addColumn('dialect', 'text').execute()
    await addColumns(db, 'audit', { login: ['text', ''], ip: ['text', ''], via: ['text', ''] })
    await db.schema.alterTable('audit').addColumn('user_id', 'integer').execute()
    await db.schema.alterTable('audit').addColumn('key_id', 'integer').execute()
    // Keys could be made before anybody had a password: their owner is an administrator who cannot log in yet.
    await sql`INSERT INTO users (login, password_hash, created_at_ms)
      SELECT 'admin', '', 0 WHERE EXISTS (SELECT 1 FROM api_keys) AND NOT EXISTS (SELECT 1 FROM users WHERE login = 'admin')`.execute(
      db,
    )
    await sql`UPDATE api_keys SET user_id = (SELECT id FROM users WHERE login = 'admin')`.execute(db)
    await db.schema.createIndex('api_keys_user').on('api_keys').column('user_id').execute()
    await db.schema
      .createTable('sessions')
      .addColumn('hash', 'text', (column) => column.primaryKey())
      .addColumn('user_id', 'integer', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('last_seen_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('ip', 'text', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('sessions_user').on('sessions').column('user_id').execute()
    await db.schema
      .createTable('creators')
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('entity_id', 'integer', (column) => column.notNull())
      .addColumn('user_id', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('creators_key', ['kind', 'entity_id'])
      .execute()
    await db.schema.createIndex('creators_user').on('creators').columns(['user_id', 'kind']).execute()
  },
}

type Columns = Readonly<Record<string, readonly ['text' | 'integer' | 'bigint', string | number]>>

async function addColumns(db: Kysely<unknown>, table: string, columns: Columns): Promise<void> {
  // One at a time: SQLite takes no more.
  for (const [name, [type, fallback]] of Object.entries(columns)) {
    await db.schema
      .alterTable(table)
      .addColumn(name, type, (column) => column.notNull().defaultTo(fallback))
      .execute()
  }
}
