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

/** All that bundles are made of, archived ones too. */
export interface Content {
  readonly campaigns: readonly Campaign[]
  readonly streams: readonly Stream[]
  readonly landings: readonly Landing[]
  readonly offers: readonly Offer[]
  readonly networks: readonly AffiliateNetwork[]
  readonly sources: readonly TrafficSource[]
  readonly filterSets: readonly FilterSet[]
}

export async function loadContent(reader: Pick<ConfigReader, 'list'>): Promise<Content> {
  const all = { includeDeleted: true }
  return {
    campaigns: await reader.list('campaigns', all),
    streams: await reader.list('streams', all),
    landings: await reader.list('landing_pages', all),
    offers: await reader.list('offers', all),
    networks: await reader.list('affiliate_networks', all),
    sources: await reader.list('traffic_sources', all),
    filterSets: await reader.list('filters'),
  }
}

/** Entities by id, as far as a bundle may need them. */
export interface Parts {
  readonly landings: ReadonlyMap<number, Landing>
  readonly offers: ReadonlyMap<number, Offer>
  readonly networks: ReadonlyMap<number, AffiliateNetwork>
  readonly sources: ReadonlyMap<number, TrafficSource>
  readonly filterSets: ReadonlyMap<number, FilterSet>
}

export const toParts = (from: Pick<Content, keyof Parts>): Parts => ({
  landings: byId(from.landings),
  offers: byId(from.offers),
  networks: byId(from.networks),
  sources: byId(from.sources),
  filterSets: byId(from.filterSets),
})

/** The bundle of one campaign as it is stored now, or with these streams in place of those stored. */
export async function loadBundle(
  reader: ConfigReader,
  campaign: Campaign,
  given?: readonly Stream[],
): Promise<CampaignBundle> {
  const streams = given ?? (await reader.list('streams', { parentId: campaign.id }))
  const landings = await reader.getMany('landing_pages', landingIds(streams))
  const offers = await offersAndAlternatives(reader, offerIds(streams))
  const networkIds = offers.flatMap((offer) => offer.affiliate_network_id ?? [])
  const networks = await reader.getMany('affiliate_networks', networkIds)
  const sourceIds = campaign.traffic_source_id === null ? [] : [campaign.traffic_source_id]
  const sources = await reader.getMany('traffic_sources', sourceIds)
  const filterSets = await reader.getMany('filters', filterSetIds(streams))
  return toBundle(campaign, streams, toParts({ landings, offers, networks, sources, filterSets }))
}

/** Puts a bundle together in an order that depends on nothing but its content, so equal bundles are equal text. */
export function toBundle(campaign: Campaign, streams: readonly Stream[], parts: Parts): CampaignBundle {
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
