import type { Click, VisitorState } from './click.ts'
import type { CompiledCampaign, CompiledStream } from './compile.ts'
import type { StreamVerdict } from './decision.ts'
import { pickBy, rollFor, saltFor } from './split.ts'

/** One filter of a stream and what it said. */
export interface FilterReview {
  readonly index: number
  /** `not_asked`: the answer was clear before its turn came. */
  readonly verdict: 'passed' | 'refused' | 'not_asked'
}

export interface StreamReview {
  readonly streamId: number
  readonly verdict: StreamVerdict['verdict'] | 'not_asked'
  readonly filters: readonly FilterReview[]
}

/**
 * What each active stream and each of its filters said: first those that were tried, in their order, then those whose
 * turn did not come. Follows from the trace alone but where one of several filters was enough: then the click is asked
 * again.
 */
export function reviewStreams(
  campaign: CompiledCampaign,
  trace: readonly StreamVerdict[],
  click: Click,
  visitor: VisitorState,
): StreamReview[] {
  const active = [...campaign.forced, ...campaign.regular, ...(campaign.fallback ? [campaign.fallback] : [])]
  const byId = new Map(active.map((stream) => [stream.id, stream]))
  const tried = trace.flatMap((verdict) => {
    const stream = byId.get(verdict.streamId)
    byId.delete(verdict.streamId)
    return stream ? [reviewTried(stream, verdict, stream === campaign.fallback, click, visitor)] : []
  })
  const rest = [...byId.values()].map((stream): StreamReview => {
    return {
      streamId: stream.id,
      verdict: 'not_asked',
      filters: stream.filters.map((_, index) => ({ index, verdict: 'not_asked' })),
    }
  })
  return [...tried, ...rest]
}

function reviewTried(
  stream: CompiledStream,
  { streamId, verdict, failedFilter }: StreamVerdict,
  isFallback: boolean,
  click: Click,
  visitor: VisitorState,
): StreamReview {
  let isSettled = isFallback
  const filters = stream.filters.map((filter, index): FilterReview => {
    if (isSettled) return { index, verdict: 'not_asked' }
    if (failedFilter !== undefined) {
      const isRefused = stream.filterOr || index === failedFilter.index
      isSettled = isRefused && !stream.filterOr
      return { index, verdict: isRefused ? 'refused' : 'passed' }
    }
    if (!stream.filterOr) return { index, verdict: 'passed' }
    isSettled = filter.passes(click, visitor, streamId)
    return { index, verdict: isSettled ? 'passed' : 'refused' }
  })
  return { streamId, verdict, filters }
}

/** One choice by weight: who stood for it, where the number fell, and what was taken. */
export interface Draw {
  readonly split: 'stream' | 'landing' | 'offer'
  /** Uniform in [0, 1), made from the roll of the click for this choice alone. */
  readonly number: number
  readonly members: readonly DrawMember[]
  /** Whom the number fell on, null when nobody had a weight. */
  readonly drawnId: number | null
  /** Who was taken: another one when the visitor was bound, a link named it, or the drawn one was full. */
  readonly takenId: number | null
}
/** A member takes the numbers `from ≤ number < to`. */
export interface DrawMember {
  readonly id: number
  readonly weight: number
  readonly from: number
  readonly to: number
}

/** What was chosen for a click. */
export interface Chosen {
  readonly streamId: number
  readonly landingId: number
  readonly offerId: number
}

/** The choices by weight behind a click, in the order in which they were made. Shares of 0 stand for nothing. */
export function reviewDraws(
  campaign: CompiledCampaign,
  trace: readonly StreamVerdict[],
  roll: number,
  chosen: Chosen,
): Draw[] {
  const stream = campaign.streamsById.get(chosen.streamId)
  const draws = campaign.byPosition ? [] : streamDraws(campaign, trace, roll)
  if (stream === undefined || stream.action !== null) return draws
  const landing = draw('landing', stream.landings, rollFor(roll, saltFor('landing', stream.id)), chosen.landingId)
  if (landing.members.length > 0) draws.push(landing)
  const offer = draw('offer', stream.offers, rollFor(roll, saltFor('offer', stream.id)), chosen.offerId)
  const isDue = chosen.offerId > 0 || (landing.members.length === 0 && offer.members.length > 0)
  if (isDue) draws.push(offer)
  return draws
}

function streamDraws({ id, regular }: CompiledCampaign, trace: readonly StreamVerdict[], roll: number): Draw[] {
  const draws: Draw[] = []
  const isRegular = (streamId: number): boolean => regular.some((stream) => stream.id === streamId)
  const tried = trace.filter(({ streamId }) => isRegular(streamId))
  const gone = new Set<number>()
  let attempt = 0
  for (const { streamId, verdict } of tried) {
    if (verdict === 'bound') break
    const rest = regular.filter((stream) => !gone.has(stream.id))
    const members = rest.map((stream) => ({ id: stream.id, share: stream.weight }))
    const made = draw('stream', members, rollFor(roll, saltFor('stream', id, attempt)), streamId)
    gone.add(streamId)
    // The one the visitor is bound to was asked first, without a draw.
    if (attempt === 0 && draws.length === 0 && made.drawnId !== streamId) continue
    draws.push(made)
    attempt++
  }
  return draws
}

function draw(
  split: Draw['split'],
  all: readonly { readonly id: number; readonly share: number }[],
  number: number,
  takenId: number,
): Draw {
  const drawn = all[pickBy(all, ({ share }) => share, number)]
  const total = all.reduce((sum, { share }) => sum + share, 0)
  let below = 0
  const members = all
    .filter(({ share }) => share > 0)
    .map(({ id, share }): DrawMember => {
      const from = below
      below += share
      return { id, weight: share, from: from / total, to: below / total }
    })
  return { split, number, members, drawnId: drawn?.id ?? null, takenId: takenId || null }
}
