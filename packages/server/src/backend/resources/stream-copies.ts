import type { EntityOf, FieldsOf } from '@trackyard/core/entities/index.ts'
import type { SaveTools } from './resource.ts'
import { toFields } from './save.ts'
import { withRowIds } from './stream-rows.ts'

type Stream = EntityOf<'streams'>

/**
 * Copies a stream with fresh ids for its rows. It was good enough to serve, so its copy is not asked again whether its
 * offers still exist: a campaign whose offer was archived can be copied too.
 */
export async function copyStream(
  stream: Stream,
  changes: Partial<FieldsOf<'streams'>>,
  tools: SaveTools,
): Promise<Stream> {
  const fields = { ...toFields<'streams'>(stream), ...changes }
  return tools.writer.insert('streams', await withRowIds(fields, null, tools))
}

/** Streams as people see them: by position, then by age. */
export const inOrder = (list: readonly Stream[]): Stream[] =>
  list.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0) || a.id - b.id)
