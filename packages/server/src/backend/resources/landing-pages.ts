import { destinationProblems } from './destination.ts'
import { groupNames } from './groups.ts'
import type { Resource } from './resource.ts'

export const landingPages: Resource<'landing_pages'> = {
  kind: 'landing_pages',
  hidesArchived: false,
  verbs: [],
  /** The first Admin API copies pages by PUT. */
  otherMethods: { clone: 'PUT' },
  copy: async () => ({}),
  aliases: { url: 'action_payload' },
  verify: (page, { writer }) =>
    destinationProblems(page, (stream) => stream.landings.some((row) => row.landing_id === page.id), writer),
  async extras(_, reader) {
    const group = await groupNames(reader, 'landings')
    // How many offers stand beside the page in its streams.
    const offers = new Map<number, Set<number>>()
    for (const stream of await reader.list('streams')) {
      for (const { landing_id: id } of stream.landings) {
        offers.set(id, new Set([...(offers.get(id) ?? []), ...stream.offers.map((row) => row.offer_id)]))
      }
    }
    return (page) => ({
      url: page.action_payload ?? '',
      group: group(page.group_id),
      offer_count: offers.get(page.id)?.size ?? 0,
    })
  },
}
