import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import type { ConfigTables } from '../tables.ts'
import type { Favourite, FavouriteFields, FavouriteReader, FavouriteWriter } from './port.ts'
import type { FavouriteTables } from './tables.ts'

type Db = Kysely<ConfigTables>

export function favouriteReaderOf(db: Db): FavouriteReader {
  return {
    async listFavourites() {
      return (await db.selectFrom('favourites').selectAll().orderBy('id').execute()).map(toFavourite)
    },
  }
}

/** `changed` is told of what there was and what there is, for the audit log. */
export function favouriteWriterOf(
  trx: Db,
  atMs: number,
  changed: (action: 'create' | 'update' | 'delete', id: number, before: unknown, after: unknown) => Promise<void>,
): FavouriteWriter {
  const existing = async (id: number): Promise<Favourite> =>
    toFavourite(await trx.selectFrom('favourites').selectAll().where('id', '=', id).executeTakeFirstOrThrow())
  return {
    async insertFavourite(fields) {
      const row = { ...toRow(fields), created_at_ms: atMs, updated_at_ms: atMs }
      const { id } = await trx.insertInto('favourites').values(row).returning('id').executeTakeFirstOrThrow()
      const made = { ...fields, id, createdAtMs: atMs, updatedAtMs: atMs }
      await changed('create', id, null, made)
      return made
    },
    async updateFavourite(id, fields) {
      const before = await existing(id)
      const row = { ...toRow(fields), updated_at_ms: atMs }
      await trx.updateTable('favourites').set(row).where('id', '=', id).execute()
      const after = { ...before, ...fields, updatedAtMs: atMs }
      await changed('update', id, before, after)
      return after
    },
    async removeFavourite(id) {
      const before = await existing(id)
      await trx.deleteFrom('favourites').where('id', '=', id).execute()
      await changed('delete', id, before, null)
    },
  }
}

/** What is left when a user goes: others go on using what was shared. */
export async function leaveFavourites(trx: Db, userId: number): Promise<void> {
  await trx.deleteFrom('favourites').where('user_id', '=', userId).where('is_shared', '=', 0).execute()
  await trx.updateTable('favourites').set({ user_id: null }).where('user_id', '=', userId).execute()
}

const toRow = ({ userId, name, isShared, payload }: FavouriteFields) => ({
  user_id: userId,
  name,
  is_shared: isShared ? 1 : 0,
  payload: JSON.stringify(payload),
})

const record = z.record(z.string(), z.unknown())

const toFavourite = (row: Selectable<FavouriteTables['favourites']>): Favourite => ({
  id: row.id,
  userId: row.user_id,
  name: row.name,
  isShared: row.is_shared !== 0,
  payload: record.parse(JSON.parse(row.payload)),
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
})
