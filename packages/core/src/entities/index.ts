import type { z } from 'zod'
import { affiliateNetwork } from './affiliate-network.ts'
import { blacklist } from './blacklist.ts'
import { bot } from './bot.ts'
import { campaign } from './campaign.ts'
import { conversionType } from './conversion-type.ts'
import { domain } from './domain.ts'
import type { Stored } from './entity.ts'
import { filterSet } from './filter-set.ts'
import { group } from './group.ts'
import { integration } from './integration.ts'
import { landing } from './landing.ts'
import { offer } from './offer.ts'
import { postback } from './postback.ts'
import { stream } from './stream.ts'
import { trafficSource } from './traffic-source.ts'

/** Every kind of entity by its route name. Adding one touches this list and its own file. */
export const entities = {
  campaigns: campaign,
  streams: stream,
  offers: offer,
  landing_pages: landing,
  affiliate_networks: affiliateNetwork,
  traffic_sources: trafficSource,
  domains: domain,
  groups: group,
  bots: bot,
  blacklist,
  filters: filterSet,
  postbacks: postback,
  integrations: integration,
  conversion_types: conversionType,
} as const
export type EntityKind = keyof typeof entities
export const ENTITY_KINDS = Object.keys(entities) as readonly EntityKind[]
export const isEntityKind = (name: string): name is EntityKind => Object.hasOwn(entities, name)
/** The stored form of one kind. */
export type EntityOf<Kind extends EntityKind> = Stored<(typeof entities)[Kind]>
/** What a user may write of one kind, parsed. */
export type FieldsOf<Kind extends EntityKind> = z.output<(typeof entities)[Kind]['fields']>

export type { AffiliateNetwork } from './affiliate-network.ts'
export type { BlacklistEntry } from './blacklist.ts'
export type { Bot } from './bot.ts'
export type { Campaign } from './campaign.ts'
export type { ConversionType } from './conversion-type.ts'
export type { Domain } from './domain.ts'
export type { FilterSet } from './filter-set.ts'
export type { Group } from './group.ts'
export type { Integration } from './integration.ts'
export type { Landing } from './landing.ts'
export type { Offer } from './offer.ts'
export type { Postback } from './postback.ts'
export type { Stream, StreamFilter } from './stream.ts'
export type { TrafficSource } from './traffic-source.ts'
