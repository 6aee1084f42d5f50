import { type CompiledCampaign, compileCampaign } from '@trackyard/core/click/compile.ts'
import type { Domain } from '@trackyard/core/entities/index.ts'
import type { Log } from '../log.ts'
import type { Snapshot, SnapshotHeader } from '../snapshot.ts'
import { compileParameters, type ParameterMap } from './parameters.ts'

export interface LiveCampaign {
  readonly compiled: CompiledCampaign
  readonly parameters: ParameterMap
  readonly isActive: boolean
  /** Ids of every stream, whose uniqueness is read with the click. */
  readonly streamIds: readonly number[]
}

/** Everything the tracker serves from: immutable, swapped as a whole when the snapshot changes. */
export interface Site {
  readonly header: SnapshotHeader
  byAlias(alias: string): LiveCampaign | undefined
  byId(id: number): LiveCampaign | undefined
  /** The domain entry that claims a host: exact, then the longest wildcard parent. */
  domain(host: string): Domain | undefined
  readonly campaignCount: number
  /** The longest time a visitor of any campaign stays known. */
  readonly longestUniquenessMs: number
}

/** Campaigns by the exact line of the snapshot, so that only changed ones are compiled again. */
export type CompiledLines = ReadonlyMap<string, LiveCampaign>

/** Compiles a snapshot. A campaign that cannot be compiled is left out and reported; the API refuses such configs. */
export function buildSite(snapshot: Snapshot, known: CompiledLines, log: Log): { site: Site; lines: CompiledLines } {
  const lines = new Map<string, LiveCampaign>()
  for (const { text, bundle } of snapshot.campaigns) {
    const live = known.get(text) ?? compile(bundle(), log)
    if (live) lines.set(text, live)
  }
  const live = [...lines.values()]
  const aliases = new Map(live.map((campaign) => [campaign.compiled.alias, campaign]))
  const ids = new Map(live.map((campaign) => [campaign.compiled.id, campaign]))
  const domains = new Map(snapshot.header.domains.map((domain) => [domain.name, domain]))
  return {
    lines,
    site: {
      header: snapshot.header,
      campaignCount: live.length,
      longestUniquenessMs: Math.max(0, ...live.map((campaign) => campaign.compiled.cookiesTtlMs)),
      byAlias: (alias) => aliases.get(alias),
      byId: (id) => ids.get(id),
      domain: (host) => domains.get(host) ?? wildcardParent(domains, host),
    },
  }
}

function compile(bundle: Parameters<typeof compileCampaign>[0], log: Log): LiveCampaign | null {
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
    parameters: compileParameters({ ...bundle.trafficSource?.parameters, ...bundle.campaign.parameters }),
    isActive: bundle.campaign.state === 'active',
    streamIds: [...campaign.streamsById.keys()],
  }
}

function wildcardParent(domains: ReadonlyMap<string, Domain>, host: string): Domain | undefined {
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    const parent = domains.get(host.slice(dot + 1))
    if (parent?.wildcard) return parent
  }
  return undefined
}
