import { z } from 'zod'
import { withNetworkTemplate } from '../templates/routes.ts'
import type { Resource } from './resource.ts'
import { readOnly } from './shapes.ts'

export const affiliateNetworks: Resource<'affiliate_networks'> = {
  kind: 'affiliate_networks',
  example: { name: 'Tea Partners', offer_param: 's1={subid}' },
  hidesArchived: false,
  verbs: ['restore'],
  archivePath: true,
  listsArchived: true,
  withTemplate: (input, { writer }) => withNetworkTemplate(input, writer),
  copy: async () => ({}),
  shown: { fields: { offers: readOnly(z.int(), 'Number of its offers.') } },
  async extras(_, reader) {
    const offers = Map.groupBy(await reader.list('offers'), (offer) => offer.affiliate_network_id)
    return (network) => ({ offers: offers.get(network.id)?.length ?? 0 })
  },
}
