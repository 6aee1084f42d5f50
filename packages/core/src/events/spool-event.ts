import type { CustomStatus } from '../conversion/custom-status.ts'
import type { Status } from '../conversion/statuses.ts'
import type { SeenBy } from '../filters/filter.ts'
import type { AdminEvent } from './admin-event.ts'
import type { ClickRow } from './click-columns.ts'

/**
 * What the tracker writes to the spool before it answers. The position of a record in the spool (`seq`) is its place
 * in history: state that carries a seq has every event up to it applied (docs/adr/0003).
 */
export type SpoolEvent = ClickEvent | LandingClickEvent | PostbackEvent | UpdateEvent | AdminEvent

/** A request that reached a campaign; `row` holds the non-empty columns. */
export interface ClickEvent {
  readonly kind: 'click'
  readonly subId: string
  readonly row: ClickRow
  /** What the visitor state must remember of it, so that state can be rebuilt from the spool. */
  readonly visit: Visit
}

/** The visitor went from a landing page to an offer. */
export interface LandingClickEvent {
  readonly kind: 'landing_click'
  readonly subId: string
  readonly atMs: number
  readonly offerId: number
  readonly affiliateNetworkId: number
  readonly destination: string
  /** Offers that were to have the visitor but were full, in the order in which they passed it on. */
  readonly cappedOffers?: readonly number[]
  /** Slots the landing page changed, e.g. `sub_id_3`. */
  readonly slots: Readonly<Record<string, string>>
  /** Revenue earned by reaching a CPC offer. */
  readonly payoutMicros: number
  /** Currency of it; absent: the base currency of that moment. */
  readonly payoutCurrency?: string
  /** The offer the visitor is bound to from now on. */
  readonly visit: Visit | null
}

/** A postback as it came; its meaning is worked out when it is applied. */
export interface PostbackEvent {
  readonly kind: 'postback'
  readonly subId: string
  readonly atMs: number
  readonly params: Readonly<Record<string, string>>
  readonly ip: string
  /** What could not be read of it, in words for the postback log. Without a sub id it was refused. */
  readonly fault?: string
  /** It was refused with an answer that begins so, and changes nothing: it is kept for the postback log. */
  readonly refusal?: string
  /** What its status meant when it came, if that is one of the user's own: the list may change before it is applied. */
  readonly custom?: CustomStatus
  /** Status that the lists of stored postbacks gave its word then; its own lists go before it. */
  readonly meant?: Status
  /** It came with the token of this campaign, which is in web pages, and so is only about clicks of it. */
  readonly campaignId?: number
  /** Affiliate networks that would not have sent it, by what they require: so it is not about clicks of their offers. */
  readonly denied?: Denied
}

/** Ids of affiliate networks whose token was not sent along, and of those that do not send from this address. */
export interface Denied {
  readonly token?: readonly number[]
  readonly address?: readonly number[]
}

/** Later change of free slots of a click (`_update_tokens`). */
export interface UpdateEvent {
  readonly kind: 'update'
  readonly subId: string
  readonly atMs: number
  readonly slots: Readonly<Record<string, string>>
}

/** A visitor known by the address or by the browser's cookie alone. */
export interface SeenAs {
  readonly by: SeenBy
  /** 64-bit identity as 13 base-36 characters. */
  readonly visitor: string
  /** For what the visit was the first, as in `Visit`. */
  readonly unique: string
}

/** One choice of a stream for a visitor, as the visitor state remembers it. */
export interface Visit {
  /** 64-bit identity as 13 base-36 characters. */
  readonly visitor: string
  readonly campaignId: number
  readonly streamId: number
  readonly atMs: number
  /** For what the visit was the first: any of `g` the tracker, `c` the campaign, `s` the stream. */
  readonly unique: string
  /** Further ways the visitor is known by, for campaigns whose filters ask for them. */
  readonly also?: readonly SeenAs[] | undefined
  /** The stream has a limit filter, so the choice counts against it. */
  readonly counts: boolean
  readonly bind: { readonly landingId: number | null; readonly offerId: number | null; readonly untilMs: number } | null
}
