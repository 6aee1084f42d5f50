import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigWriter } from '../../stores/config/port.ts'
import { entity } from '../auth/access.ts'
import { unrestricted } from '../auth/reach.ts'
import type { Route } from '../route.ts'
import { inChange } from './save.ts'

/** Removes archived campaigns and all their streams. Clicks stay; reports then show the id in place of the name. */
export const cleanArchive: Route = {
  method: 'POST',
  path: '/campaigns/clean_archive',
  description: 'Delete every archived campaign for good, with its streams',
  access: entity('campaigns', 'write', 'archive'),
  answers: z.object({
    success: z.literal(true).describe('It is done.'),
    deleted: z.int().describe('How many campaigns were deleted.'),
  }),
  handle: (request, backend) =>
    inChange(backend, request, async ({ writer }) => {
      const campaigns = await writer.list('campaigns', { onlyDeleted: true })
      for (const { id } of campaigns) await removeCampaign(writer, id)
      return ok({ success: true, deleted: campaigns.length })
    }),
}

/** With its streams. */
export async function removeCampaign(writer: ConfigWriter, id: number): Promise<void> {
  // Streams that this user cannot see, too: those that may not be removed keep their campaign.
  const streams = await unrestricted(writer).list('streams', { parentId: id, includeDeleted: true })
  for (const stream of streams) await writer.remove('streams', stream.id)
  await writer.remove('campaigns', id)
}
