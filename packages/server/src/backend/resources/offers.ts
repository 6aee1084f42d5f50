import { currencyProblems } from './currency.ts'
import { destinationProblems } from './destination.ts'
import { groupNames } from './groups.ts'
import type { Resource } from './resource.ts'

export const offers: Resource<'offers'> = {
  kind: 'offers',
  hidesArchived: false,
  verbs: ['restore'],
  archivePath: true,
  listsArchived: true,
  aliases: { url: 'action_payload' },
  check: async (fields, _current, { settings }) =>
    currencyProblems('payout_currency', fields.payout_currency, fields.payout_value, settings),
  verify: (offer, { writer }) =>
    destinationProblems(offer, (stream) => stream.offers.some((row) => row.offer_id === offer.id), writer),
  copy: async () => ({}),
  async extras(offers, reader) {
    const group = await groupNames(reader, 'offers')
    const ids = offers.flatMap((offer) => offer.affiliate_network_id ?? [])
    const names = new Map(
      (await reader.getMany('affiliate_networks', ids)).map((network) => [network.id, network.name]),
    )
    return (offer) => ({
      url: offer.action_payload ?? '',
      group: group(offer.group_id),
      affiliate_network: names.get(offer.affiliate_network_id ?? 0) ?? null,
    })
  },
}
