import type { Campaign, TrafficSource } from '../entities/index.ts'
import { nearest } from '../nearest.ts'
import { quoted } from '../plain-words.ts'
import { PARAMETER_SLOTS, SPECIAL_SLOTS } from './click.ts'

type Mapping = Campaign['parameters']

/** Every slot that a query parameter may fill. */
export const ALL_SLOTS: readonly string[] = [...PARAMETER_SLOTS, ...SPECIAL_SLOTS]

/**
 * Which parameter fills which slot: what the campaign names goes before what its traffic source names. A slot without a
 * name, as forms send them, names nothing.
 */
export function effectiveParameters(
  { parameters: own }: Pick<Campaign, 'parameters'>,
  source: Pick<TrafficSource, 'parameters'> | null,
) {
  const merged: Mapping = { ...source?.parameters }
  for (const [slot, entry] of Object.entries(own)) if (entry.name?.trim() || !merged[slot]) merged[slot] = entry
  return merged
}

/** What is doubtful about a mapping, in sentences that name the cure: names for slots that there are not. */
export function parameterDoubts(mapping: Mapping): string[] {
  return Object.entries(mapping)
    .filter(([slot, { name }]) => name?.trim() && !ALL_SLOTS.includes(slot))
    .slice(0, MAX_NAMED)
    .map(([slot, { name }]) => {
      const meant = nearest(quoted(slot), ALL_SLOTS)
      const cure = meant === null ? 'use one such as sub_id_1.' : `did you mean ${meant}?`
      return `The parameter ${quoted(name ?? '')} is to fill ${quoted(slot)}, but there is no such slot, so nothing of it is kept: ${cure}`
    })
}
const MAX_NAMED = 4
