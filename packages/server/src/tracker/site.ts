import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'
import { NO_CAPS, type OfferCaps } from '@trackyard/core/click/caps.ts'
import { type CompiledCampaign, compileCampaign } from '@trackyard/core/click/compile.ts'
import type { Domain } from '@trackyard/core/entities/index.ts'
import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'
import type { Screen } from '@trackyard/core/screen/screen.ts'
import { LRUCache } from 'lru-cache'
import type { Log } from '../log.ts'
import type { SnapshotCampaign, SnapshotHeader, TrackerSettings } from '../snapshot.ts'
import { compileParameters, type ParameterMap } from './parameters.ts'

/** Visitors get their turn while thousands of campaigns are made ready: each of these takes about a millisecond. */
const COMPILED_A_TURN = 10
const FILED_A_TURN = 500

const MAX_PARAMETER_MAPS = 1000

type ParameterAliases = TrackerSettings['parameterAliases']

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

/** Campaigns by their exact lines in the snapshot. */
export type CompiledLines = ReadonlyMap<string, LiveCampaign>

/**
 * Compiles campaigns of a snapshot, but for those whose lines are known. One that cannot be compiled is left out and
 * reported; the API refuses such configs.
 */
export async function compileLines(
  campaigns: readonly SnapshotCampaign[],
  known: CompiledLines | undefined,
  parameterAliases: ParameterAliases,
  log: Log,
): Promise<CompiledLines> {
  const lines = new Map<string, LiveCampaign>()
  let compiled = 0
  for (const { text, bundle } of campaigns) {
    const same = known?.get(text)
    if (!same && ++compiled % COMPILED_A_TURN === 0) await nextTurn()
    const live = same ?? compileLive(bundle(), parameterAliases, log)
    if (live) lines.set(text, live)
  }
  return lines
}

/** Makes compiled campaigns findable. */
export async function buildSite(
  header: SnapshotHeader,
  campaigns: readonly LiveCampaign[],
  screen: Screen | null = null,
): Promise<Site> {
  const aliases = new Map<string, LiveCampaign>()
  const ids = new Map<number, LiveCampaign>()
  const passes = new Map<number, LiveCampaign>()
  const tokens = new Map<string, LiveCampaign>()
  let longestUniquenessMs = 0
  for (const [index, campaign] of campaigns.entries()) {
    if (index % FILED_A_TURN === FILED_A_TURN - 1) await nextTurn()
    const { id, alias, cookiesTtlMs, bundle } = campaign.compiled
    passes.set(id, campaign)
    if (campaign.isArchived) continue
    ids.set(id, campaign)
    aliases.set(alias, campaign)
    tokens.set(bundle.campaign.token, campaign)
    longestUniquenessMs = Math.max(longestUniquenessMs, cookiesTtlMs)
  }
  const folders = new Map(header.localFiles.map((files) => [files.folder, files]))
  const domains = new Map(header.domains.map((domain) => [domain.name, domain]))
  return {
    header,
    screen,
    caps: NO_CAPS,
    campaignCount: ids.size,
    longestUniquenessMs,
    localFiles: (folder) => folders.get(folder),
    byAlias: (alias) => aliases.get(alias),
    byId: (id) => ids.get(id),
    byPass: (id) => passes.get(id),
    byToken: (token) => (token === '' ? undefined : tokens.get(token)),
    domain: (host) => domains.get(host) ?? wildcardParent(domains, host),
  }
}

/** Makes a campaign ready for visitors; null when it does not compile. */
export function compileLive(bundle: CampaignBundle, parameterAliases: ParameterAliases, log: Log): LiveCampaign | null {
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
    parameters: parametersOf(campaign.named.parameters, parameterAliases),
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

/** Campaigns of a source have the same parameters: thousands of maps less. */
const parameterMaps = new LRUCache<string, ParameterMap>({ max: MAX_PARAMETER_MAPS })

function parametersOf(...names: Parameters<typeof compileParameters>): ParameterMap {
  const key = JSON.stringify(names)
  const map = parameterMaps.get(key) ?? compileParameters(...names)
  parameterMaps.set(key, map)
  return map
}
