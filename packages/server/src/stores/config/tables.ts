import type { EntityKind } from '@trackyard/core/entities/index.ts'
import type { Generated } from 'kysely'
import type { AccountTables } from './accounts/tables.ts'
import type { CurrencyTables } from './currencies/tables.ts'
import type { FavouriteTables } from './favourites/tables.ts'

/**
 * Rows as the databases hold them. All kinds of entities have the same columns, so one set of queries serves all;
 * the fields are JSON in `body`, so a new field needs no migration (docs/adr/0005). Booleans are 0 or 1, JSON is text.
 */
export interface EntityTable {
  id: Generated<number>
  state: string
  /** Value of the kind's unique field, null for kinds without one. */
  unique_value: string | null
  /** Id of the parent (the campaign of a stream), null for kinds without one. */
  parent_id: number | null
  body: string
  created_at_ms: number
  updated_at_ms: number
}

export interface ConfigTables extends Record<EntityKind, EntityTable>, AccountTables, CurrencyTables, FavouriteTables {
  meta: { key: string; value: string }
  counters: { name: string; value: number }
  labels: { campaign_id: number; ref_name: string; value: string; label: string }
}
