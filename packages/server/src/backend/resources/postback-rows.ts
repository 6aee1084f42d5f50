import type { FieldsOf } from '@trackyard/core/entities/index.ts'
import type { ConfigWriter } from '../../stores/config/port.ts'

type Rows = FieldsOf<'campaigns'>['postbacks']

/**
 * Gives the postbacks of a campaign their ids, which name them in the queue and in the log. One that was there before
 * keeps its id, by the id or else by where it goes.
 */
export async function withPostbackIds(rows: Rows, before: Rows, writer: Pick<ConfigWriter, 'nextId'>): Promise<Rows> {
  const free = new Map(before.map((row) => [row.id ?? 0, `${row.method} ${row.url}`]))
  const byId = rows.map(({ id }) => (id !== undefined && free.delete(id) ? id : null))
  const ids = rows.map((row, index) => {
    const known = byId[index] ?? null
    if (known !== null) return known
    const [same] = [...free].find(([, target]) => target === `${row.method} ${row.url}`) ?? []
    if (same === undefined) return null
    free.delete(same)
    return same
  })
  const missing = ids.filter((id) => id === null).length
  let next = missing > 0 ? await writer.nextId('campaign_postbacks', missing) : 0
  return rows.map(({ campaign_id: _, ...row }, index) => ({ ...row, id: ids[index] ?? next++ }))
}
