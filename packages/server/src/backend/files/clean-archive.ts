import { type EntityOf, entities } from '@trackyard/core/entities/index.ts'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../stores/config/port.ts'
import { entity } from '../auth/access.ts'
import { unrestricted } from '../auth/reach.ts'
import { inChange } from '../resources/save.ts'
import type { Route } from '../route.ts'
import type { FileKind } from './uploads.ts'

/** Deletes archived entities and their files. What is still named somewhere stays, or a stream could not be restored. */
export const cleanArchiveWithFiles = (kind: FileKind): Route => ({
  method: 'POST',
  path: `/${kind}/clean_archive`,
  description: `Delete every archived ${entities[kind].label} and its files for good, unless a stream or offer names it`,
  access: entity(kind, 'write', 'archive'),
  answers: z.object({
    success: z.literal(true).describe('It is done.'),
    deleted: z.int().describe('How many were deleted.'),
    kept: z.int().describe('How many stay archived, because something names them.'),
  }),
  async handle(request, backend) {
    const done = await inChange(backend, request, async ({ writer }) => {
      const archived: readonly EntityOf<FileKind>[] = await writer.list(kind, { onlyDeleted: true })
      const named = await namedIds(kind, unrestricted(writer))
      const free = archived.filter(({ id }) => !named.has(id))
      for (const { id } of free) await writer.remove(kind, id)
      return ok({ free, kept: archived.length - free.length })
    })
    if (!done.ok) return done
    const { free, kept } = done.value
    for (const { files } of free) if (files) await backend.files.remove(files)
    return ok({ success: true, deleted: free.length, kept })
  },
})

/** What streams name, and offers as the one that takes their place. */
export async function namedIds(kind: FileKind, reader: ConfigReader): Promise<ReadonlySet<number>> {
  const streams = await reader.list('streams', { includeDeleted: true })
  if (kind === 'landing_pages')
    return new Set(streams.flatMap(({ landings }) => landings.map(({ landing_id: id }) => id)))
  const offers = await reader.list('offers', { includeDeleted: true })
  return new Set([
    ...streams.flatMap((stream) => stream.offers.map(({ offer_id: id }) => id)),
    ...offers.flatMap(({ alternative_offer_id: id, state }) => (id && state !== 'deleted' ? [id] : [])),
  ])
}
