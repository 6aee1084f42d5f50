import { takesUrl } from '@trackyard/core/actions/index.ts'
import { compileStream } from '@trackyard/core/click/compile.ts'
import { streamDoubts } from '@trackyard/core/click/doubts.ts'
import { count } from '@trackyard/core/entities/fields.ts'
import { type EntityOf, entities, type FieldsOf } from '@trackyard/core/entities/index.ts'
import { referenceProblems } from '@trackyard/core/entities/reference-problems.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../stores/config/port.ts'
import { unrestricted } from '../auth/reach.ts'
import { loadBundle } from '../bundles.ts'
import type { Input } from '../http/read-body.ts'
import { deadTargetDoubts, missingTarget } from './campaign-target.ts'
import { missingSets } from './filter-sets.ts'
import { presentTime } from './present.ts'
import type { Resource } from './resource.ts'
import { readOnly, timeText } from './shapes.ts'
import { inOrder } from './stream-copies.ts'
import { withRowIds } from './stream-rows.ts'
import { presentTrigger, shownTrigger, triggerDoubts, triggerProblems } from './stream-triggers.ts'
import { targetOf } from './usage-doubts.ts'

type Stream = EntityOf<'streams'>

export const streams: Resource<'streams'> = {
  kind: 'streams',
  example: {
    campaign_id: 1,
    name: 'Visitors from Germany',
    filters: [{ name: 'country', mode: 'accept', payload: ['DE', 'AT'] }],
    landings: [{ landing_id: 1, share: 100 }],
    offers: [{ offer_id: 1, share: 100 }],
  },
  hidesArchived: true,
  verbs: ['restore', 'enable', 'disable'],
  aliases: { chance: 'weight' },
  frozen: ['campaign_id'],
  reads: withUrlOfOptions,
  otherMethods: { update: 'POST' },
  shown: { fields: shownRows() },
  listAccepts: z.object({
    campaign_id: count({ error: 'must be the id of a campaign' }).describe(
      'Only streams of this campaign, in order of position; of all when 0 or left out.',
    ),
  }),
  /** It comes last; the rows get ids of their own. */
  copy: async () => ({ position: null }),
  select: (list, { campaign_id: campaign }) =>
    campaign ? inOrder(list.filter((stream) => stream.campaign_id === campaign)) : list,
  async complete(fields, current, tools) {
    const position = fields.position ?? (await nextPosition(fields.campaign_id, tools.writer))
    return { ...(await withRowIds(fields, current, tools)), position }
  },
  check: (fields, current, { writer }) => streamReferenceProblems(fields, current, writer),
  async verify(stream, { writer }) {
    const campaign = await writer.get('campaigns', stream.campaign_id)
    if (!campaign) return [problem('validation', 'Campaign not found', 'campaign_id')]
    const compiled = compileStream(stream, await loadBundle(writer, campaign))
    return compiled.ok ? [] : compiled.problems
  },
  async doubts(stream, { writer, nowMs }) {
    const whole = unrestricted(writer)
    const campaign = await whole.get('campaigns', stream.campaign_id)
    if (!campaign || stream.state === 'deleted') return []
    return [
      ...streamDoubts(stream, await loadBundle(whole, campaign), nowMs),
      ...(await targetDoubts(stream, whole)),
      ...(await triggerDoubts(stream, whole)),
    ]
  },
  ownExtras: (stream) => ({
    filters: stream.filters.map(({ id, name, mode, payload = null }) => ({
      id,
      stream_id: stream.id,
      name,
      mode,
      payload,
      oid: String(id),
    })),
    triggers: stream.triggers.map((row) => presentTrigger(stream, row)),
    landings: stream.landings.map((row) => presentRow(stream, { landing_id: row.landing_id }, row)),
    offers: stream.offers.map((row) => presentRow(stream, { offer_id: row.offer_id }, row)),
  }),
}

/** Some clients put the URL of a redirect among its options (reference admin-api §2.3). */
function withUrlOfOptions(input: Input): Input {
  const { action_type: type, action_payload: payload, action_options: options } = input
  if (payload || (type && !takesUrl(String(type)))) return input
  if (typeof options !== 'object' || options === null || !('url' in options) || !options.url) return input
  const { url, ...others } = options
  return { ...input, action_payload: url, action_options: Object.keys(others).length > 0 ? others : null }
}

/** What a stream names and does not exist for whom `reader` reads; what it named before may stay. */
export const streamReferenceProblems = async (
  fields: FieldsOf<'streams'>,
  current: Stream | null,
  reader: ConfigReader,
): Promise<Problem[]> => [
  ...(await missingMembers(fields, current, reader)),
  ...(fields.schema === 'landings' ? [] : await missingTarget(fields, current, reader)),
  ...(await missingSets(fields.filters, current?.filters ?? [], reader)),
  ...triggerProblems(fields),
]

/** Rows as answers show them, and the payload, whose input has forms that are never answered. */
function shownRows() {
  const row = {
    id: readOnly(z.int(), 'Id of the row; stays the same while the row does.'),
    stream_id: readOnly(z.int(), 'Stream it belongs to.'),
  }
  const share = {
    state: z.enum(['active', 'disabled']).describe('A disabled row gets no visitors.'),
    share: z.number().describe('Share of visitors beside the other rows.'),
    created_at: timeText('When it was made'),
    updated_at: timeText('When it was changed last'),
  }
  return {
    action_payload: z
      .union([z.string(), z.record(z.string(), z.unknown())])
      .nullable()
      .describe('URL, text or campaign id that the action works with; macros are filled in.'),
    filters: z
      .array(
        z
          .object({
            ...row,
            name: z.string().describe('Key of the filter, as listed by stream_filters.'),
            mode: z.enum(['accept', 'reject']).describe('accept wants what the filter says, reject the opposite.'),
            payload: z.unknown().describe('What the filter compares with; null when it needs nothing.'),
            oid: readOnly(z.string(), 'Id of the row as text.'),
          })
          .meta({ id: 'StreamFilter', description: 'A filter of a stream.' }),
      )
      .describe('What a click must be like.'),
    triggers: z.array(shownTrigger(row)).describe('Regular checks of its pages.'),
    landings: z
      .array(
        z
          .object({ ...row, landing_id: z.int().describe('Landing page.'), ...share })
          .meta({ id: 'StreamLanding', description: 'A landing page of a stream and its share.' }),
      )
      .describe('Landing pages and their shares.'),
    offers: z
      .array(
        z
          .object({ ...row, offer_id: z.int().describe('Offer.'), ...share })
          .meta({ id: 'StreamOffer', description: 'An offer of a stream and its share.' }),
      )
      .describe('Offers and their shares.'),
  }
}

function presentRow(
  stream: Stream,
  member: Record<string, number>,
  row: Stream['offers'][number] | Stream['landings'][number],
) {
  const created_at = presentTime(row.created_at_ms ?? stream.created_at_ms)
  const updated_at = presentTime(row.updated_at_ms ?? stream.updated_at_ms)
  return { id: row.id, stream_id: stream.id, ...member, state: row.state, share: row.share, created_at, updated_at }
}

/** The position after the last stream of a campaign. */
export async function nextPosition(campaignId: number, reader: ConfigReader): Promise<number> {
  const others = await reader.list('streams', { parentId: campaignId })
  return Math.max(0, ...others.map((stream) => stream.position ?? 0)) + 1
}

/** Landing pages and offers that are unknown or archived; those the stream had before may stay. */
async function missingMembers(
  fields: FieldsOf<'streams'>,
  current: Stream | null,
  reader: ConfigReader,
): Promise<Problem[]> {
  const oldPages = new Set(current?.landings.map((row) => row.landing_id))
  const oldOffers = new Set(current?.offers.map((row) => row.offer_id))
  const pages = fields.landings.map(({ landing_id: id }, index) => ({ id, at: `landings.${index}.landing_id` }))
  const offers = fields.offers.map(({ offer_id: id }, index) => ({ id, at: `offers.${index}.offer_id` }))
  return [
    ...(await unusable(
      'landing_pages',
      pages.filter(({ id }) => !oldPages.has(id)),
      reader,
    )),
    ...(await unusable(
      'offers',
      offers.filter(({ id }) => !oldOffers.has(id)),
      reader,
    )),
  ]
}

async function unusable(
  kind: 'offers' | 'landing_pages',
  named: readonly { readonly id: number; readonly at: string }[],
  reader: ConfigReader,
): Promise<Problem[]> {
  const ids = named.map(({ id }) => id)
  const found = new Map((await reader.getMany(kind, ids)).map((entity) => [entity.id, entity]))
  return named.flatMap(({ id, at }) => referenceProblems(entities[kind].label, id, found.get(id), at))
}

/** Whether the campaign that a stream leads to leads anywhere: the tracker cuts circles and shows an empty page. */
async function targetDoubts(stream: Stream, reader: ConfigReader): Promise<string[]> {
  const target = targetOf(stream)
  if (target === 0) return []
  if (target === stream.campaign_id)
    return [
      'The stream sends visitors to its own campaign, where they get an empty page: name another campaign in action_payload.',
    ]
  const dead = await deadTargetDoubts(target, 'of the stream', reader)
  if (dead.length > 0) return dead
  const streams = (await reader.list('streams')).filter(({ state }) => state === 'active')
  const reached = new Set([target])
  for (const id of reached) {
    for (const other of streams) if (other.campaign_id === id && targetOf(other) !== 0) reached.add(targetOf(other))
  }
  return reached.has(stream.campaign_id)
    ? [`Campaign ${target} may send visitors back to this one; whoever goes in a circle gets an empty page.`]
    : []
}
