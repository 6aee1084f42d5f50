import type { ColumnDefinitionBuilder, Migration } from 'kysely'

type Column = ColumnDefinitionBuilder

/** `idColumn`: how a column numbers its rows. */
export const currenciesMigration = (idColumn: (column: Column) => Column): Migration => ({
  async up(db) {
    await db.schema
      .createTable('rate_days')
      .addColumn('id', 'integer', idColumn)
      .addColumn('day', 'text', (column) => column.notNull())
      .addColumn('per_euro', 'text', (column) => column.notNull())
      .addColumn('known_from_ms', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('rate_overrides')
      .addColumn('id', 'integer', idColumn)
      .addColumn('currency', 'text', (column) => column.notNull())
      .addColumn('quote', 'text', (column) => column.notNull())
      .addColumn('rate', 'double precision', (column) => column.notNull())
      .addColumn('from_day', 'text', (column) => column.notNull())
      .addColumn('to_day', 'text')
      .addColumn('known_from_ms', 'bigint', (column) => column.notNull())
      .addColumn('known_until_ms', 'bigint')
      .execute()
  },
})
