import type { RateOverride } from '@trackyard/core/currency/rate-book.ts'
import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import type { ConfigTables } from '../tables.ts'
import type { CurrencyReader, CurrencyWriter, OverrideRow } from './port.ts'
import type { CurrencyTables } from './tables.ts'

type Db = Kysely<ConfigTables>

/** Name of the counter that grows with every change of rates. */
export const RATES_VERSION = 'rates_version'
// Parameter limits differ between databases; with three parameters a row this is below all of them.
const ROWS_A_STATEMENT = 100

const perEuro = z.record(z.string(), z.number())

export function currencyReaderOf(db: Db): CurrencyReader {
  return {
    async listRateDays() {
      const rows = await db.selectFrom('rate_days').selectAll().orderBy('id').execute()
      return rows.map(({ day, per_euro, known_from_ms }) => ({
        day,
        perEuro: perEuro.parse(JSON.parse(per_euro)),
        knownFromMs: Number(known_from_ms),
      }))
    },
    async listOverrides() {
      return (await db.selectFrom('rate_overrides').selectAll().orderBy('id').execute()).map(toOverride)
    },
    async ratesVersion() {
      const row = await db.selectFrom('counters').select('value').where('name', '=', RATES_VERSION).executeTakeFirst()
      return Number(row?.value ?? 0)
    },
  }
}

/** `changed` is told of what there was and what there is, for the audit log and the version. */
export function currencyWriterOf(
  trx: Db,
  changed: (action: 'create' | 'update', id: number, before: unknown, after: unknown) => Promise<void>,
): CurrencyWriter {
  return {
    async addRateDays(days, knownFromMs) {
      const rows = days.map((one) => ({
        day: one.day,
        per_euro: JSON.stringify(one.perEuro),
        known_from_ms: knownFromMs,
      }))
      for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT)
        await trx
          .insertInto('rate_days')
          .values(rows.slice(from, from + ROWS_A_STATEMENT))
          .execute()
      const names = days.map(({ day }) => day).sort()
      await changed('create', 0, null, { days: days.length, first: names[0], last: names.at(-1) })
    },
    async addOverride(override) {
      const row = toRow(override)
      const { id } = await trx.insertInto('rate_overrides').values(row).returning('id').executeTakeFirstOrThrow()
      await changed('create', id, null, override)
      return { id, ...override }
    },
    async endOverride(id, atMs) {
      const row = await trx.selectFrom('rate_overrides').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row) throw new Error(`There is no rate override ${id} to end`)
      await trx.updateTable('rate_overrides').set({ known_until_ms: atMs }).where('id', '=', id).execute()
      const ended = { ...toOverride(row), knownUntilMs: atMs }
      await changed('update', id, toOverride(row), ended)
      return ended
    },
  }
}

const toRow = (one: RateOverride) => ({
  currency: one.currency,
  quote: one.quote,
  rate: one.rate,
  from_day: one.fromDay,
  to_day: one.toDay,
  known_from_ms: one.knownFromMs,
  known_until_ms: one.knownUntilMs,
})

const toOverride = (row: Selectable<CurrencyTables['rate_overrides']>): OverrideRow => ({
  id: row.id,
  currency: row.currency,
  quote: row.quote,
  rate: row.rate,
  fromDay: row.from_day,
  toDay: row.to_day,
  knownFromMs: Number(row.known_from_ms),
  knownUntilMs: row.known_until_ms === null ? null : Number(row.known_until_ms),
})
