import type { CompiledFilter } from '../filters/index.ts'
import { alternativeAmong, NO_CAPS, type OfferCaps, type OfferChoice, withinCaps } from './caps.ts'
import type { Binding, Click, VisitorState } from './click.ts'
import type { CompiledCampaign, CompiledLanding, CompiledOffer, CompiledStream } from './compile.ts'
import type { Decision, StreamVerdict } from './decision.ts'
import { pickBy, rollFor, saltFor } from './split.ts'
import { deadEndOf } from './trace.ts'

/**
 * Where a click goes and why: forced streams by position, then the stream the visitor is bound to, then regular streams
 * by position or by weight (drawn again among the rest after a refusal), then the default stream, whose filters do not
 * count (reference click-processing §3.4 to §3.6). Offers in `caps` pass their visitors on to their alternatives. Same
 * campaign, click, visitor and caps: same decision.
 */
export function decide(
  campaign: CompiledCampaign,
  click: Click,
  visitor: VisitorState,
  caps: OfferCaps = NO_CAPS,
): Decision {
  const trace: StreamVerdict[] = []
  for (const stream of campaign.forced) {
    if (accepts(stream, click, visitor, trace)) return taken(campaign, stream, click, visitor, caps, trace, 'taken')
  }
  return campaign.byPosition
    ? decideByPosition(campaign, click, visitor, caps, trace)
    : decideByWeight(campaign, click, visitor, caps, trace)
}

/**
 * The offer a visitor reaches from a landing page: the one its link names if it is an active offer of the stream, else
 * the one remembered, else one by share. Where offers are chosen before the click, links cannot choose another. One
 * that is full at `atMs` passes the visitor on. Null when the stream has no offer that may be drawn. `roll` is the click's.
 */
export function decideOffer(
  campaign: CompiledCampaign,
  stream: CompiledStream,
  roll: number,
  wantedOfferId: number | null,
  boundOfferId: number | null,
  caps: OfferCaps = NO_CAPS,
  atMs = 0,
): OfferChoice | null {
  const offer = drawOffer(campaign, stream, roll, wantedOfferId, boundOfferId)
  return offer === null ? null : withinCaps(offer, campaign.offersById, caps, atMs)
}

function drawOffer(
  campaign: CompiledCampaign,
  stream: CompiledStream,
  roll: number,
  wantedOfferId: number | null,
  boundOfferId: number | null,
): CompiledOffer | null {
  // The stream may have been compiled anew since the click came; its current members decide.
  const { offers, offerSelection, id } = campaign.streamsById.get(stream.id) ?? stream
  if (wantedOfferId !== null && offerSelection === 'after_click') {
    const wanted = offers.find((offer) => offer.id === wantedOfferId)
    if (wanted !== undefined) return wanted
  }
  return (
    bound(offers, boundOfferId) ??
    // The visitor may have been passed on to it before, when the offer of the stream was full.
    (boundOfferId === null ? null : alternativeAmong(offers, boundOfferId, campaign.offersById)) ??
    pickMember(offers, rollFor(roll, saltFor('offer', id)))
  )
}

function decideByPosition(
  campaign: CompiledCampaign,
  click: Click,
  visitor: VisitorState,
  caps: OfferCaps,
  trace: StreamVerdict[],
): Decision {
  for (const stream of campaign.regular) {
    if (accepts(stream, click, visitor, trace)) return taken(campaign, stream, click, visitor, caps, trace, 'taken')
  }
  return decideFallback(campaign, click, visitor, caps, trace)
}

function decideByWeight(
  campaign: CompiledCampaign,
  click: Click,
  visitor: VisitorState,
  caps: OfferCaps,
  trace: StreamVerdict[],
): Decision {
  const { regular } = campaign
  let tried: boolean[] | undefined
  const boundIndex = boundStreamIndex(campaign, visitor.binding)
  const boundStream = regular[boundIndex]
  if (boundStream !== undefined) {
    if (accepts(boundStream, click, visitor, trace))
      return taken(campaign, boundStream, click, visitor, caps, trace, 'bound')
    tried = []
    tried[boundIndex] = true
  }
  for (let attempt = 0; attempt < regular.length; attempt++) {
    const index = pickBy(regular, weightOf, rollFor(click.roll, saltFor('stream', campaign.id, attempt)), tried)
    const stream = regular[index]
    if (stream === undefined) break
    if (accepts(stream, click, visitor, trace)) return taken(campaign, stream, click, visitor, caps, trace, 'taken')
    tried ??= []
    tried[index] = true
  }
  return decideFallback(campaign, click, visitor, caps, trace)
}

function decideFallback(
  campaign: CompiledCampaign,
  click: Click,
  visitor: VisitorState,
  caps: OfferCaps,
  trace: StreamVerdict[],
): Decision {
  const { fallback } = campaign
  if (fallback !== null && hasDestination(fallback, trace))
    return taken(campaign, fallback, click, visitor, caps, trace, 'taken')
  const deadEnd = deadEndOf(trace)
  return { campaign, stream: null, landing: null, offer: null, action: null, reachesOffer: false, trace, deadEnd }
}

/** Binding to a stream works between streams split by weight; one that was switched off by weight 0 holds nobody. */
function boundStreamIndex({ needs, regular }: CompiledCampaign, binding: Binding | null): number {
  if (needs.binding === null || binding === null) return -1
  return regular.findIndex(({ id, weight }) => id === binding.streamId && weight > 0)
}

/** Whether the stream takes the click; when not, why not is added to the trace. */
function accepts(stream: CompiledStream, click: Click, visitor: VisitorState, trace: StreamVerdict[]): boolean {
  const { filters, filterOr, id } = stream
  let failed: CompiledFilter | undefined
  let failedIndex = -1
  for (let index = 0; index < filters.length; index++) {
    const filter = filters[index]
    if (filter === undefined) continue
    if (filter.passes(click, visitor, id)) {
      failed = undefined
      if (filterOr) break
    } else {
      failed = filter
      failedIndex = index
      if (!filterOr) break
    }
  }
  if (failed === undefined) return hasDestination(stream, trace)
  trace.push(refusalOf(id, failedIndex, failed))
  return false
}

/** What the trace says of a filter that refused: the same for every click, so it is made once. */
const refusals = new WeakMap<CompiledFilter, StreamVerdict>()

function refusalOf(streamId: number, index: number, filter: CompiledFilter): StreamVerdict {
  const known = refusals.get(filter)
  // A copy of a stream may have the same filters in other places.
  if (known?.streamId === streamId && known.failedFilter?.index === index) return known
  const refusal: StreamVerdict = { streamId, verdict: 'filtered', failedFilter: { index, name: filter.name } }
  refusals.set(filter, refusal)
  return refusal
}

function hasDestination(stream: CompiledStream, trace: StreamVerdict[]): boolean {
  if (stream.action !== null || stream.landings.length > 0 || stream.hasOfferShare) return true
  trace.push({ streamId: stream.id, verdict: 'no_destination' })
  return false
}

function taken(
  campaign: CompiledCampaign,
  stream: CompiledStream,
  click: Click,
  visitor: VisitorState,
  caps: OfferCaps,
  trace: StreamVerdict[],
  verdict: 'taken' | 'bound',
): Decision {
  if (stream.action !== null) {
    trace.push({ streamId: stream.id, verdict })
    return {
      campaign,
      stream,
      landing: null,
      offer: null,
      action: stream.action,
      reachesOffer: false,
      trace,
      deadEnd: null,
    }
  }
  const level = campaign.needs.binding
  const binding = visitor.binding?.streamId === stream.id ? visitor.binding : null
  const boundLandingId = level === 'sl' || level === 'slo' ? (binding?.landingId ?? null) : null
  const boundOfferId = level === 'slo' ? (binding?.offerId ?? null) : null
  const landing = decideLanding(stream, click.roll, boundLandingId)
  const isOfferDue = landing === null || stream.offerSelection === 'before_click'
  const choice = isOfferDue ? decideOffer(campaign, stream, click.roll, null, boundOfferId, caps, click.atMs) : null
  const offer = choice?.offer ?? null
  const cappedOffers = choice?.cappedOffers ?? []
  trace.push(
    cappedOffers.length > 0 ? { streamId: stream.id, verdict, cappedOffers } : { streamId: stream.id, verdict },
  )
  const action = landing?.action ?? offer?.action ?? null
  const reachesOffer = landing === null && offer !== null
  return { campaign, stream, landing, offer, action, reachesOffer, trace, deadEnd: null }
}

const decideLanding = (stream: CompiledStream, roll: number, boundLandingId: number | null): CompiledLanding | null =>
  bound(stream.landings, boundLandingId) ?? pickMember(stream.landings, rollFor(roll, saltFor('landing', stream.id)))

/** The member remembered for this visitor, unless it is gone or has no share any more. */
function bound<Member extends { readonly id: number; readonly share: number }>(
  members: readonly Member[],
  id: number | null,
): Member | null {
  if (id === null) return null
  return members.find((member) => member.id === id && member.share > 0) ?? null
}

const pickMember = <Member extends { readonly share: number }>(
  members: readonly Member[],
  unit: number,
): Member | null => members[pickBy(members, shareOf, unit)] ?? null

const weightOf = ({ weight }: CompiledStream): number => weight
const shareOf = ({ share }: { readonly share: number }): number => share
