import type { AffiliateNetwork, Campaign, FilterSet, Landing, Offer, Stream, TrafficSource } from '../entities/index.ts'

/**
 * A campaign with everything a click needs, self-contained: what the backend publishes and the tracker compiles.
 * One bundle is one line of the snapshot, so a campaign whose line did not change is not compiled again.
 */
export interface CampaignBundle {
  readonly campaign: Campaign
  /** Streams that are not archived; in snapshots also those archived so lately that visitors may be on their landing pages. */
  readonly streams: readonly Stream[]
  readonly landings: readonly Landing[]
  readonly offers: readonly Offer[]
  readonly affiliateNetworks: readonly AffiliateNetwork[]
  readonly trafficSource: TrafficSource | null
  /** Those that the streams name. */
  readonly filterSets: readonly FilterSet[]
}
