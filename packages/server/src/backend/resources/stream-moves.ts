import type { Campaign, Stream } from '@trackyard/core/entities/index.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { unrestricted } from '../auth/reach.ts'
import type { Backend } from '../context.ts'
import type { Input } from '../http/read-body.ts'
import type { ApiRequest } from '../route.ts'
import type { SaveTools } from './resource.ts'
import { inChange, tellDoubts, toFields } from './save.ts'
import { copyStream, hiddenMembers, inOrder } from './stream-copies.ts'
import { nextPosition, streams } from './streams.ts'

/**
 * Copies streams within a campaign or to another one; they come after its last stream. The first Admin API names the
 * route but not its fields: `stream_ids`, or `campaign_id` for all streams of a campaign, and `target_campaign_id`,
 * without which copies stay where they are.
 */
export const copyStreams = (request: ApiRequest, backend: Backend): Promise<Result<readonly Stream[]>> =>
  relocate(request, backend, copyStream, hiddenMembers)

/** Moves streams to another campaign, with the same fields. */
export const moveStreams = (request: ApiRequest, backend: Backend): Promise<Result<readonly Stream[]>> =>
  relocate(request, backend, (stream, place, { writer }) =>
    writer.update('streams', stream.id, { ...toFields<'streams'>(stream), ...place }),
  )

interface Place {
  readonly campaign_id: number
  readonly position: number
}

async function relocate(
  request: ApiRequest,
  backend: Backend,
  put: (stream: Stream, place: Place, tools: SaveTools) => Promise<Stream>,
  check?: typeof hiddenMembers,
): Promise<Result<readonly Stream[]>> {
  const { input } = request
  return inChange(backend, request, async (tools): Promise<Result<readonly Stream[]>> => {
    const chosen = await chosenStreams(input, tools)
    if (!chosen.ok) return chosen
    const target = await targetCampaign(input, tools)
    if (!target.ok) return target
    const refused = await Promise.all(chosen.value.map((stream) => check?.(stream, tools.writer) ?? []))
    if (refused.flat().length > 0) return fail(...refused.flat())
    const placed: Stream[] = []
    for (const stream of chosen.value) {
      const campaign_id = target.value?.id ?? stream.campaign_id
      const position = await nextPosition(campaign_id, tools.writer)
      placed.push(await put(stream, { campaign_id, position }, tools))
    }
    // Whether it compiles depends on everything it is made of, seen by this user or not.
    const whole = { ...tools, writer: unrestricted(tools.writer) }
    const problems = await Promise.all(placed.map((stream) => streams.verify?.(stream, whole, false) ?? []))
    if (problems.flat().length > 0) return fail(...problems.flat())
    for (const stream of placed) await tellDoubts(streams, stream, tools)
    return ok(placed)
  })
}

async function chosenStreams(input: Input, { writer }: SaveTools): Promise<Result<readonly Stream[]>> {
  const ids = idsOf(input.stream_ids ?? input.streams ?? input.ids ?? input.id)
  if (ids.length === 0) {
    const campaignId = Number(input.campaign_id)
    const all = Number.isInteger(campaignId) ? await writer.list('streams', { parentId: campaignId }) : []
    const cure = 'Name the streams in stream_ids, or a campaign that has streams in campaign_id'
    return all.length > 0 ? ok(inOrder(all)) : fail(problem('validation', cure, 'stream_ids'))
  }
  const found = (await writer.getMany('streams', ids)).filter((stream) => stream.state !== 'deleted')
  const missing = ids.filter((id) => !found.some((stream) => stream.id === id))
  return missing.length > 0
    ? fail(problem('validation', `There is no stream ${missing.join(', ')}`, 'stream_ids'))
    : ok(inOrder(found))
}

/** Null when none is named. With `stream_ids`, `campaign_id` can only mean where to. */
async function targetCampaign(input: Input, { writer }: SaveTools): Promise<Result<Campaign | null>> {
  const hasIds = idsOf(input.stream_ids ?? input.streams ?? input.ids ?? input.id).length > 0
  const named = input.target_campaign_id ?? input.to_campaign_id ?? (hasIds ? input.campaign_id : undefined)
  if (named === undefined || named === null || named === '') return ok(null)
  const campaign = Number.isInteger(Number(named)) ? await writer.get('campaigns', Number(named)) : null
  return campaign && campaign.state !== 'deleted'
    ? ok(campaign)
    : fail(problem('validation', `There is no campaign ${String(named)}`, 'target_campaign_id'))
}

/** Ids as a list, a single one, or text such as `3,4`. */
function idsOf(value: unknown): number[] {
  const list: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [value]
  return [...new Set(list.map(Number).filter((id) => Number.isInteger(id) && id > 0))]
}
