import { CUSTOM_SLOTS } from '@trackyard/core/conversion/custom-status.ts'
import { type Migration, sql } from 'kysely'

/**
 * Earlier releases gave metrics to the first own statuses only, and the others the number 0. They get the next ones, those
 * of one name the same, as they are one status to reports.
 */
export const numberStatuses: Migration = {
  async up(db) {
    const { rows } = await sql<{ id: number; body: string }>`SELECT id, body FROM conversion_types ORDER BY id`.execute(
      db,
    )
    const types = rows.map(({ id, body }) => ({ id, body: readBody(body) }))
    const numbers = new Map(types.flatMap(({ body }) => (body.number > 0 ? [[body.name, body.number] as const] : [])))
    let last = Math.max(...CUSTOM_SLOTS, ...numbers.values())
    for (const { id, body } of types) {
      if (body.number > 0) continue
      const number = numbers.get(body.name) ?? ++last
      numbers.set(body.name, number)
      await sql`UPDATE conversion_types SET body = ${JSON.stringify({ ...body, number })} WHERE id = ${id}`.execute(db)
    }
  },
}

function readBody(text: string): { readonly name: string; readonly number: number } {
  const body: unknown = JSON.parse(text)
  const given = typeof body === 'object' && body !== null ? body : {}
  const name = 'name' in given ? String(given.name) : ''
  return { ...given, name, number: 'number' in given ? Number(given.number) || 0 : 0 }
}
