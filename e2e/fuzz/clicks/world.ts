import { z } from 'zod'
import { zipOf } from '../../../packages/server/src/backend/files/testing.ts'
import { create, startYard, type Yard } from '../../harness.ts'
import { createCampaign, createOffer } from '../../sample.ts'

/** What requests may be about: everything a tracker serves, as people set it up. */
export interface World {
  readonly yard: Yard
  readonly aliases: readonly string[]
  /** Secret for the Click API. */
  readonly campaignToken: string
  /** Path of an uploaded page, without the slash at its end. */
  readonly lander: string
  readonly landerVersion: string
  /** Hosts that visitors may be sent to. */
  readonly hosts: ReadonlySet<string>
}

const PAGE =
  '<!doctype html><html><head><title>{keyword}</title><link rel="stylesheet" href="a.css"></head><body><a href="{offer}">{city}</a><script>var k="{sub_id_1}"</script></body></html>'
const shownCampaign = z.object({ token: z.string() })
const shownLanding = z.object({ local_path: z.string(), files: z.object({ folder: z.string(), version: z.string() }) })

const filter = (name: string, payload: unknown, mode = 'accept') => ({ name, mode, payload })

/** A running Trackyard with a campaign of eight streams, one split by weight, an uploaded page and every kind of action. */
export async function openWorld(): Promise<World> {
  const yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'error', TRACKYARD_API_DIALECT: 'modern' } })
  try {
    return await fill(yard)
  } catch (error) {
    await yard.dispose()
    throw error
  }
}

async function fill(yard: Yard): Promise<World> {
  const page = await create(yard, '/landing_pages', {
    name: 'page',
    archive: zipOf({ 'index.html': PAGE, 'a.css': 'body{}' }).toString('base64'),
  })
  const remote = await create(yard, '/landing_pages', {
    name: 'remote',
    action_type: 'http',
    action_payload: 'https://landing.example/{sub_id_1}?k={keyword}&c={country}#{_sub_id_2}',
  })
  const every =
    'https://one.example/{sub_id_3}/?k={keyword}&r={_referrer}&u={user_agent}&q={source}&n={random:1-9}&d={date:Y-m-d}&x={_external_id}&s={subid}'
  const offers = [
    await createOffer(yard, 'one', { action_payload: every }),
    await createOffer(yard, 'two', { payout_type: 'CPC', payout_value: 0.1, payout_auto: false }),
    await createOffer(yard, 'three', {
      action_type: 'meta',
      action_payload: 'https://three.example/?{_keyword}={sub_id_4}',
    }),
  ]
  const members = offers.map((offer_id) => ({ offer_id, share: 10 }))
  const split = [
    { filters: [filter('country', ['US', 'CA', 'GB'])], offers: members },
    { filters: [filter('keyword', ['a*', '/^b+/i'])], landings: [{ landing_id: page }], offers: members },
    {
      filters: [filter('bot', null), filter('parameter', { name: 'x', value: ['*'] })],
      filter_or: true,
      schema: 'action',
      action_type: 'show_html',
      action_payload: '<p title="{keyword}">{_keyword} {user_agent}</p>',
    },
    {
      filters: [filter('uniqueness', 'campaign', 'reject'), filter('limit', { per_hour: 5000 })],
      landings: [{ landing_id: remote }],
      offers: members,
    },
    {
      filters: [filter('device_type', ['mobile', 'tablet'])],
      landings: [{ landing_id: page }, { landing_id: remote }],
      offers: members,
      offer_selection: 'before_click',
    },
    {
      filters: [filter('referrer', ['*search*'])],
      schema: 'action',
      action_type: 'js',
      action_payload: 'https://script.example/?k={keyword}&r={_referrer}',
    },
    {
      filters: [filter('language', ['de', 'fr'])],
      schema: 'action',
      action_type: 'show_text',
      action_payload: '{keyword}|{_sub_id_1}|{ip}',
    },
    { type: 'default', offers: members },
  ]
  const more = {
    cost_auto: true,
    uniqueness_use_cookies: true,
    parameters: { keyword: { name: 'q' }, sub_id_1: { name: 'zone' } },
  }
  const main = await createCampaign(yard, 'main', split, more)
  const weighted = split
    .slice(0, 6)
    .map((stream, index) => ({ ...stream, filters: stream.filters?.slice(0, 1), weight: 10 * (index + 1) }))
  await createCampaign(yard, 'split', weighted, { type: 'weight', bind_visitors: 'slo' })
  await createCampaign(yard, 'chain', [{ schema: 'action', action_type: 'campaign', action_payload: String(main) }])
  await createCampaign(yard, 'empty', [])
  const { token } = shownCampaign.parse(await yard.api('GET', `/campaigns/${main}`))
  const { files } = shownLanding.parse(await yard.api('GET', `/landing_pages/${page}`))
  return {
    yard,
    aliases: ['main', 'split', 'chain', 'empty'],
    campaignToken: token,
    lander: `/lander/${files.folder}`,
    landerVersion: files.version,
    hosts: new Set(['landing.example', 'one.example', 'two.example', 'three.example', 'script.example']),
  }
}
