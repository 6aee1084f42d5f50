import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiCall } from '../../packages/server/src/simulate/sample-campaigns.ts'

type Input = Readonly<Record<string, unknown>>

export const ALIAS = 'bench'
/** A campaign that uses nothing: one stream without filters that goes to an address without macros. */
export const PLAIN_ALIAS = 'plain'

const OFFER_URL =
  'https://offers.example/land?click={subid}&k={keyword}&src={source}&cr={creative_id}&cc={country}&d={device_type}&x={external_id}&s1={sub_id_1}'

export const campaign: Input = {
  name: 'Eight streams',
  alias: ALIAS,
  type: 'position',
  cost_type: 'CPC',
  cost_auto: true,
}

export const offers: readonly Input[] = Array.from({ length: 8 }, (_, index) => ({
  name: `Offer ${index + 1}`,
  action_type: 'http',
  action_payload: `${OFFER_URL}&o=${index + 1}`,
}))

const accept = (name: string, payload: unknown): Input => ({ name, mode: 'accept', payload })
const to = (...shares: readonly (readonly [offerId: number, share: number])[]): Input => ({
  schema: 'landings',
  offers: shares.map(([offer_id, share]) => ({ offer_id, share })),
})

/** Filters of geo, device and uniqueness, so that most clicks try several streams before one takes them. */
export function streams(campaignId: number, offerIds: readonly number[]): Input[] {
  const offer = (index: number): number => offerIds[index] ?? 0
  const regular = (name: string, filters: readonly Input[], destination: Input): Input => ({
    campaign_id: campaignId,
    name,
    filters,
    ...destination,
  })
  return [
    { ...regular('Bots', [{ name: 'bot', mode: 'accept', payload: null }], to([offer(7), 100])), type: 'forced' },
    regular(
      'North America, phones, new',
      [accept('country', ['US', 'CA']), accept('device_type', ['mobile']), accept('uniqueness', 'campaign')],
      to([offer(0), 60], [offer(1), 40]),
    ),
    regular(
      'Western Europe, Android',
      [accept('country', ['DE', 'FR', 'GB', 'NL', 'ES', 'IT']), accept('os', ['Android'])],
      to([offer(1), 100]),
    ),
    regular(
      'Asia, phones',
      [accept('country', ['IN', 'ID', 'VN', 'TH', 'PH', 'JP']), accept('device_type', ['mobile', 'tablet'])],
      to([offer(2), 50], [offer(3), 50]),
    ),
    regular(
      'Desktop, new to the stream',
      [accept('device_type', ['desktop']), accept('uniqueness', 'stream'), accept('browser', ['Chrome', 'Safari'])],
      to([offer(4), 100]),
    ),
    regular('Latin America', [accept('country', ['BR', 'MX', 'AR', 'CO', 'CL'])], to([offer(5), 100])),
    regular(
      'Not China, phones',
      [{ name: 'country', mode: 'reject', payload: ['CN'] }, accept('device_type', ['mobile'])],
      to([offer(6), 100]),
    ),
    { ...regular('Everyone else', [], to([offer(7), 100])), type: 'default' },
  ]
}

/** Makes both campaigns and their offers on a running instance; resolves when visitors meet all of it. */
export async function createEightStreams(api: ApiCall, base: URL): Promise<void> {
  const create = async (path: string, body: Input): Promise<number> => idOf(await api('POST', path, body))
  const offerIds: number[] = []
  for (const offer of offers) offerIds.push(await create('/offers', offer))
  const campaignId = await create('/campaigns', campaign)
  for (const stream of streams(campaignId, offerIds)) await create('/streams', stream)
  const plainId = await create('/campaigns', { name: 'Plain', alias: PLAIN_ALIAS, type: 'position' })
  await create('/streams', { campaign_id: plainId, schema: 'redirect', action_payload: 'https://offers.example/land' })
  while ((await fetch(new URL(`/${PLAIN_ALIAS}`, base), { redirect: 'manual' })).status !== 302) await sleep(20)
  while ((await fetch(new URL(`/${ALIAS}`, base), FOR_EVERYONE_ELSE)).status !== 302) await sleep(20)
}

/** Only the stream made last takes this visitor: neither a bot nor on a phone, nor with a browser of the other streams. */
const FOR_EVERYONE_ELSE: RequestInit = {
  redirect: 'manual',
  headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
}

function idOf(answer: unknown): number {
  const entity: unknown = Array.isArray(answer) ? answer[0] : answer
  const id: unknown = typeof entity === 'object' && entity !== null ? Reflect.get(entity, 'id') : null
  if (typeof id !== 'number') throw new Error('the Admin API answered without an id')
  return id
}
