import { compileStream } from '@trackyard/core/click/compile.ts'
import type { EntityOf, FieldsOf } from '@trackyard/core/entities/index.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { loadBundle } from '../bundles.ts'
import { presentTime } from './present.ts'
import type { Resource } from './resource.ts'
import { inOrder } from './stream-copies.ts'
import { withRowIds } from './stream-rows.ts'

type Stream = EntityOf<'streams'>

export const streams: Resource<'streams'> = {
  kind: 'streams',
  hidesArchived: true,
  verbs: ['restore', 'enable', 'disable'],
  aliases: { chance: 'weight' },
  frozen: ['campaign_id'],
  otherMethods: { update: 'POST' },
  /** It comes last; the rows get ids of their own. */
  copy: async () => ({ position: null }),
  select: (list, { campaign_id: campaign }) =>
    campaign ? inOrder(list.filter((stream) => stream.campaign_id === Number(campaign))) : list,
  async complete(fields, current, tools) {
    const position = fields.position ?? (await nextPosition(fields.campaign_id, tools.writer))
    return { ...(await withRowIds(fields, current, tools)), position }
  },
  check: async (fields, current, { writer }) => [
    ...(await missingMembers(fields, current, writer)),
    ...(await missingTarget(fields, current, writer)),
  ],
  async verify(stream, { writer }) {
    const campaign = await writer.get('campaigns', stream.campaign_id)
    if (!campaign) return [problem('validation', 'Campaign not found', 'campaign_id')]
    const compiled = compileStream(stream, await loadBundle(writer, campaign))
    return compiled.ok ? [] : compiled.problems
  },
  extras: async () => (stream) => ({
    filters: stream.filters.map(({ id, name, mode, payload = null }) => ({
      id,
      stream_id: stream.id,
      name,
      mode,
      payload,
      oid: String(id),
    })),
    landings: stream.landings.map((row) => presentRow(stream, { landing_id: row.landing_id }, row)),
    offers: stream.offers.map((row) => presentRow(stream, { offer_id: row.offer_id }, row)),
  }),
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
  const offers = await liveIds(
    'offers',
    fields.offers.map((row) => row.offer_id),
    reader,
  )
  const pages = await liveIds(
    'landing_pages',
    fields.landings.map((row) => row.landing_id),
    reader,
  )
  for (const row of current?.offers ?? []) offers.add(row.offer_id)
  for (const row of current?.landings ?? []) pages.add(row.landing_id)
  return [
    ...fields.landings.flatMap(({ landing_id: id }, index) =>
      pages.has(id) ? [] : [problem('validation', `There is no landing page ${id}`, `landings.${index}.landing_id`)],
    ),
    ...fields.offers.flatMap(({ offer_id: id }, index) =>
      offers.has(id) ? [] : [problem('validation', `There is no offer ${id}`, `offers.${index}.offer_id`)],
    ),
  ]
}

async function liveIds(
  kind: 'offers' | 'landing_pages',
  ids: readonly number[],
  reader: ConfigReader,
): Promise<Set<number>> {
  const found = await reader.getMany(kind, ids)
  return new Set(found.filter((entity) => entity.state !== 'deleted').map((entity) => entity.id))
}

/** The campaign that action `campaign` sends visitors to. What is no id is refused when the stream is compiled. */
async function missingTarget(
  fields: FieldsOf<'streams'>,
  current: Stream | null,
  reader: ConfigReader,
): Promise<Problem[]> {
  const id = Number(fields.action_payload)
  const isSame = current?.action_type === 'campaign' && String(current.action_payload) === String(fields.action_payload)
  if (fields.schema === 'landings' || fields.action_type !== 'campaign' || !Number.isInteger(id) || isSame) return []
  const target = await reader.get('campaigns', id)
  return target && target.state !== 'deleted'
    ? []
    : [problem('validation', `There is no campaign ${id}`, 'action_payload')]
}
