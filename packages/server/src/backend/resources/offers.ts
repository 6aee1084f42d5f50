import { currencyProblems } from './currency.ts'
import { destinationProblems } from './destination.ts'
import type { Resource } from './resource.ts'

export const offers: Resource<'offers'> = {
  kind: 'offers',
  hidesArchived: false,
  verbs: [],
  archivePath: true,
  aliases: { url: 'action_payload' },
  check: async (fields, _current, { settings }) =>
    currencyProblems('payout_currency', fields.payout_currency, fields.payout_value, settings),
  verify: (offer, { writer }) =>
    destinationProblems(offer, (stream) => stream.offers.some((row) => row.offer_id === offer.id), writer),
  async extras(offers, reader) {
    const ids = offers.flatMap((offer) => offer.affiliate_network_id ?? [])
    const names = new Map(
      (await reader.getMany('affiliate_networks', ids)).map((network) => [network.id, network.name]),
    )
    return (offer) => ({
      url: offer.action_payload ?? '',
      group: '',
      affiliate_network: names.get(offer.affiliate_network_id ?? 0) ?? null,
    })
  },
}
