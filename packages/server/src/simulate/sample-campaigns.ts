/** Calls the Admin API; answers the parsed body. Rejects with the server's own words. */
export type ApiCall = (method: string, path: string, body?: unknown) => Promise<unknown>

const idOf = (answer: unknown): number => {
  const entity: unknown = Array.isArray(answer) ? answer[0] : answer
  const id: unknown = typeof entity === 'object' && entity !== null ? Reflect.get(entity, 'id') : null
  if (typeof id !== 'number') throw new Error('the Admin API answered without an id')
  return id
}

/** Creates a small, believable account: sources, networks, offers, landing pages and three campaigns. Answers the aliases. */
export async function createSampleCampaigns(api: ApiCall): Promise<readonly [string, ...string[]]> {
  const create = async (path: string, body: unknown): Promise<number> => idOf(await api('POST', path, body))
  const push = await create('/traffic_sources', {
    name: 'Push Planet',
    parameters: {
      external_id: { name: 'external_id', placeholder: '{click_id}' },
      cost: { name: 'cost', placeholder: '{bid}' },
    },
  })
  const native = await create('/traffic_sources', { name: 'Native Notes' })
  const leads = await create('/affiliate_networks', { name: 'Acme Leads', offer_param: 's1={subid}' })
  const shops = await create('/affiliate_networks', { name: 'Shop Partners' })

  const offer = (name: string, network: number): Promise<number> =>
    create('/offers', {
      name,
      affiliate_network_id: network,
      action_type: 'http',
      action_payload: `https://offers.example/${name.toLowerCase().replaceAll(' ', '-')}?c={subid}&k={keyword}`,
      payout_auto: true,
      payout_upsell: true,
    })
  const slim = await offer('Slim Tea', leads)
  const vpn = await offer('Fast VPN', leads)
  const shoes = await offer('Running Shoes', shops)
  const loans = await offer('Quick Loan', leads)

  const quiz = await create('/landing_pages', {
    name: 'Quiz',
    landing_type: 'external',
    action_type: 'http',
    action_payload: 'https://pages.example/quiz?k={keyword}',
  })
  const story = await create('/landing_pages', {
    name: 'Success story',
    landing_type: 'action',
    action_type: 'show_html',
    action_payload:
      '<!doctype html><title>A story</title><h1>How {city} got fit</h1><p><a href="{offer}">Read on</a></p>',
  })

  const split = await create('/campaigns', {
    name: 'Push: landing split',
    alias: 'push-split',
    type: 'weight',
    traffic_source_id: push,
    cost_type: 'CPC',
    cost_auto: true,
  })
  await create('/streams', {
    campaign_id: split,
    name: 'Bots',
    type: 'forced',
    schema: 'action',
    action_type: 'show_text',
    action_payload: 'Hello',
    filters: [{ name: 'bot', mode: 'accept', payload: null }],
  })
  await create('/streams', {
    campaign_id: split,
    name: 'Quiz and story',
    type: 'regular',
    weight: 70,
    schema: 'landings',
    landings: [
      { landing_id: quiz, share: 50 },
      { landing_id: story, share: 50 },
    ],
    offers: [
      { offer_id: slim, share: 60 },
      { offer_id: vpn, share: 40 },
    ],
  })
  await create('/streams', {
    campaign_id: split,
    name: 'Straight to the offer',
    type: 'regular',
    weight: 30,
    schema: 'landings',
    offers: [{ offer_id: shoes, share: 100 }],
  })

  const geo = await create('/campaigns', {
    name: 'Native: by country',
    alias: 'native-geo',
    type: 'position',
    traffic_source_id: native,
    cost_type: 'CPC',
    cost_value: 0.02,
  })
  await create('/streams', {
    campaign_id: geo,
    name: 'North America, mobile',
    position: 1,
    filters: [
      { name: 'country', mode: 'accept', payload: ['US', 'CA'] },
      { name: 'device_type', mode: 'accept', payload: ['mobile', 'tablet'] },
    ],
    offers: [{ offer_id: loans, share: 100 }],
  })
  await create('/streams', {
    campaign_id: geo,
    name: 'Europe',
    position: 2,
    filters: [{ name: 'country', mode: 'accept', payload: ['DE', 'FR', 'IT', 'ES', 'GB', 'NL', 'PL'] }],
    offers: [
      { offer_id: shoes, share: 50 },
      { offer_id: vpn, share: 50 },
    ],
  })
  await create('/streams', {
    campaign_id: geo,
    name: 'First visit today',
    position: 3,
    filters: [{ name: 'uniqueness', mode: 'accept', payload: 'campaign' }],
    landings: [{ landing_id: story, share: 100 }],
    offers: [{ offer_id: slim, share: 100 }],
  })
  await create('/streams', {
    campaign_id: geo,
    name: 'Everyone else',
    type: 'default',
    offers: [{ offer_id: vpn, share: 100 }],
  })

  const backup = await create('/campaigns', {
    name: 'Pop: CPM test',
    alias: 'pop-cpm',
    type: 'position',
    cost_type: 'CPM',
    cost_value: 1.2,
  })
  await create('/streams', {
    campaign_id: backup,
    name: 'Direct',
    schema: 'redirect',
    action_type: 'http',
    action_payload: 'https://offers.example/direct?c={subid}&z={sub_id_1}',
  })
  return ['push-split', 'native-geo', 'pop-cpm']
}
