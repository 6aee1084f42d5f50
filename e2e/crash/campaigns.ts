import { create, type Yard } from '../harness.ts'
import { PATHS } from './receiver.ts'

/** What reaching the offer behind the landing page earns. */
export const CPC_CENTS = 5
/** Statuses that each postback is about; of `sales` those its trigger stands for. */
const TOLD_TO: Readonly<Record<keyof typeof PATHS, readonly string[] | null>> = {
  any: null,
  sales: ['deposit', 'sale', 'rebill'],
  source: ['registration', 'rejected'],
  campaign: ['lead', 'trash'],
}

/** Paths of the receiver that must be told of a conversion that has come to this status. */
export const toldOf = (status: string): string[] =>
  Object.entries(TOLD_TO).flatMap(([name, statuses]) =>
    statuses === null || statuses.includes(status) ? [`/${name}`] : [],
  )

/** One campaign that leads straight to an offer, one with a landing page before an offer paid per click. */
export async function createCampaigns(yard: Yard, receiver: string): Promise<readonly number[]> {
  const urlOf = (path: string): string => `${receiver}${path}?c={subid}&t={tid}&s={status}`
  for (const [name, trigger] of [
    ['any', 'any'],
    ['sales', 'sales'],
  ] as const) {
    const patience = { retries: 20, retry_delay: 0, timeout: 2 }
    await create(yard, '/postbacks', { name, trigger, url: urlOf(PATHS[name]), ...patience })
  }
  const source = await create(yard, '/traffic_sources', {
    name: 'Source',
    postback_url: urlOf(PATHS.source),
    postback_statuses: TOLD_TO.source,
  })
  const direct = await create(yard, '/offers', {
    name: 'Direct',
    action_type: 'http',
    action_payload: 'https://offer.example/direct?c={subid}',
    payout_auto: true,
    payout_upsell: true,
  })
  const perClick = await create(yard, '/offers', {
    name: 'Paid per click',
    action_type: 'http',
    action_payload: 'https://offer.example/cpc?c={subid}',
    payout_type: 'CPC',
    payout_value: CPC_CENTS / 100,
    payout_upsell: true,
  })
  const landing = await create(yard, '/landing_pages', {
    name: 'Page',
    landing_type: 'action',
    action_type: 'show_html',
    action_payload: '<a href="{offer}">on</a>',
  })
  const shared = {
    traffic_source_id: source,
    postbacks: [{ method: 'GET', url: urlOf(PATHS.campaign), statuses: TOLD_TO.campaign }],
  }
  const straight = await create(yard, '/campaigns', { name: 'Straight', alias: 'straight', ...shared })
  await create(yard, '/streams', { campaign_id: straight, offers: [{ offer_id: direct }] })
  const paged = await create(yard, '/campaigns', { name: 'Paged', alias: 'paged', ...shared })
  await create(yard, '/streams', {
    campaign_id: paged,
    landings: [{ landing_id: landing }],
    offers: [{ offer_id: perClick }],
  })
  await yard.until('both campaigns are served', 5000, async () => (await yard.send('/paged')).status === 200)
  return [straight, paged]
}
