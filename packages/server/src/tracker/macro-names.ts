import type { CompiledCampaign } from '@trackyard/core/click/compile.ts'
import type { Decision } from '@trackyard/core/click/decision.ts'
import type { MacroContext } from '@trackyard/core/macros/macro.ts'
import type { SnapshotHeader } from '../snapshot.ts'

/** The entities of a decision as macros see them. */
export function namesOf(
  campaign: CompiledCampaign,
  chosen: Pick<Decision, 'stream' | 'landing' | 'offer'>,
  header: Pick<SnapshotHeader, 'domains'>,
): Pick<MacroContext, 'campaign' | 'campaignDomain' | 'stream' | 'landing' | 'offer' | 'trafficSource'> {
  return {
    campaign: campaign.named,
    campaignDomain: () => domainOf(campaign, header),
    stream: chosen.stream,
    landing: chosen.landing,
    offer: chosen.offer,
    trafficSource: campaign.bundle.trafficSource,
  }
}

/** Name of the domain that is chosen in a campaign, '' when there is none. */
export const domainOf = ({ bundle }: CompiledCampaign, { domains }: Pick<SnapshotHeader, 'domains'>): string =>
  domains.find(({ id }) => id === bundle.campaign.domain_id)?.name ?? ''
