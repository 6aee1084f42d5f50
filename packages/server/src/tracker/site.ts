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
import type { CampaignIndex, Findable } from './campaign-index.ts'
import { compileParameters, type ParameterMap } from './parameters.ts'

/** Visitors get their turn while thousands of campaigns are made ready: so many take about a millisecond. */
const COMPILED_A_TURN = 10

const MAX_PARAMETER_MAPS = 1000

type ParameterAliases = TrackerSettings['parameterAliases']

export interface LiveCampaign extends Findable {
  readonly compiled: CompiledCampaign
  readonly parameters: ParameterMap
  readonly isActive: boolean
  /** Only visitors on its landing pages go on. */
  readonly isArchived: boolean
  /** Ids of every stream that is not archived, whose uniqueness is read with the click. */
  readonly streamIds: readonly number[]
}

/** Everything the tracker serves from: immutable, swapped as a whole when the snapshot changes. */
export interface Site extends CampaignIndex<LiveCampaign> {
  readonly header: SnapshotHeader
  /** The bot list and the black list; null when both are empty. */
  readonly screen: Screen | null
  /** Offers whose daily cap is reached. */
  readonly caps: OfferCaps
  /** The domain entry that claims a host: exact, then the longest wildcard parent. */
  domain(host: string): Domain | undefined
  /** Uploaded files of a folder as they are now. */
  localFiles(folder: string): LocalFiles | undefined
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

/** What the head of a snapshot says, around its campaigns. */
export function buildSite(
  header: SnapshotHeader,
  campaigns: CampaignIndex<LiveCampaign>,
  screen: Screen | null = null,
): Site {
  const folders = new Map(header.localFiles.map((files) => [files.folder, files]))
  const domains = new Map(header.domains.map((domain) => [domain.name, domain]))
  return {
    ...campaigns,
    header,
    screen,
    caps: NO_CAPS,
    localFiles: (folder) => folders.get(folder),
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
