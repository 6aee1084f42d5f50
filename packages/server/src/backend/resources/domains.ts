import type { Resource } from './resource.ts'

export const domains: Resource<'domains'> = {
  kind: 'domains',
  hidesArchived: true,
  verbs: ['restore'],
  /** `name` may hold several hosts (reference admin-api §2.9). */
  createsMany(input) {
    const names = typeof input.name === 'string' ? input.name.split(/[\s,]+/).filter(Boolean) : []
    return names.length > 1 ? names.map((name) => ({ ...input, name })) : [input]
  },
  async extras(domains, reader) {
    const ids = domains.flatMap((domain) => domain.default_campaign_id ?? [])
    const names = new Map((await reader.getMany('campaigns', ids)).map((campaign) => [campaign.id, campaign.name]))
    const campaigns = Map.groupBy(await reader.list('campaigns'), (campaign) => campaign.domain_id)
    return (domain) => ({
      group: '',
      default_campaign: names.get(domain.default_campaign_id ?? 0) ?? '',
      campaigns_count: campaigns.get(domain.id)?.length ?? 0,
    })
  },
}
