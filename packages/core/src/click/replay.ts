import type { ClickRow } from '../events/click-columns.ts'
import { namedSets } from '../filters/filter-set.ts'
import type { CampaignBundle } from './bundle.ts'
import { asCame, type CameBy, decodeCameBy } from './came-by.ts'
import { NO_CAPS, type OfferCaps } from './caps.ts'
import type { Click, VisitorState } from './click.ts'
import type { CompiledCampaign, CompiledStream } from './compile.ts'
import { decide, decideOffer } from './decide.ts'
import type { Decision, StreamVerdict } from './decision.ts'
import { seenByTrace } from './seen-by-trace.ts'
import { clickFromRow, possibleBindings, visitorFromRow } from './stored-click.ts'
import { decodeTrace, encodeTrace } from './trace.ts'

/** Where a click went or would go; 0 means none. */
export interface Outcome {
  readonly streamId: number
  readonly landingId: number
  /** The offer reached at once, drawn with the landing page, or reached through it. */
  readonly offerId: number
  /** Whether the visitor reached the offer; null when a landing page stands between that this visitor was never shown. */
  readonly reaches: boolean | null
}

export interface Replayed {
  /** As it went. */
  readonly recorded: Outcome
  /** Decided again under the configuration of now. */
  readonly now: Outcome
  readonly draft: Outcome
  /** Streams were changed after the click came, so that what they said then says nothing about now. */
  readonly isChangedSince: boolean
}

/** A change is live within this time; clicks that come meanwhile may be decided either way. */
const LIVE_WITHIN_MS = 1000

/**
 * Decides stored clicks again, under the configuration of now and under a draft. Chance, place, device and uniqueness
 * are those of the click. A stream that is the same in both and was not changed since is taken at its word of then, so
 * that limits and parameters that are not stored count as they did. Returns null for clicks that were turned away
 * before any stream was asked.
 */
export function createReplay(current: CompiledCampaign, draft: CompiledCampaign): (row: ClickRow) => Replayed | null {
  const said = new Map<number, boolean>()
  const sinceMs = changeTimes(current.bundle)
  const now = withRecorded(current, said, () => true)
  const same = sameFilters(current.bundle, draft.bundle)
  const changed = withRecorded(draft, said, (id) => same.has(id))
  const streams = new Map(current.bundle.streams.map((stream) => [stream.id, stream]))
  const newestMs = Math.max(current.bundle.campaign.updated_at_ms, ...sinceMs.values())

  return (row) => {
    const text = String(row.trace ?? '')
    if (text.includes('#block:')) return null
    const trace = decodeTrace(text)
    const click = clickFromRow(row)
    said.clear()
    for (const { streamId, verdict } of trace)
      if (click.atMs >= (sinceMs.get(streamId) ?? Number.POSITIVE_INFINITY) + LIVE_WITHIN_MS)
        said.set(streamId, verdict !== 'filtered')
    const came = decodeCameBy(text)
    const known = knownFacts(row, trace, came)
    const seen = seenByTrace(
      trace.filter(({ streamId }) => said.has(streamId)),
      streams,
    )
    const visitor = likelyVisitor(now, click, row, trace, known.caps, seen)
    const decidedNow = decide(now, click, visitor, known.caps)
    const drawn = decidedNow.stream && offerAfter(now, decidedNow.stream, click, 0, known.caps)
    const isSameStream = (decidedNow.stream?.id ?? 0) === known.recorded.streamId
    // Not the one by share: a link named it, or the visitor was bound to it.
    const named = known.wentOn && isSameStream && drawn !== known.recorded.offerId ? known.recorded.offerId : 0
    // Clicks of earlier versions do not tell whether their site showed the page and asked for the offer later.
    const seemsToDefer = isSameStream && decidedNow.reachesOffer && (known.recorded.offerId === 0 || known.wentOn)
    const defersOffer = came === null ? seemsToDefer : came.defersOffer
    const outcome = (campaign: CompiledCampaign, decision: Decision): Outcome =>
      outcomeOf(campaign, decision, click, { ...known, named, way: came?.way ?? 'direct', defersOffer })
    return {
      recorded: known.recorded,
      now: outcome(now, decidedNow),
      draft: outcome(changed, decide(changed, click, visitor, known.caps)),
      isChangedSince: click.atMs < newestMs + LIVE_WITHIN_MS,
    }
  }
}

/** What the record tells of the visitor besides the click. */
interface Known {
  readonly recorded: Outcome
  /** The visitor followed the link of a landing page. */
  readonly wentOn: boolean
  readonly sawLanding: boolean
  /** Offers that were full. */
  readonly caps: OfferCaps
}

function knownFacts(row: ClickRow, trace: readonly StreamVerdict[], came: CameBy | null): Known {
  const id = (column: string): number => Number(row[column] ?? 0)
  const wentOn = id('landing_clicked') === 1
  const capped = trace.flatMap(({ cappedOffers = [] }) => cappedOffers)
  // A page that a site calls ours is none that was chosen.
  const landingId = came?.isLandingStated ? 0 : id('landing_id')
  const sawLanding = landingId > 0
  const offerId = id('offer_id')
  const waits = sawLanding || came?.defersOffer === true || came?.way === 'visit'
  const reaches = waits ? wentOn : offerId > 0
  return {
    recorded: { streamId: id('stream_id'), landingId, offerId, reaches },
    wentOn,
    sawLanding,
    caps: capped.length === 0 ? NO_CAPS : new Map(capped.map((offer) => [offer, Number.POSITIVE_INFINITY])),
  }
}

/** The visitor whose click would have been recorded so; without limits and bindings when none would. */
function likelyVisitor(
  campaign: CompiledCampaign,
  click: Click,
  row: ClickRow,
  trace: readonly StreamVerdict[],
  caps: OfferCaps,
  seen: readonly number[],
): VisitorState {
  const stored = visitorFromRow(row, trace)
  const visitor = { ...stored, seenStreams: new Set([...stored.seenStreams, ...seen]) }
  const bindings = possibleBindings(row, trace, campaign)
  if (bindings.length < 2) return { ...visitor, binding: bindings[0] ?? null }
  const wanted = ids(trace)
  for (const binding of bindings) {
    const tried = { ...visitor, binding }
    if (ids(decide(campaign, click, tried, caps).trace) === wanted) return tried
  }
  return visitor
}
const ids = (trace: readonly StreamVerdict[]): string =>
  encodeTrace(trace.map(({ streamId, verdict }) => ({ streamId, verdict })))

function outcomeOf(
  campaign: CompiledCampaign,
  decision: Decision,
  click: Click,
  { wentOn, sawLanding, caps, named, way, defersOffer }: Known & Deferral & { readonly named: number },
): Outcome {
  const isDeferred = way === 'visit' || (defersOffer && decision.reachesOffer)
  const { stream, landing, offer, reachesOffer } = asCame(decision, { way, defersOffer })
  const streamId = stream?.id ?? 0
  const landingId = landing?.id ?? 0
  if (stream === null || stream.action !== null) return { streamId, landingId, offerId: 0, reaches: false }
  if (reachesOffer) return { streamId, landingId, offerId: offer?.id ?? 0, reaches: true }
  const chosen = offer?.id ?? 0
  // Who went on from one page is taken to go on from another; who was shown none may do either.
  if (wentOn) {
    const offerId = chosen || offerAfter(campaign, stream, click, named, caps)
    return { streamId, landingId, offerId, reaches: true }
  }
  if (isDeferred || sawLanding) return { streamId, landingId, offerId: chosen, reaches: false }
  return { streamId, landingId, offerId: chosen || offerAfter(campaign, stream, click, 0, caps), reaches: null }
}

type Deferral = Pick<CameBy, 'way' | 'defersOffer'>

/** The offer that the link of a landing page leads to, 0 when there is none. */
function offerAfter(
  campaign: CompiledCampaign,
  stream: CompiledStream,
  { roll, atMs }: Click,
  named: number,
  caps: OfferCaps,
): number {
  const wanted = named === 0 ? null : named
  return decideOffer(campaign, stream, roll, wanted, wanted, caps, atMs)?.offer.id ?? 0
}

/** The campaign with streams that say of a click what they said, as far as that is known. */
function withRecorded(
  campaign: CompiledCampaign,
  said: ReadonlyMap<number, boolean>,
  isSame: (streamId: number) => boolean,
): CompiledCampaign {
  const wrap = (stream: CompiledStream): CompiledStream => {
    const { id, filters, filterOr } = stream
    if (filters.length === 0 || !isSame(id)) return stream
    const passes = (click: Click, visitor: VisitorState): boolean =>
      said.get(id) ??
      (filterOr
        ? filters.some((filter) => filter.passes(click, visitor, id))
        : filters.every((filter) => filter.passes(click, visitor, id)))
    return { ...stream, filterOr: false, filters: [{ name: 'recorded', mode: 'accept', needs: [], passes }] }
  }
  return { ...campaign, forced: campaign.forced.map(wrap), regular: campaign.regular.map(wrap) }
}

/** Since when each stream asks what it asks, in epoch milliseconds. */
function changeTimes({ streams, filterSets }: CampaignBundle): ReadonlyMap<number, number> {
  const sets = new Map(filterSets.map((set) => [set.id, set.updated_at_ms]))
  return new Map(
    streams.map((stream) => [
      stream.id,
      Math.max(stream.updated_at_ms, ...namedSets(stream.filters).map((id) => sets.get(id) ?? 0)),
    ]),
  )
}

/** Streams that ask the same in both. */
function sameFilters(current: CampaignBundle, draft: CampaignBundle): ReadonlySet<number> {
  const asks = ({ filters, filter_or: isOr }: CampaignBundle['streams'][number]): string =>
    JSON.stringify([isOr, filters.map(({ name, mode, payload }) => [name, mode, payload ?? null])])
  const known = new Map(current.streams.map((stream) => [stream.id, asks(stream)]))
  return new Set(draft.streams.filter((stream) => known.get(stream.id) === asks(stream)).map(({ id }) => id))
}
