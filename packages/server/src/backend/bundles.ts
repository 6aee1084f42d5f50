import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'
import type {
  AffiliateNetwork,
  Campaign,
  FilterSet,
  Landing,
  Offer,
  Stream,
  TrafficSource,
} from '@trackyard/core/entities/index.ts'
import { namedSets } from '@trackyard/core/filters/filter-set.ts'
import type { ConfigReader } from '../stores/config/port.ts'

/** Entities by id, as far as a bundle may need them. */
interface Parts {
  readonly landings: ReadonlyMap<number, Landing>
  readonly offers: ReadonlyMap<number, Offer>
  readonly networks: ReadonlyMap<number, AffiliateNetwork>
  readonly sources: ReadonlyMap<number, TrafficSource>
  readonly filterSets: ReadonlyMap<number, FilterSet>
}

/**
 * Bundles of all campaigns in order of id. Campaigns and streams that were archived since `archivedSinceMs` (UTC epoch
 * milliseconds) are among them: visitors may be on their landing pages and still have a way to go.
 */
export async function loadBundles(reader: ConfigReader, archivedSinceMs: number): Promise<CampaignBundle[]> {
  const all = { includeDeleted: true }
  // Nothing changes an archived entity, so its last change is when it was archived.
  const isServed = (entity: Campaign | Stream): boolean =>
    entity.state !== 'deleted' || entity.updated_at_ms >= archivedSinceMs
  const campaigns = (await reader.list('campaigns', all)).filter(isServed)
  const streams = Map.groupBy((await reader.list('streams', all)).filter(isServed), (stream) => stream.campaign_id)
  const parts: Parts = {
    landings: byId(await reader.list('landing_pages', all)),
    offers: byId(await reader.list('offers', all)),
    networks: byId(await reader.list('affiliate_networks', all)),
    sources: byId(await reader.list('traffic_sources', all)),
    filterSets: byId(await reader.list('filters')),
  }
  return campaigns.map((campaign) => toBundle(campaign, streams.get(campaign.id) ?? [], parts))
}

/** The bundle of one campaign as it is stored now, or with these streams in place of those stored. */
export async function loadBundle(
  reader: ConfigReader,
  campaign: Campaign,
  given?: readonly Stream[],
): Promise<CampaignBundle> {
  const streams = given ?? (await reader.list('streams', { parentId: campaign.id }))
  const landings = byId(await reader.getMany('landing_pages', landingIds(streams)))
  const offers = byId(await offersAndAlternatives(reader, offerIds(streams)))
  const networkIds = [...offers.values()].flatMap((offer) => offer.affiliate_network_id ?? [])
  const networks = byId(await reader.getMany('affiliate_networks', networkIds))
  const sourceIds = campaign.traffic_source_id === null ? [] : [campaign.traffic_source_id]
  const sources = byId(await reader.getMany('traffic_sources', sourceIds))
  const filterSets = byId(await reader.getMany('filters', filterSetIds(streams)))
  return toBundle(campaign, streams, { landings, offers, networks, sources, filterSets })
}

/** Puts a bundle together in an order that depends on nothing but its content, so equal bundles are equal text. */
function toBundle(campaign: Campaign, streams: readonly Stream[], parts: Parts): CampaignBundle {
  const offers = pick(parts.offers, withAlternatives(parts.offers, offerIds(streams)))
  return {
    campaign,
    streams: streams.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0) || a.id - b.id),
    landings: pick(parts.landings, landingIds(streams)),
    offers,
    affiliateNetworks: pick(
      parts.networks,
      offers.flatMap((offer) => offer.affiliate_network_id ?? []),
    ),
    trafficSource: parts.sources.get(campaign.traffic_source_id ?? 0) ?? null,
    filterSets: pick(parts.filterSets, filterSetIds(streams)),
  }
}

const landingIds = (streams: readonly Stream[]) =>
  streams.flatMap((stream) => stream.landings.map((row) => row.landing_id))
const offerIds = (streams: readonly Stream[]) => streams.flatMap((stream) => stream.offers.map((row) => row.offer_id))

const filterSetIds = (streams: readonly Stream[]) => streams.flatMap((stream) => namedSets(stream.filters))

async function offersAndAlternatives(reader: ConfigReader, ids: readonly number[]): Promise<Offer[]> {
  const found = new Map<number, Offer>()
  let missing = [...ids]
  while (missing.length > 0) {
    const offers = await reader.getMany('offers', missing)
    for (const offer of offers) found.set(offer.id, offer)
    missing = offers.flatMap((offer) => offer.alternative_offer_id ?? []).filter((id) => !found.has(id))
  }
  return [...found.values()]
}

/** The overflow of an offer may overflow in turn; circles end because each offer is taken once. */
function withAlternatives(offers: ReadonlyMap<number, Offer>, ids: readonly number[]): number[] {
  const found = new Set(ids)
  for (const id of found) {
    const alternative = offers.get(id)?.alternative_offer_id
    if (alternative) found.add(alternative)
  }
  return [...found]
}

const byId = <T extends { id: number }>(entities: readonly T[]): Map<number, T> =>
  new Map(entities.map((entity) => [entity.id, entity]))

const pick = <T>(from: ReadonlyMap<number, T>, ids: readonly number[]): T[] =>
  [...new Set(ids)].sort((a, b) => a - b).flatMap((id) => from.get(id) ?? [])
