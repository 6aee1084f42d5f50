import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { create, startYard, type Yard } from './harness.ts'
import { untilLive } from './sample.ts'

let yard: Yard
before(async () => {
  yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn' } })
})
after(() => yard?.dispose())

it('from an empty installation to the first money, and every page tells how it came', { timeout: 60_000 }, async () => {
  const network = await create(yard, '/affiliate_networks', { name: 'Acme Leads', offer_param: 's1={subid}' })
  const offer = await create(yard, '/offers', {
    name: 'Slim Tea',
    affiliate_network_id: network,
    action_type: 'http',
    action_payload: 'https://shop.example/tea?k={keyword}&z={sub_id_1}',
    payout_auto: true,
  })
  const landing = await create(yard, '/landing_pages', {
    name: 'Story',
    landing_type: 'action',
    action_type: 'show_html',
    action_payload: '<a href="{offer}">Read on</a>',
  })
  const campaign = await create(yard, '/campaigns', {
    name: 'First campaign',
    alias: 'tea',
    cost_type: 'CPC',
    cost_value: 0.25,
    parameters: { sub_id_1: { name: 'zone', placeholder: '{zone}' }, keyword: { name: 'q', placeholder: '{q}' } },
  })
  const nobody = await create(yard, '/streams', {
    campaign_id: campaign,
    name: 'Bots',
    type: 'forced',
    filters: [{ name: 'bot', mode: 'accept', payload: null }],
    schema: 'action',
    action_type: 'status404',
  })
  const stream = await create(yard, '/streams', {
    campaign_id: campaign,
    name: 'Everyone',
    landings: [{ landing_id: landing }],
    offers: [{ offer_id: offer }],
  })
  await untilLive(yard)

  const headers = {
    'x-forwarded-for': '8.8.8.8',
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    referer: 'https://news.example/page',
  }
  const click = await yard.send('/tea?zone=north+7&q=green%20tea%26more', { headers })
  assert.equal(click.status, 200)
  const link = /href="([^"]+)"/.exec(click.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const subId = click.cookies._subid ?? ''
  assert.match(subId, /^[a-z0-9]{17}$/)

  const { pathname, search } = new URL(link)
  const passed = await yard.send(pathname + search, { headers })
  assert.equal(passed.status, 302)
  const destination = `https://shop.example/tea?k=green%20tea%26more&z=north%207&s1=${subId}`
  assert.equal(new URL(passed.location).href, new URL(destination).href)

  const from = { subid: subId, tid: 'order-1', payout: '12.50' }
  assert.equal((await yard.postback({ ...from, status: 'lead' })).body, 'Success')
  assert.equal((await yard.postback({ ...from, status: 'sale', payout: '13.75' })).status, 200)
  assert.equal((await yard.postback({ ...from, status: 'sale', payout: '13.75' })).status, 200)
  assert.equal((await yard.postback({ subid: '{subid}', status: 'sale' })).status, 200)
  await yard.waitUntilStored()

  const range = { interval: 'all_time' }
  const filters = [{ name: 'campaign', operator: 'EQUALS', expression: 'First campaign' }]
  const report = await yard.api('POST', '/report/build', {
    range,
    filters,
    grouping: ['campaign', 'offer', 'landing', 'affiliate_network', 'sub_id_1'],
    metrics: ['clicks', 'lp_views', 'lp_clicks', 'leads', 'sales', 'conversions', 'cost', 'revenue', 'profit', 'roi'],
  })
  assert.partialDeepStrictEqual(report, {
    total: 1,
    rows: [
      {
        campaign: 'First campaign',
        offer: 'Slim Tea',
        landing: 'Story',
        affiliate_network: 'Acme Leads',
        sub_id_1: 'north 7',
        clicks: 1,
        lp_views: 1,
        lp_clicks: 1,
        leads: 0,
        sales: 1,
        conversions: 1,
        cost: 0.25,
        revenue: 13.75,
        profit: 13.5,
        roi: 5400,
      },
    ],
  })

  const columns = [
    'sub_id',
    'keyword',
    'is_sale',
    'is_lead',
    'landing_clicked',
    'country_code',
    'browser',
    'sale_revenue',
  ]
  assert.partialDeepStrictEqual(await yard.api('POST', '/clicks/log', { range, filters, columns }), {
    total: 1,
    rows: [
      {
        sub_id: subId,
        keyword: 'green tea&more',
        is_sale: true,
        is_lead: false,
        landing_clicked: true,
        country_code: 'US',
        browser: 'Firefox',
        sale_revenue: 13.75,
      },
    ],
  })
  const money = ['sub_id', 'tid', 'status', 'previous_status', 'original_status', 'revenue', 'offer']
  assert.partialDeepStrictEqual(await yard.api('POST', '/conversions/log', { range, columns: money }), {
    total: 1,
    rows: [
      {
        sub_id: subId,
        tid: 'order-1',
        status: 'sale',
        previous_status: 'lead',
        original_status: 'sale',
        revenue: 13.75,
        offer: 'Slim Tea',
      },
    ],
  })
  assert.partialDeepStrictEqual(await yard.api('GET', `/clicks/${subId}/explain`), {
    sub_id: subId,
    campaign: { id: campaign, name: 'First campaign' },
    parameters: { sub_id_1: 'north 7', keyword: 'green tea&more' },
    detection: { ip: '8.8.8.8', country: 'US', is_bot: false, referrer: 'https://news.example/page' },
    uniqueness: { campaign: true, stream: true, global: true },
    streams: [
      { stream_id: nobody, name: 'Bots', verdict: 'filtered', failed_filter: { name: 'bot' } },
      { stream_id: stream, name: 'Everyone', verdict: 'taken' },
    ],
    choice: { landing: { id: landing }, offer: { id: offer }, affiliate_network: { id: network } },
    cost: 0.25,
    events: [{ kind: 'landing_click' }, { kind: 'conversion', status: 'sale' }],
    conversions: [{ tid: 'order-1', status: 'sale', revenue: 13.75 }],
  })
  assert.partialDeepStrictEqual(await yard.api('GET', '/logs/postbacks?limit=10'), [
    { sub_id: '{subid}', outcome: 'click_not_found' },
    { sub_id: subId, outcome: 'unchanged' },
    { sub_id: subId, outcome: 'updated', status: 'sale', tid: 'order-1', campaign_id: campaign },
    { sub_id: subId, outcome: 'created', status: 'lead' },
  ])
})
