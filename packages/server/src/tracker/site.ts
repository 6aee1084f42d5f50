import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'
import { NO_CAPS, type OfferCaps } from '@trackyard/core/click/caps.ts'
import { type CompiledCampaign, compileCampaign } from '@trackyard/core/click/compile.ts'
import type { Domain } from '@trackyard/core/entities/index.ts'
import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'
import type { Screen } from '@trackyard/core/screen/screen.ts'
import type { Log } from '../log.ts'
import type { Snapshot, SnapshotHeader } from '../snapshot.ts'
import { compileParameters, type ParameterMap } from './parameters.ts'

export interface LiveCampaign {
  readonly compiled: CompiledCampaign
  readonly parameters: ParameterMap
  readonly isActive: boolean
  /** Takes no clicks any more, and its alias is free; only visitors on its landing pages go on. */
  readonly isArchived: boolean
  /** Ids of every stream that is not archived, whose uniqueness is read with the click. */
  readonly streamIds: readonly number[]
}

/** Everything the tracker serves from: immutable, swapped as a whole when the snapshot changes. */
export interface Site {
  readonly header: SnapshotHeader
  /** The bot list and the black list; null when both are empty. */
  readonly screen: Screen | null
  /** Offers whose daily cap is reached. */
  readonly caps: OfferCaps
  byAlias(alias: string): LiveCampaign | undefined
  byId(id: number): LiveCampaign | undefined
  /** As `byId`, and campaigns archived lately: a visitor on a landing page came before that and may go on. */
  byPass(id: number): LiveCampaign | undefined
  /** The campaign whose secret for the Click API this is. */
  byToken(token: string): LiveCampaign | undefined
  /** The domain entry that claims a host: exact, then the longest wildcard parent. */
  domain(host: string): Domain | undefined
  /** Uploaded files of a folder as they are now. */
  localFiles(folder: string): LocalFiles | undefined
  readonly campaignCount: number
  /** The longest time a visitor of any campaign stays known. */
  readonly longestUniquenessMs: number
}

/** Campaigns by the exact line of the snapshot, so that only changed ones are compiled again. */
export type CompiledLines = ReadonlyMap<string, LiveCampaign>

/** Compiles a snapshot. A campaign that cannot be compiled is left out and reported; the API refuses such configs. */
export function buildSite(
  snapshot: Snapshot,
  known: CompiledLines,
  log: Log,
  screen: Screen | null = null,
): { site: Site; lines: CompiledLines } {
  const { parameterAliases } = snapshot.header.settings
  // What the aliases are goes into the key, as campaigns are compiled with them.
  const aliasKey = JSON.stringify(parameterAliases)
  const lines = new Map<string, LiveCampaign>()
  for (const { text, bundle } of snapshot.campaigns) {
    const key = aliasKey + text
    const live = known.get(key) ?? compileLive(bundle(), parameterAliases, log)
    if (live) lines.set(key, live)
  }
  const all = [...lines.values()]
  const live = all.filter(({ isArchived }) => !isArchived)
  const aliases = new Map(live.map((campaign) => [campaign.compiled.alias, campaign]))
  const ids = new Map(live.map((campaign) => [campaign.compiled.id, campaign]))
  const passes = new Map(all.map((campaign) => [campaign.compiled.id, campaign]))
  const tokens = new Map(live.map((campaign) => [campaign.compiled.bundle.campaign.token, campaign]))
  const folders = new Map(snapshot.header.localFiles.map((files) => [files.folder, files]))
  const domains = new Map(snapshot.header.domains.map((domain) => [domain.name, domain]))
  return {
    lines,
    site: {
      header: snapshot.header,
      screen,
      caps: NO_CAPS,
      campaignCount: live.length,
      longestUniquenessMs: Math.max(0, ...live.map((campaign) => campaign.compiled.cookiesTtlMs)),
      localFiles: (folder) => folders.get(folder),
      byAlias: (alias) => aliases.get(alias),
      byId: (id) => ids.get(id),
      byPass: (id) => passes.get(id),
      byToken: (token) => (token === '' ? undefined : tokens.get(token)),
      domain: (host) => domains.get(host) ?? wildcardParent(domains, host),
    },
  }
}

/** Makes a campaign ready for visitors; null when it does not compile. */
export function compileLive(
  bundle: CampaignBundle,
  parameterAliases: SnapshotHeader['settings']['parameterAliases'],
  log: Log,
): LiveCampaign | null {
  const compiled = compileCampaign(bundle)
  if (!compiled.ok) {
    log.error('a campaign of the snapshot does not compile and is not served', {
      campaignId: bundle.campaign.id,
      problems: compiled.problems,
    })
    return null
  }
  const campaign = compiled.value
  return {
    compiled: campaign,
    parameters: compileParameters(campaign.named.parameters, parameterAliases),
    isActive: bundle.campaign.state === 'active',
    isArchived: bundle.campaign.state === 'deleted',
    streamIds: bundle.streams
      .filter(({ id, state }) => state !== 'deleted' && campaign.streamsById.has(id))
      .map(({ id }) => id),
  }
}

function wildcardParent(domains: ReadonlyMap<string, Domain>, host: string): Domain | undefined {
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    const parent = domains.get(host.slice(dot + 1))
    if (parent?.wildcard) return parent
  }
  return undefined
}
