import type { EntityOf, FieldsOf } from '@trackyard/core/entities/index.ts'
import { namedSets } from '@trackyard/core/filters/filter-set.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { unrestricted } from '../auth/reach.ts'
import type { SaveTools } from './resource.ts'
import { toFields } from './save.ts'
import { withRowIds } from './stream-rows.ts'
import { targetOf } from './usage-doubts.ts'

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

/**
 * A copy belongs to whoever made it, so it may only hold what that user may see: else copying would be a way to send
 * visitors to other people's offers and campaigns.
 */
export async function hiddenMembers(stream: Stream, reader: ConfigReader): Promise<Problem[]> {
  const landingIds = stream.landings.map((row) => row.landing_id)
  const offerIds = stream.offers.map((row) => row.offer_id)
  const pages = new Set((await reader.getMany('landing_pages', landingIds)).map(({ id }) => id))
  const offers = new Set((await reader.getMany('offers', offerIds)).map(({ id }) => id))
  const setIds = namedSets(stream.filters)
  const sets = new Set((await reader.getMany('filters', setIds)).map(({ id }) => id))
  const target = targetOf(stream)
  const refuse = (what: string): Problem =>
    problem('validation', `Stream ${stream.id} uses ${what} that you may not use, so it cannot be copied`, 'stream_ids')
  return [
    ...(landingIds.every((id) => pages.has(id)) ? [] : [refuse('a landing page')]),
    ...(offerIds.every((id) => offers.has(id)) ? [] : [refuse('an offer')]),
    ...(setIds.every((id) => sets.has(id)) ? [] : [refuse('a filter set')]),
    ...((await isHidden(target, reader)) ? [refuse('a campaign')] : []),
  ]
}

/** The campaign is there, but not for this user. One that is gone for good hides nothing. */
const isHidden = async (campaignId: number, reader: ConfigReader): Promise<boolean> =>
  campaignId !== 0 &&
  (await reader.get('campaigns', campaignId)) === null &&
  (await unrestricted(reader).get('campaigns', campaignId)) !== null

/** Streams as people see them: by position, then by age. */
export const inOrder = (list: readonly Stream[]): Stream[] =>
  list.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0) || a.id - b.id)
