import type { OfferCaps } from '@trackyard/core/click/caps.ts'
import { isCapped } from '@trackyard/core/click/compile.ts'
import type { Offer } from '@trackyard/core/entities/index.ts'
import { dayInZone, isTimeZone } from '@trackyard/core/time/zone.ts'

/** The moment from which conversions of each capped offer count: midnight in its zone. */
export const countedSince = (offers: readonly Offer[], nowMs: number): Map<number, number> =>
  new Map(offers.filter(isCapped).map((offer) => [offer.id, dayOf(offer, nowMs).startMs]))

/** Which offers are full, and until when. `counts`: conversions since the moments of `countedSince`, at the same `nowMs`. */
export const fullOffers = (offers: readonly Offer[], counts: ReadonlyMap<number, number>, nowMs: number): OfferCaps =>
  new Map(
    offers
      .filter((offer) => isCapped(offer) && (counts.get(offer.id) ?? 0) >= offer.daily_cap)
      .map((offer) => [offer.id, dayOf(offer, nowMs).endMs]),
  )

/** Offers that were saved before zones were checked may name any. */
const dayOf = ({ conversion_timezone: zone }: Offer, nowMs: number) => dayInZone(nowMs, isTimeZone(zone) ? zone : 'UTC')
