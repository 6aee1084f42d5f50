import type { LabelName } from '@trackyard/core/report/labels.ts'
import type { Kysely } from 'kysely'
import type { ConfigTables } from '../tables.ts'
import type { LabelReader, LabelWriter } from './port.ts'

type Db = Kysely<ConfigTables>

// Parameter limits differ between databases; with four parameters a row this is below all of them.
const ROWS_A_STATEMENT = 100

export function labelReaderOf(db: Db): LabelReader {
  return {
    async listLabels({ campaignId, refName, label }) {
      let query = db
        .selectFrom('labels')
        .select(['value', 'label'])
        .where('campaign_id', '=', campaignId)
        .where('ref_name', '=', refName)
        .orderBy('value')
      if (label !== undefined) query = query.where('label', '=', label)
      return new Map((await query.execute()).map((row) => [row.value, toLabel(row.label)]))
    },
    async listLabelled(refNames) {
      if (refNames.length === 0) return []
      const rows = await db.selectFrom('labels').selectAll().where('ref_name', 'in', refNames).execute()
      return rows.map((row) => ({
        campaignId: row.campaign_id,
        refName: row.ref_name,
        value: row.value,
        label: toLabel(row.label),
      }))
    },
  }
}

/** `changed` is told of what there was and what there is, for the audit log. */
export function labelWriterOf(
  trx: Db,
  changed: (campaignId: number, before: unknown, after: unknown) => Promise<void>,
): LabelWriter {
  const reader = labelReaderOf(trx)
  return {
    async setLabels(campaignId, refName, items) {
      const all = await reader.listLabels({ campaignId, refName })
      const different = [...items].filter(([value, label]) => (all.get(value) ?? null) !== label)
      if (different.length === 0) return
      for (let from = 0; from < different.length; from += ROWS_A_STATEMENT) {
        const some = different.slice(from, from + ROWS_A_STATEMENT)
        await trx
          .deleteFrom('labels')
          .where('campaign_id', '=', campaignId)
          .where('ref_name', '=', refName)
          .where(
            'value',
            'in',
            some.map(([value]) => value),
          )
          .execute()
        const rows = some.flatMap(([value, label]) =>
          label === null ? [] : [{ campaign_id: campaignId, ref_name: refName, value, label }],
        )
        if (rows.length > 0) await trx.insertInto('labels').values(rows).execute()
      }
      const shown = (labelOf: (value: string) => LabelName | null) => ({
        ref_name: refName,
        items: Object.fromEntries(different.map(([value]) => [value, labelOf(value)])),
      })
      await changed(
        campaignId,
        shown((value) => all.get(value) ?? null),
        shown((value) => items.get(value) ?? null),
      )
    },
  }
}

/** Only these two are written. */
const toLabel = (text: string): LabelName => (text === 'whitelist' ? 'whitelist' : 'blacklist')
