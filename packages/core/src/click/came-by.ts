import type { Embedding } from '../macros/macro.ts'
import type { Decision } from './decision.ts'

/**
 * How a click came to us and where its answer ended up: an embedding · `page` a page script, which carries the answer
 * out in a page of a site · `visit` a tracking script or a pixel, which counts the visit of a page and shows nothing.
 */
export const WAYS = ['direct', 'iframe', 'script', 'image', 'api', 'page', 'visit'] as const
export type Way = Embedding | 'page' | 'visit'

export interface CameBy {
  readonly way: Way
  /** The page the visitor is on stands for the landing page: an offer without one waits until its link is followed. */
  readonly defersOffer: boolean
  /** The landing page of the record is the one a site said it is, not one that we showed. */
  readonly isLandingStated: boolean
}

export const DIRECT: CameBy = { way: 'direct', defersOffer: false, isLandingStated: false }

/** As a piece of the trace, e.g. `#in:api+defers`; '' for the ordinary way, so that most clicks carry none. */
export function encodeCameBy({ way, defersOffer, isLandingStated }: CameBy): string {
  if (way === 'direct' && !defersOffer && !isLandingStated) return ''
  return `#in:${way}${defersOffer ? '+defers' : ''}${isLandingStated ? '+stated' : ''}`
}

/** The way among the pieces of a trace; null when none is noted: an ordinary click, or one of an earlier version. */
export function decodeCameBy(trace: string): CameBy | null {
  const [, way, more = ''] = /(?:^|;)#in:([a-z]+)((?:\+[a-z]+)*)(?=;|$)/.exec(trace) ?? []
  const known = WAYS.find((each) => each === way)
  if (known === undefined) return null
  const marks = more.split('+')
  return { way: known, defersOffer: marks.includes('defers'), isLandingStated: marks.includes('stated') }
}

/** What a decision means for a click that came this way. */
export function asCame(decision: Decision, { way, defersOffer }: Pick<CameBy, 'way' | 'defersOffer'>): Decision {
  if (way === 'visit') return withNothingShown(decision)
  return defersOffer && decision.reachesOffer ? { ...decision, ...untilFollowed(decision), action: null } : decision
}

/** A visit that is only counted is shown no landing page and led nowhere; another campaign may still count it, too. */
function withNothingShown(decision: Decision): Decision {
  const action = decision.action?.key === 'campaign' ? decision.action : null
  return { ...decision, ...untilFollowed(decision), landing: null, action }
}

/** The link of the page chooses the offer, unless offers are chosen before the click. */
const untilFollowed = ({ stream, offer }: Decision): Pick<Decision, 'offer' | 'reachesOffer'> => ({
  offer: stream?.offerSelection === 'before_click' ? offer : null,
  reachesOffer: false,
})
