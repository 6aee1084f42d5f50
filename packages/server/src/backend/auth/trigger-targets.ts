import type { EntityKind } from '@trackyard/core/entities/index.ts'
import { readTrigger } from '@trackyard/core/entities/trigger.ts'
import { z } from 'zod'

const parts = z.object({
  triggers: z.array(z.unknown()),
  landings: z.array(z.object({ landing_id: z.number() })),
  offers: z.array(z.object({ offer_id: z.number() })),
})

/**
 * Landing pages and offers whose URL the triggers of a stream may change. Triggers run in nobody's name, so whoever
 * writes one must have the right to do by hand what it will do. What was there before stays: whole objects are put back.
 */
export function changedByTriggers(
  kind: EntityKind,
  fields: unknown,
  before: unknown,
): readonly { readonly kind: 'landing_pages' | 'offers'; readonly id: number }[] {
  const now = kind === 'streams' ? parts.safeParse(fields) : null
  if (!now?.success || JSON.stringify(now.data) === JSON.stringify(parts.safeParse(before).data)) return []
  const targets = new Set(
    now.data.triggers
      .map(readTrigger)
      .flatMap((trigger) => (trigger && trigger.action !== 'disable' ? [trigger.target] : [])),
  )
  return [
    ...(targets.has('landings')
      ? now.data.landings.map((row) => ({ kind: 'landing_pages' as const, id: row.landing_id }))
      : []),
    ...(targets.has('offers') ? now.data.offers.map((row) => ({ kind: 'offers' as const, id: row.offer_id })) : []),
  ]
}
