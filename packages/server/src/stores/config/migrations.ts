import { type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely, type Migration, sql } from 'kysely'
import { accountsMigration } from './accounts/migration.ts'
import { currenciesMigration } from './currencies/migration.ts'
import { favouritesMigration } from './favourites/migration.ts'
import { numberStatuses } from './number-statuses.ts'

/** The one difference between the databases: how a column numbers its rows. */
export type IdColumn = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder

/** The kinds of the first version. Later ones come with a migration of their own. */
const FIRST_KINDS = [
  'campaigns',
  'streams',
  'offers',
  'landing_pages',
  'affiliate_networks',
  'traffic_sources',
  'domains',
] as const

/** Schema changes by name, applied in order of name, each once. Never edit one that was released. */
export const configMigrations = (idColumn: IdColumn): Record<string, Migration> => ({
  '0001-config': {
    async up(db) {
      for (const kind of FIRST_KINDS) await createEntityTable(db, kind, idColumn)
      await db.schema
        .createTable('meta')
        .addColumn('key', 'text', (column) => column.primaryKey())
        .addColumn('value', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('counters')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('value', 'bigint', (column) => column.notNull())
        .execute()
      await withId(db.schema.createTable('api_keys'), idColumn)
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull().unique())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('last_used_at_ms', 'bigint', (column) => column.notNull())
        .execute()
      await withId(db.schema.createTable('users'), idColumn)
        .addColumn('login', 'text', (column) => column.notNull().unique())
        .addColumn('password_hash', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .execute()
      await withId(db.schema.createTable('audit'), idColumn)
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('action', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('entity_id', 'integer', (column) => column.notNull())
        .addColumn('before', 'text', (column) => column.notNull())
        .addColumn('after', 'text', (column) => column.notNull())
        .execute()
    },
  },
  '0002-groups': {
    async up(db) {
      await createEntityTable(db, 'groups', idColumn)
      await db.schema.createIndex('audit_entity').on('audit').columns(['kind', 'entity_id']).execute()
    },
  },
  '0003-accounts': accountsMigration,
  '0004-postbacks-labels': {
    async up(db) {
      for (const kind of ['postbacks', 'integrations']) await createEntityTable(db, kind, idColumn)
      await db.schema
        .createTable('labels')
        .addColumn('campaign_id', 'integer', (column) => column.notNull())
        .addColumn('ref_name', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('label', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('labels_key', ['campaign_id', 'ref_name', 'value'])
        .execute()
    },
  },
  '0005-traffic-lists': {
    async up(db) {
      for (const kind of ['bots', 'blacklist', 'filters']) await createEntityTable(db, kind, idColumn)
    },
  },
  '0006-currencies': currenciesMigration(idColumn),
  '0007-conversion-types': {
    async up(db) {
      await createEntityTable(db, 'conversion_types', idColumn)
    },
  },
  '0008-favourites': favouritesMigration(idColumn),
  '0009-status-numbers': numberStatuses,
})

async function createEntityTable(db: Kysely<unknown>, kind: string, idColumn: IdColumn): Promise<void> {
  await withId(db.schema.createTable(kind), idColumn)
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('unique_value', 'text')
    .addColumn('parent_id', 'integer')
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .execute()
  // Archived entities give their alias or name free.
  await db.schema
    .createIndex(`${kind}_unique_value`)
    .unique()
    .on(kind)
    .column('unique_value')
    .where(sql<boolean>`state <> 'deleted'`)
    .execute()
  await db.schema.createIndex(`${kind}_parent_id`).on(kind).column('parent_id').execute()
}

const withId = (table: CreateTableBuilder<string, never>, idColumn: IdColumn) =>
  table.addColumn('id', 'integer', idColumn)
