import { PARAMETER_SLOTS } from '@trackyard/core/click/click.ts'
import { effectiveParameters } from '@trackyard/core/click/parameters.ts'
import type { Problem } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'

const FILTERABLE: ReadonlySet<string> = new Set([...PARAMETER_SLOTS, 'cost', 'currency'])

/**
 * The problems of a refused entry of costs. Where a filter has the name that a parameter goes by in links of these
 * campaigns, the problem names the slot that it fills.
 */
export async function slotProblems(
  problems: readonly Problem[],
  campaignIds: readonly number[],
  reader: Pick<ConfigReader, 'getMany'>,
): Promise<readonly Problem[]> {
  if (!problems.some((one) => filterOf(one) !== null)) return problems
  const campaigns = await reader.getMany('campaigns', campaignIds)
  const sourceIds = [...new Set(campaigns.flatMap(({ traffic_source_id: id }) => id ?? []))]
  const sources = new Map((await reader.getMany('traffic_sources', sourceIds)).map((source) => [source.id, source]))
  const mappings = campaigns.map((campaign) =>
    effectiveParameters(campaign, sources.get(campaign.traffic_source_id ?? 0) ?? null),
  )
  return problems.map((one) => {
    const parameter = filterOf(one)
    const slots = mappings.flatMap((mapping) =>
      Object.entries(mapping).flatMap(([slot, { name }]) =>
        parameter !== null && name?.trim() === parameter && FILTERABLE.has(slot) ? [slot] : [],
      ),
    )
    if (slots.length === 0) return one
    const filled = [...new Set(slots)].join(' or ')
    return { ...one, message: `cannot be filtered by: the parameter ${parameter} fills ${filled}, use that` }
  })
}

/** The name that a problem refuses to filter by, null when it is about something else. */
function filterOf({ at }: Problem): string | null {
  const [, name = ''] = /^(?:costs\.\d+\.)?filters\.(.+)$/s.exec(at ?? '') ?? []
  return name === '' || FILTERABLE.has(name) ? null : name
}
