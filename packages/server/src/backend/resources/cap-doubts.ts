import type { Offer } from '@trackyard/core/entities/index.ts'
import { unrestricted } from '../auth/reach.ts'
import type { SaveTools } from './resource.ts'

/** A daily cap that stops nobody. */
export async function capDoubts(offer: Offer, { writer }: Pick<SaveTools, 'writer'>): Promise<string[]> {
  const { conversion_cap_enabled: isOn, daily_cap: cap, alternative_offer_id: alternativeId } = offer
  if (!isOn) return []
  if (cap === 0)
    return ['conversion_cap_enabled is set, but daily_cap 0 is no cap: write the number of conversions a day.']
  const what = `daily_cap of offer ${offer.id} has no effect`
  if (alternativeId === null) return [`${what}: name the offer that is to take over in alternative_offer_id.`]
  if (alternativeId === offer.id) return [`${what}: alternative_offer_id names the offer itself.`]
  const alternative = await unrestricted(writer).get('offers', alternativeId)
  return alternative?.state === 'active'
    ? []
    : [`${what}: offer ${alternativeId} is not active. Enable it, or name another in alternative_offer_id.`]
}
