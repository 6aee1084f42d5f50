import { count } from '@trackyard/core/entities/fields.ts'
import type { EntityKind } from '@trackyard/core/entities/index.ts'
import { z } from 'zod'
import type { ListOptions } from '../../stores/config/port.ts'
import type { Asked, Resource } from './resource.ts'

/** What the list of a kind reads; null when it reads nothing: most ignore pages, as clients expect (reference admin-api §1.5). */
export function listShape<Kind extends EntityKind>({ listAccepts, pageSize }: Resource<Kind>): z.ZodObject | null {
  if (pageSize === undefined) return listAccepts ?? null
  return z.object({
    ...listAccepts?.shape,
    limit: count().describe(
      `How many to answer at most; ${pageSize === null ? 'all when 0 or left out' : `${pageSize} when left out, all when 0`}.`,
    ),
    offset: count().describe('How many to skip.'),
  })
}

/** The page that was asked for. */
export function pageOf<Kind extends EntityKind>({ pageSize }: Resource<Kind>, asked: Asked): ListOptions {
  const limit = typeof asked.limit === 'number' ? asked.limit : (pageSize ?? 0)
  const offset = typeof asked.offset === 'number' ? asked.offset : 0
  return { ...(limit > 0 ? { limit } : {}), offset }
}
