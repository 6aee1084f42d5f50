import { z } from 'zod'
import { hashOf } from '../../postback-rules.ts'
import { isMasked, maskSecret } from '../mask.ts'
import { templateDoubts, withNetworkTemplate } from '../templates/routes.ts'
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
  /** A copy is another network, with a secret of its own. */
  copy: async () => ({ postback_token: '' }),
  /** Of a new token only the hash is kept; one that comes back as it was shown stays what it was. */
  async complete(fields, current) {
    const given = fields.postback_token?.trim() ?? ''
    const before = current?.postback_token ?? ''
    if (isMasked(given) || given === before) return { ...fields, postback_token: before }
    return { ...fields, postback_token: given === '' ? '' : hashOf(given) }
  },
  async doubts({ postback_token, postback_url, template_name }, _, isNew) {
    const doubts = isNew ? templateDoubts('affiliate_networks', template_name) : []
    if (!postback_token || !postback_url || /[?&]token=/.test(postback_url)) return doubts
    return [
      ...doubts,
      'postback_token: postback_url does not send it; add token=… with the token to the URL in the network.',
    ]
  },
  shown: { fields: { offers: readOnly(z.int(), 'Number of its offers.') } },
  async extras(_, reader) {
    const offers = Map.groupBy(await reader.list('offers'), (offer) => offer.affiliate_network_id)
    return (network) => ({
      offers: offers.get(network.id)?.length ?? 0,
      postback_token: network.postback_token ? maskSecret('hashed') : '',
    })
  },
}
