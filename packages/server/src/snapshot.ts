import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'
import type { BlacklistEntry, Domain, EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import { type LocalFiles, localFilesSchema } from '@trackyard/core/entities/local-files.ts'
import { reviveEntity } from '@trackyard/core/entities/parse.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { ADDRESS_PRIVACY, type AddressPrivacy } from '@trackyard/core/settings.ts'
import { isTimeZone } from '@trackyard/core/time/zone.ts'
import { z } from 'zod'
import { type PostbackRules, postbackRules } from './postback-rules.ts'

/**
 * What the backend tells the tracker to serve: a head, which it replaces atomically, and beside it the shards the head
 * names, one campaign a line. A shard is named by its content and never changes, so that a change costs the shard it is
 * in and not all campaigns. The tracker can start from these files alone.
 */
export interface Snapshot {
  readonly header: SnapshotHeader
  /** Those archived so lately that visitors may be on their landing pages included. */
  readonly campaigns: readonly SnapshotCampaign[]
}

export interface SnapshotHeader {
  readonly format: number
  /** Config version; grows with every change. */
  readonly version: number
  readonly publishedAtMs: number
  readonly campaignCount: number
  /** Where the campaigns are. Those in none follow as lines of the head: in snapshots of versions before there were shards, all. */
  readonly shards: readonly SnapshotShard[]
  readonly settings: TrackerSettings
  /** Active ones. */
  readonly domains: readonly Domain[]
  readonly bots: SnapshotBots
  /** Active ones. */
  readonly blacklist: readonly BlacklistEntry[]
  /** Uploaded pages whose files may be asked for. */
  readonly localFiles: readonly LocalFiles[]
  /** What postbacks are read and let in by; snapshots of versions before there were such rules have none. */
  readonly postbacks?: PostbackRules
}

/** Campaigns of neighbouring ids. */
export interface SnapshotShard {
  /** Name of the file, which tells its content. */
  readonly file: string
  /** Campaigns keep the shard of this number, whatever becomes of them. */
  readonly number: number
  readonly campaignCount: number
}

/** The bot list. Its addresses are compiled by the backend and lie in a file beside the snapshot, as there may be millions. */
export interface SnapshotBots {
  /** Name of that file, which tells its content; '' when the list holds no address. */
  readonly rangesFile: string
  readonly userAgents: readonly string[]
}

/** What the tracker needs beyond campaigns. The keys are secrets: the file is for its owner only. */
export interface TrackerSettings {
  readonly baseCurrency: string
  /** What rows of clicks name as their currency: '' while the base currency is the first one. */
  readonly rowCurrency: string
  /** First path segment of the postback URL. */
  readonly postbackKey: string
  /** The first signs; all verify. */
  readonly tokenKeys: readonly { readonly id: string; readonly secret: string }[]
  /** Goes into the hash that visitor codes are made with, so that they cannot be worked out from addresses. 128 bits. */
  readonly visitorSecret: string
  /** How long after a click its landing page may hand the visitor on. */
  readonly landingTokenTtlMs: number
  /** Whether campaigns answer at hosts that no domain entry claims. */
  readonly unknownHosts: 'serve' | 'not_found'
  /** Time zone of the days and hours that click limits count by. */
  readonly timezone: string
  /** What is stored of addresses. */
  readonly ipPrivacy: AddressPrivacy
  /** Slot → further names of parameters that fill it. */
  readonly parameterAliases: Readonly<Record<string, readonly string[]>>
}

/** `text` identifies the content: an unchanged campaign has an identical line. */
export interface SnapshotCampaign {
  readonly text: string
  /** Parses the line. Throws when it was damaged. */
  bundle(): CampaignBundle
}

export const SNAPSHOT_FORMAT = 3
/** Everything in one file: what an earlier version left, and the tracker may start before the backend replaces it. */
const FORMAT_WITHOUT_SHARDS = 2

/** Reads the header alone, e.g. to wait until a version is published. */
export function readSnapshotHeader(text: string): Result<SnapshotHeader> {
  const end = text.indexOf('\n')
  const parsed = headerSchema.safeParse(parseJson(end === -1 ? text : text.slice(0, end)))
  if (!parsed.success)
    return fail(problem('bad_request', `The snapshot header is unusable: ${z.prettifyError(parsed.error)}`))
  return ok(parsed.data)
}

/** Reads the head of a snapshot, and the campaigns that are in it. Refuses one that is cut or of another format. */
export function parseSnapshot(text: string): Result<Snapshot> {
  const header = readSnapshotHeader(text)
  if (!header.ok) return header
  const campaigns = toCampaigns(text.slice(text.indexOf('\n') + 1))
  const { campaignCount, shards } = header.value
  const wanted = campaignCount - shards.reduce((sum, shard) => sum + shard.campaignCount, 0)
  if (!text.includes('\n') || campaigns?.length !== wanted)
    return fail(problem('bad_request', `The snapshot is cut: ${wanted} campaigns should follow its header`))
  return ok({ header: header.value, campaigns })
}

/** Campaigns by line, every one ended by a newline; null when the last is cut. */
export function toCampaigns(text: string): SnapshotCampaign[] | null {
  const lines = text.split('\n')
  return lines.pop() === '' ? lines.map((line) => ({ text: line, bundle: () => parseBundle(line) })) : null
}

/** Reads the line of a campaign. Throws when it was damaged. */
export function parseBundle(line: string): CampaignBundle {
  const raw = rawBundle.parse(parseJson(line))
  return {
    campaign: revived('campaigns', raw.campaign),
    streams: raw.streams.map((stream) => revived('streams', stream)),
    landings: raw.landings.map((landing) => revived('landing_pages', landing)),
    offers: raw.offers.map((offer) => revived('offers', offer)),
    affiliateNetworks: raw.affiliateNetworks.map((network) => revived('affiliate_networks', network)),
    filterSets: raw.filterSets.map((set) => revived('filters', set)),
    trafficSource: raw.trafficSource === null ? null : revived('traffic_sources', raw.trafficSource),
  }
}

function revived<Kind extends EntityKind>(kind: Kind, stored: unknown): EntityOf<Kind> {
  const entity = reviveEntity(kind, stored)
  if (!entity) throw new Error(`The snapshot holds an unreadable entry of ${kind}`)
  return entity
}

const domainSchema = z.unknown().transform((stored, context): Domain => {
  const domain = reviveEntity('domains', stored)
  if (domain) return domain
  context.addIssue({ code: 'custom', message: 'is not a domain' })
  return z.NEVER
})

const blacklistSchema = z.unknown().transform((stored, context): BlacklistEntry => {
  const entry = reviveEntity('blacklist', stored)
  if (entry) return entry
  context.addIssue({ code: 'custom', message: 'is not an entry of the black list' })
  return z.NEVER
})

const headerSchema = z.object({
  format: z.literal([FORMAT_WITHOUT_SHARDS, SNAPSHOT_FORMAT]),
  version: z.number(),
  publishedAtMs: z.number(),
  campaignCount: z.int().nonnegative(),
  shards: z
    .array(
      z.object({
        file: z.string().regex(/^campaigns-[0-9a-f]{32}\.ndjson$/),
        number: z.int().nonnegative(),
        campaignCount: z.int().positive(),
      }),
    )
    .default([]),
  settings: z.object({
    baseCurrency: z.string(),
    // Snapshots of versions before it could change have none.
    rowCurrency: z.string().default(''),
    postbackKey: z.string().min(1),
    tokenKeys: z.array(z.object({ id: z.string(), secret: z.string() })).min(1),
    visitorSecret: z.string().min(16),
    landingTokenTtlMs: z.number().positive(),
    // Snapshots of versions before these settings acted have none.
    unknownHosts: z.enum(['serve', 'not_found']).default('serve'),
    timezone: z.string().refine(isTimeZone).catch('UTC'),
    ipPrivacy: z.enum(ADDRESS_PRIVACY).default('keep'),
    parameterAliases: z.record(z.string(), z.array(z.string())).default({}),
  }),
  domains: z.array(domainSchema),
  // Snapshots of versions before there were lists have none.
  bots: z
    .object({ rangesFile: z.string().regex(/^(bots-[0-9a-f]+\.bin)?$/), userAgents: z.array(z.string()) })
    .default({ rangesFile: '', userAgents: [] }),
  blacklist: z.array(blacklistSchema).default([]),
  localFiles: z.array(localFilesSchema).default([]),
  postbacks: postbackRules.exactOptional(),
})

const rawBundle = z.object({
  campaign: z.unknown(),
  streams: z.array(z.unknown()),
  landings: z.array(z.unknown()),
  offers: z.array(z.unknown()),
  affiliateNetworks: z.array(z.unknown()),
  trafficSource: z.unknown(),
  // Snapshots of versions before there were sets have none.
  filterSets: z.array(z.unknown()).default([]),
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
