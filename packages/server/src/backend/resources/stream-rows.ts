import type { EntityOf, FieldsOf } from '@trackyard/core/entities/index.ts'
import type { SaveTools } from './resource.ts'

type Fields = FieldsOf<'streams'>
type OfferRow = Fields['offers'][number]
type LandingRow = Fields['landings'][number]

/**
 * Gives the rows of a stream their ids. A row that was there before keeps its id and the time it was made; offers and
 * landing pages named twice collapse into the first (reference admin-api §2.3.3).
 */
export async function withRowIds(
  fields: Fields,
  current: EntityOf<'streams'> | null,
  tools: SaveTools,
): Promise<Fields> {
  const { writer, nowMs } = tools
  return {
    ...fields,
    filters: await filterRows(fields.filters, current?.filters ?? [], (count) =>
      writer.nextId('stream_filters', count),
    ),
    triggers: await triggerRows(fields.triggers, current?.triggers ?? [], (count) =>
      writer.nextId('stream_triggers', count),
    ),
    offers: await memberRows<OfferRow>(
      fields.offers,
      current?.offers ?? [],
      (row) => row.offer_id,
      nowMs,
      (count) => writer.nextId('stream_offers', count),
    ),
    landings: await memberRows<LandingRow>(
      fields.landings,
      current?.landings ?? [],
      (row) => row.landing_id,
      nowMs,
      (count) => writer.nextId('stream_landings', count),
    ),
  }
}

type Reserve = (count: number) => Promise<number>

async function filterRows(
  rows: Fields['filters'],
  before: Fields['filters'],
  reserve: Reserve,
): Promise<Fields['filters']> {
  const known = new Set(before.map((row) => row.id))
  // An id counts once: a list copied by hand may name it twice.
  const kept = rows.map((row) => (row.id !== undefined && known.delete(row.id) ? row.id : null))
  const ids = await filledIn(kept, reserve)
  return rows.map((row, index) => ({ ...row, id: ids[index] }))
}

/** A trigger that stays remembers what it did; one that was changed runs with the next minute. */
async function triggerRows(
  rows: Fields['triggers'],
  before: Fields['triggers'],
  reserve: Reserve,
): Promise<Fields['triggers']> {
  const known = new Map(before.flatMap((row) => (row.id === undefined ? [] : [[row.id, row] as const])))
  // An id counts once: a list copied by hand may name it twice.
  const named = new Set<number>()
  const kept = rows.map(({ id }) => {
    if (id === undefined || !known.has(id) || named.has(id)) return null
    named.add(id)
    return id
  })
  const ids = await filledIn(kept, reserve)
  return rows.map(({ run: _, ...row }, index) => {
    const old = known.get(kept[index] ?? 0)
    const id = ids[index]
    if (old?.run === undefined) return { ...row, id }
    const isSame = sameConfiguration(old, row)
    return { ...row, id, run: isSame ? old.run : { ...old.run, nextRunAtMs: 0 } }
  })
}

const sameConfiguration = (a: object, b: object): boolean => {
  const plain = (row: object): string => JSON.stringify(Object.entries({ ...row, id: 0, run: 0 }).sort())
  return plain(a) === plain(b)
}

async function memberRows<Row extends OfferRow | LandingRow>(
  rows: readonly Row[],
  before: readonly Row[],
  memberOf: (row: Row) => number,
  nowMs: number,
  reserve: Reserve,
): Promise<Row[]> {
  const known = new Map(before.map((row) => [memberOf(row), row]))
  const members = rows.map(memberOf)
  const unique = rows.filter((row, index) => members.indexOf(memberOf(row)) === index)
  const ids = await filledIn(
    unique.map((row) => known.get(memberOf(row))?.id ?? null),
    reserve,
  )
  return unique.map((row, index) => {
    const old = known.get(memberOf(row))
    const isSame = old !== undefined && old.share === row.share && old.state === row.state
    return {
      ...row,
      id: ids[index],
      created_at_ms: old?.created_at_ms ?? nowMs,
      updated_at_ms: isSame ? (old.updated_at_ms ?? nowMs) : nowMs,
    }
  })
}

/** The ids with new ones where there was null, reserved all at once. */
async function filledIn(ids: readonly (number | null)[], reserve: Reserve): Promise<number[]> {
  const missing = ids.filter((id) => id === null).length
  let next = missing > 0 ? await reserve(missing) : 0
  return ids.map((id) => id ?? next++)
}
