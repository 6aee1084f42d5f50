import type { ColumnDefinitionBuilder, Migration } from 'kysely'

/** `idColumn`: how a column numbers its rows. */
export const favouritesMigration = (
  idColumn: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder,
): Migration => ({
  async up(db) {
    await db.schema
      .createTable('favourites')
      .addColumn('id', 'integer', idColumn)
      .addColumn('user_id', 'integer')
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('is_shared', 'integer', (column) => column.notNull())
      .addColumn('payload', 'text', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
      .execute()
  },
})
