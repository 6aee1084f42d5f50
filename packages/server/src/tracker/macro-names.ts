import type { CompiledCampaign } from '@trackyard/core/click/compile.ts'
import type { Decision } from '@trackyard/core/click/decision.ts'
import type { MacroContext } from '@trackyard/core/macros/macro.ts'
import type { SnapshotHeader } from '../snapshot.ts'

/** The entities of a decision as macros see them. */
export function namesOf(
  campaign: CompiledCampaign,
  chosen: Pick<Decision, 'stream' | 'landing' | 'offer'>,
  { domains }: Pick<SnapshotHeader, 'domains'>,
): Pick<MacroContext, 'campaign' | 'campaignDomain' | 'stream' | 'landing' | 'offer' | 'trafficSource'> {
  const { bundle } = campaign
  return {
    campaign: campaign.named,
    campaignDomain: () => domains.find(({ id }) => id === bundle.campaign.domain_id)?.name ?? '',
    stream: chosen.stream,
    landing: chosen.landing,
    offer: chosen.offer,
    trafficSource: bundle.trafficSource,
  }
}
