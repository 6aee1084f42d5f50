import { count } from '@trackyard/core/entities/fields.ts'
import type { EntityOf } from '@trackyard/core/entities/index.ts'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../stores/config/port.ts'
import { entity } from '../auth/access.ts'
import { readQuery } from '../http/read-input.ts'
import { idOf, type Route } from '../route.ts'
import { TRIGGER_ACTOR } from '../triggers/apply.ts'
import { answer } from './answer.ts'
import { notFound } from './save.ts'
import { readOnly, showing, timeText } from './shapes.ts'
import { inOrder } from './stream-copies.ts'
import { memberEvent, streamEvent } from './stream-events.ts'
import { copyStreams, moveStreams } from './stream-moves.ts'
import { streams } from './streams.ts'

const DEFAULT_EVENTS = 100
const MAX_EVENTS = 1000

const campaignStreams: Route = {
  method: 'GET',
  path: '/campaigns/:id/streams',
  description: 'Streams of a campaign in order of position',
  access: entity('campaigns', 'read', 'streams'),
  ...showing(streams, 'list'),
  async handle(request, { configStore }) {
    const campaign = await configStore.get('campaigns', idOf(request))
    if (!campaign || campaign.state === 'deleted') return notFound('campaigns', idOf(request))
    const list = await configStore.list('streams', { parentId: campaign.id })
    return answer(streams, 'list', inOrder(list), request, configStore)
  },
}

const search: Route = {
  method: 'GET',
  path: '/streams/search',
  description: 'Streams with `query` in id, name, comments, payload, filters or campaign name',
  access: entity('streams', 'read'),
  accepts: z.object({ query: z.string().describe('Text to look for; case does not matter.') }),
  ...showing(streams, 'list'),
  async handle(request, { configStore }) {
    const query = String(request.input.query ?? '')
      .trim()
      .toLowerCase()
    const campaigns = new Map((await configStore.list('campaigns')).map((campaign) => [campaign.id, campaign.name]))
    const found = (await configStore.list('streams')).filter((stream) =>
      textsOf(stream, campaigns.get(stream.campaign_id) ?? '').some((text) => text.toLowerCase().includes(query)),
    )
    return answer(streams, 'list', query === '' ? [] : found, request, configStore)
  },
}

const textsOf = (stream: EntityOf<'streams'>, campaignName: string): string[] => [
  String(stream.id),
  stream.name ?? '',
  stream.comments ?? '',
  campaignName,
  typeof stream.action_payload === 'string' ? stream.action_payload : JSON.stringify(stream.action_payload),
  ...stream.filters.map(({ name, payload }) => `${name} ${JSON.stringify(payload ?? null)}`),
]

const ids = z.union([z.array(z.int()), z.int(), z.string()]).optional()
const campaignId = z.int().optional()
/** Which streams are copied or moved, and where to. */
const relocation = z.object({
  stream_ids: ids.describe('Streams by id: a list, one id, or text such as `3,4`.'),
  campaign_id: campaignId.describe('Without stream_ids, all streams of this campaign; with them, where they go.'),
  target_campaign_id: campaignId.describe('Campaign they go to; copies stay where they are when it is left out.'),
  streams: ids.meta({ description: 'Other name of stream_ids.', deprecated: true }),
  ids: ids.meta({ description: 'Other name of stream_ids.', deprecated: true }),
  id: ids.meta({ description: 'Other name of stream_ids.', deprecated: true }),
  to_campaign_id: campaignId.meta({ description: 'Other name of target_campaign_id.', deprecated: true }),
})

const copy: Route = {
  method: 'POST',
  path: '/streams/copy',
  description: 'Copy `stream_ids`, or every stream of `campaign_id`, to `target_campaign_id`',
  access: entity('streams', 'create'),
  accepts: relocation,
  ...showing(streams, 'list'),
  async handle(request, backend) {
    const copied = await copyStreams(request, backend)
    return copied.ok ? answer(streams, 'list', copied.value, request, backend.configStore) : copied
  },
}

const move: Route = {
  method: 'POST',
  path: '/streams/move_streams',
  description: 'Move `stream_ids`, or every stream of `campaign_id`, to `target_campaign_id`',
  access: entity('streams', 'write'),
  accepts: relocation,
  ...showing(streams, 'list'),
  async handle(request, backend) {
    const moved = await moveStreams(request, backend)
    return moved.ok ? answer(streams, 'list', moved.value, request, backend.configStore) : moved
  },
}

const eventsAccepts = z.object({
  limit: count().describe(`How many to answer at most, up to ${MAX_EVENTS}; ${DEFAULT_EVENTS} when left out.`),
})

const events = (path: string): Route => ({
  method: 'GET',
  path,
  description: 'What was changed in a stream, newest first',
  access: entity('streams', 'read'),
  accepts: eventsAccepts,
  answers: z.array(
    z
      .object({
        id: readOnly(z.int(), 'Id of the event.'),
        stream_id: readOnly(z.int(), 'Stream it happened to.'),
        datetime: timeText('When it happened'),
        action: readOnly(z.string(), 'What was done: create, update, delete and so on.'),
        actor: readOnly(z.string(), 'Who did it: a login, a key, or trigger.'),
        message: readOnly(z.string(), 'What changed, in words.'),
      })
      .meta({ id: 'StreamEvent', description: 'A change of a stream.' }),
  ),
  async handle(request, { configStore }) {
    const read = readQuery(eventsAccepts, request.input)
    if (!read.ok) return read
    const stream = await configStore.get('streams', idOf(request))
    if (!stream) return notFound('streams', idOf(request))
    const limit = Math.min(read.value.limit || DEFAULT_EVENTS, MAX_EVENTS)
    const own = (await configStore.listAudit({ kind: 'streams', entityId: stream.id, limit })).map(streamEvent)
    const all = [...own, ...(await replacedUrls(stream, limit, configStore))]
    return ok(all.sort((a, b) => b.id - a.id).slice(0, limit))
  },
})

/** What the stream's own triggers changed at its landing pages and offers. */
async function replacedUrls(stream: EntityOf<'streams'>, limit: number, reader: ConfigReader) {
  const replacing = stream.triggers.filter(({ action }) => action !== 'disable')
  const of = (kind: 'landing_pages' | 'offers', label: string, ids: readonly number[]) =>
    ids.map(async (entityId) => {
      const rows = await reader.listAudit({ kind, entityId, limit })
      return rows.filter(({ actor }) => actor === TRIGGER_ACTOR).map((row) => memberEvent(stream.id, label, row))
    })
  const has = (target: string): boolean => replacing.some((trigger) => trigger.target === target)
  const landings = has('landings') ? stream.landings.map((row) => row.landing_id) : []
  const offers = has('offers') ? stream.offers.map((row) => row.offer_id) : []
  return (
    await Promise.all([...of('landing_pages', 'Landing page', landings), ...of('offers', 'Offer', offers)])
  ).flat()
}

/** What streams have besides the routes of every kind. */
export const streamRoutes: readonly Route[] = [
  campaignStreams,
  search,
  copy,
  move,
  events('/streams/:id/events'),
  { ...events('/stream/:id/events'), aliasOf: '/streams/:id/events' },
]
