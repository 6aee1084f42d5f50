import { z } from 'zod'
import { pageDoubts } from '../files/page-doubts.ts'
import { shownFiles } from '../files/shown.ts'
import { copyFiles, saveWithArchive } from '../files/uploads.ts'
import { missingTarget } from './campaign-target.ts'
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
import { usageDoubts, usesLanding } from './usage-doubts.ts'

export const landingPages: Resource<'landing_pages'> = {
  kind: 'landing_pages',
  ...destinationFields,
  example: { name: 'The story of green tea', url: 'https://story.example/' },
  hidesArchived: false,
  verbs: ['restore'],
  archivePath: true,
  listsArchived: true,
  /** The first Admin API copies pages by PUT. */
  otherMethods: { clone: 'PUT' },
  reads: withActionOfType('landing_type'),
  doubts: async (page, tools) =>
    page.state === 'active'
      ? [
          ...(await ownUrlDoubts(page, tools)),
          ...typeDoubts('landing_type', page.landing_type, page.action_type),
          ...draftDoubts(page, 'landing page'),
          ...(await pageDoubts(page, tools.files)),
          ...(await targetDoubts(page, 'landing page', tools)),
        ]
      : usageDoubts(page, 'Landing page', usesLanding(page.id), tools),
  copy: copyFiles,
  withArchive: (id, input, backend, save) => saveWithArchive('landing_pages', id, input, backend, save),
  shown: {
    fields: {
      ...shownDestination,
      offer_count: readOnly(z.int(), 'Number of offers beside it in streams.'),
    },
  },
  check: (page, current, { writer }) => missingTarget(page, current, writer),
  verify: (page, { writer }, isNew) =>
    destinationProblems(page, (stream) => stream.landings.some((row) => row.landing_id === page.id), writer, isNew),
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
      ...shownFiles(page),
      url: page.action_payload ?? '',
      group: group(page.group_id),
      offer_count: offers.get(page.id)?.size ?? 0,
    })
  },
}
