import type { CompiledOffer } from './compile.ts'

/**
 * Offers that have had the conversions of their day, each with the moment (UTC epoch milliseconds) at which its next
 * day begins. Told to the decision from outside, as time and chance are: counting is not the tracker's business.
 */
export type OfferCaps = ReadonlyMap<number, number>
export const NO_CAPS: OfferCaps = new Map()

/** The offer a visitor reaches, and those that were to have the visitor but are full. */
export interface OfferChoice {
  readonly offer: CompiledOffer
  /** Ids in the order in which they passed the visitor on. */
  readonly cappedOffers: readonly number[]
}

/**
 * Passes the visitor of a full offer on to its alternative, and from there on to that one's (reference
 * conversions-and-reports §3.6). An offer without an alternative that is active keeps its visitors, full or not, and so does the
 * first one of a circle in which all are full: a visitor who reaches an offer is worth more than one who reaches nothing.
 */
export function withinCaps(
  offer: CompiledOffer,
  offersById: ReadonlyMap<number, CompiledOffer>,
  caps: OfferCaps,
  atMs: number,
): OfferChoice {
  if (offer.alternativeOfferId === null || caps.size === 0) return { offer, cappedOffers: [] }
  const cappedOffers: number[] = []
  let current = offer
  while (isFull(current.id, caps, atMs)) {
    const next = current.alternativeOfferId === null ? undefined : offersById.get(current.alternativeOfferId)
    if (next === undefined) break
    cappedOffers.push(current.id)
    if (cappedOffers.includes(next.id)) return { offer, cappedOffers: [] }
    current = next
  }
  return { offer: current, cappedOffers }
}

/** An offer that one of these passes its visitors on to, over however many others; null when there is none. */
export function alternativeAmong(
  offers: readonly CompiledOffer[],
  wantedId: number,
  offersById: ReadonlyMap<number, CompiledOffer>,
): CompiledOffer | null {
  const reached = new Set<number>()
  for (const { alternativeOfferId } of offers) if (alternativeOfferId !== null) reached.add(alternativeOfferId)
  for (const id of reached) {
    if (id === wantedId) return offersById.get(id) ?? null
    const next = offersById.get(id)?.alternativeOfferId ?? null
    if (next !== null) reached.add(next)
  }
  return null
}

const isFull = (offerId: number, caps: OfferCaps, atMs: number): boolean => (caps.get(offerId) ?? 0) > atMs
