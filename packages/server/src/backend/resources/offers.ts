import { z } from 'zod'
import { pageDoubts } from '../files/page-doubts.ts'
import { shownFiles } from '../files/shown.ts'
import { copyFiles, saveWithArchive } from '../files/uploads.ts'
import { missingTarget } from './campaign-target.ts'
import { capDoubts } from './cap-doubts.ts'
import { currencyDoubts } from './currency.ts'
import {
  destinationProblems,
  draftDoubts,
  ownUrlDoubts,
  targetDoubts,
  typeDoubts,
  withActionOfType,
} from './destination.ts'
import { destinationFields, shownDestination } from './destination-fields.ts'
import { groupNames } from './groups.ts'
import type { Resource } from './resource.ts'
import { readOnly } from './shapes.ts'
import { usageDoubts, usesOffer } from './usage-doubts.ts'

export const offers: Resource<'offers'> = {
  kind: 'offers',
  ...destinationFields,
  example: {
    name: 'Green tea',
    url: 'https://tea.example/?click={subid}',
    payout_type: 'CPA',
    payout_value: 12.5,
    country: ['DE', 'AT'],
  },
  hidesArchived: false,
  verbs: ['restore'],
  archivePath: true,
  listsArchived: true,
  shown: {
    fields: {
      ...shownDestination,
      affiliate_network: readOnly(z.string().nullable(), 'Name of the affiliate network, null without one.'),
    },
  },
  check: (offer, current, { writer }) => missingTarget(offer, current, writer),
  verify: (offer, { writer }, isNew) =>
    destinationProblems(offer, (stream) => stream.offers.some((row) => row.offer_id === offer.id), writer, isNew),
  reads: withActionOfType('offer_type'),
  doubts: async (offer, tools) =>
    offer.state === 'active'
      ? [
          ...(await ownUrlDoubts(offer, tools)),
          ...currencyDoubts('payout_currency', offer.payout_currency, tools),
          ...typeDoubts('offer_type', offer.offer_type, offer.action_type),
          ...draftDoubts(offer, 'offer'),
          ...(await pageDoubts(offer, tools.files)),
          ...(await targetDoubts(offer, 'offer', tools)),
          ...(await capDoubts(offer, tools)),
        ]
      : usageDoubts(offer, 'Offer', usesOffer(offer.id), tools),
  copy: copyFiles,
  withArchive: (id, input, backend, save) => saveWithArchive('offers', id, input, backend, save),
  async extras(offers, reader) {
    const group = await groupNames(reader, 'offers')
    const ids = offers.flatMap((offer) => offer.affiliate_network_id ?? [])
    const names = new Map(
      (await reader.getMany('affiliate_networks', ids)).map((network) => [network.id, network.name]),
    )
    return (offer) => ({
      ...shownFiles(offer),
      url: offer.action_payload ?? '',
      group: group(offer.group_id),
      affiliate_network: names.get(offer.affiliate_network_id ?? 0) ?? null,
    })
  },
}
