import type { CompiledAction } from '../actions/action.ts'
import type { CompiledCampaign, CompiledLanding, CompiledOffer, CompiledStream } from './compile.ts'

/** Why a stream was taken or passed over. Kept with the click in compact form, so `explain` needs no traffic log. */
export interface StreamVerdict {
  readonly streamId: number
  /**
   * `taken` · `bound` (taken because the visitor is bound to it) · `filtered` (a filter said no) · `no_destination`
   * (filters passed but every landing page and offer is off, or the URL is empty).
   */
  readonly verdict: 'taken' | 'bound' | 'filtered' | 'no_destination'
  /** Key and position of the first filter that failed, for `filtered`; with filter_or, of the last one tried. */
  readonly failedFilter?: { readonly index: number; readonly name: string }
  /** Offers of the stream that were full and passed the visitor on to their alternative, in order. */
  readonly cappedOffers?: readonly number[]
}

/**
 * Why a visitor found no destination in a campaign: `no_stream` (none is active, or all have weight 0) · `no_match`
 * (every stream tried refused, and there is no default) · `nothing_to_show` (a stream would have taken the visitor, but
 * all its landing pages and offers are off, or its URL is empty).
 */
export type DeadEnd = 'no_stream' | 'no_match' | 'nothing_to_show'

/** Where a click goes and why. `action` null means: it leads nowhere, answer with an empty page. */
export interface Decision {
  readonly campaign: CompiledCampaign
  readonly stream: CompiledStream | null
  readonly landing: CompiledLanding | null
  /** Chosen now: no landing page, or selection before the click. */
  readonly offer: CompiledOffer | null
  readonly action: CompiledAction | null
  /** The visitor reaches the offer at once (no landing page between). */
  readonly reachesOffer: boolean
  readonly trace: readonly StreamVerdict[]
  /** Set when no stream took the click. */
  readonly deadEnd: DeadEnd | null
}
