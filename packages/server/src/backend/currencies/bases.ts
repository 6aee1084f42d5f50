import type { BaseSince } from '@trackyard/core/currency/exchange.ts'
import type { EntityOf, FieldsOf } from '@trackyard/core/entities/index.ts'
import { z } from 'zod'
import type { ConfigReader, ConfigWriter } from '../../stores/config/port.ts'

/**
 * What is decided about money acts so long after it was decided: by then it is committed and known to everybody who
 * converts, so that an event has the same figures whenever it is read.
 */
export const LEAD_MS = 1000

const BASES = 'currency_bases'
const basesSchema = z.array(z.object({ currency: z.string(), sinceMs: z.number() })).min(1)

/** Every base currency there has been, from the first to the present one; `initial` while nothing was noted. */
export async function basesOf(reader: Pick<ConfigReader, 'getMeta'>, initial: string): Promise<readonly BaseSince[]> {
  const stored = await reader.getMeta(BASES)
  return stored === null ? [{ currency: initial, sinceMs: 0 }] : basesSchema.parse(JSON.parse(stored))
}

/** Notes the base currency of the first start, which rows without a currency are in for ever. */
export async function noteFirstBase(writer: ConfigWriter, initial: string): Promise<void> {
  if ((await writer.getMeta(BASES)) === null)
    await writer.setMeta(BASES, JSON.stringify([{ currency: initial, sinceMs: 0 }]))
}

/**
 * Makes another currency the base. Stored amounts stay what they are: their rows name their currency, and reports
 * convert. Campaigns and offers that meant the old base without naming it name it from now on, or all their prices would
 * change. Answers whether it was not the base already.
 */
export async function changeBase(
  writer: ConfigWriter,
  currency: string,
  initial: string,
  nowMs: number,
): Promise<boolean> {
  const bases = await basesOf(writer, initial)
  const present = bases.at(-1)?.currency ?? initial
  if (present === currency) return false
  for (const offer of await writer.list('offers', { includeDeleted: true }))
    if (offer.payout_currency === null && offer.payout_value)
      await writer.update('offers', offer.id, { ...fieldsOf<'offers'>(offer), payout_currency: present })
  for (const campaign of await writer.list('campaigns', { includeDeleted: true }))
    if (campaign.cost_currency === null)
      await writer.update('campaigns', campaign.id, { ...fieldsOf<'campaigns'>(campaign), cost_currency: present })
  await writer.setMeta(BASES, JSON.stringify([...bases, { currency, sinceMs: nowMs + LEAD_MS }]))
  return true
}

function fieldsOf<Kind extends 'offers' | 'campaigns'>(entity: EntityOf<Kind>): FieldsOf<Kind> {
  const { id: _id, created_at_ms: _created, updated_at_ms: _updated, ...fields } = entity
  // What is left of an entity without id and times are its fields; TypeScript does not follow that for a generic kind.
  return fields as unknown as FieldsOf<Kind>
}
