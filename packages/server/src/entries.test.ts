import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { zipOf } from './backend/files/testing.ts'
import { openTestTracker, type TestTracker } from './test-tracker.ts'

/** Which campaign a visitor of a URL meets, and under which name of a host (reference click-processing §1, §12). */

let tracker: TestTracker
let token = ''
const ids: Record<string, number> = {}

const MARK: Readonly<Record<string, string>> = { 'go-1': 'campaign go', index: 'campaign index', off: 'campaign off' }

before(async () => {
  tracker = await openTestTracker()
  for (const [alias, mark] of Object.entries(MARK)) {
    const campaign = await tracker.create('campaigns', { alias, name: alias, cost_auto: true, cost_type: 'CPC' })
    ids[alias] = campaign.id
    if (alias === 'go-1') token = campaign.token
    const stream = { campaign_id: campaign.id, schema: 'action', action_type: 'show_text', action_payload: mark }
    await tracker.create('streams', stream)
  }
  await tracker.call('PUT', `/campaigns/${ids['go-1']}`, { parameters: { sub_id_1: { name: ' zone ' } } })
  await tracker.call('PUT', `/campaigns/${ids.off}`, { state: 'disabled' })
  const domain = (name: string, more: object = {}) => tracker.create('domains', { name, ...more })
  await domain('plain.example')
  await domain('index.example', { default_campaign_id: ids.index })
  await domain('off.example', { default_campaign_id: ids.off, catch_not_found: true })
  await domain('catch.example', { default_campaign_id: ids.index, catch_not_found: true })
  await domain('tls.example', { default_campaign_id: ids.index, ssl_redirect: true })
  await domain('hidden.example', { default_campaign_id: ids.index, allow_indexing: false })
  await domain('wild.example', { wildcard: true, default_campaign_id: ids.index })
  await domain('own.wild.example', { default_campaign_id: ids['go-1'] })
  await domain('closed.example', { admin_dashboard: false, catch_not_found: true, default_campaign_id: ids.index })
  await tracker.live()
})
after(() => tracker.close())

/** URL, status, body and what was recorded of it. */
type Row = readonly [url: string, status: number, body: string | RegExp, recorded: 'c' | '']
function expectRow([url, status, body, recorded]: Row): void {
  const found = tracker.visit(url)
  assert.equal(found.status, status, url)
  if (typeof body === 'string') assert.equal(found.body, body, url)
  else assert.match(found.body, body, url)
  assert.equal(found.recorded, recorded, url)
}

describe('which campaign runs', () => {
  const go = MARK['go-1'] ?? ''
  const index = MARK.index ?? ''
  const rows: readonly Row[] = [
    ['http://plain.example/go-1', 200, go, 'c'],
    ['http://plain.example/go-1/', 200, go, 'c'],
    ['http://plain.example/go-1/more/path?x=1', 200, go, 'c'],
    ['http://plain.example/%67o-1', 200, go, 'c'],
    ['http://plain.example//go-1', 200, go, 'c'],
    ['http://index.example//', 200, index, 'c'],
    ['http://index.example///unknown', 404, 'Not found', ''],
    ['http://plain.example/GO-1', 404, 'Not found', ''],
    ['http://plain.example/', 404, 'Not found', ''],
    ['http://plain.example/unknown', 404, 'Not found', ''],
    ['http://index.example/', 200, index, 'c'],
    ['http://index.example/index.php', 200, index, 'c'],
    ['http://index.example/?utm_source=a', 200, index, 'c'],
    ['http://index.example/unknown', 404, 'Not found', ''],
    ['http://index.example/go-1', 200, go, 'c'],
    ['http://catch.example/unknown/path', 200, index, 'c'],
    ['http://catch.example/favicon.ico', 404, 'Not found', ''],
    ['http://catch.example/.env', 404, 'Not found', ''],
    ['http://catch.example/.well-known/acme-challenge/x', 404, 'Not found', ''],
    ['http://plain.example/off', 200, '', ''],
    ['http://index.example/off', 200, index, 'c'],
    ['http://off.example/', 200, '', ''],
    ['http://off.example/unknown', 200, '', ''],
    ['http://off.example/favicon.ico', 404, 'Not found', ''],
    ['http://closed.example/admin', 404, 'Not found', ''],
    ['http://closed.example/admin/streams?x', 404, 'Not found', ''],
    ['http://closed.example/admin_api/v1/campaigns', 404, 'Not found', ''],
    ['http://closed.example/admins', 200, index, 'c'],
    ['http://wild.example/', 200, index, 'c'],
    ['http://a.b.wild.example/', 200, index, 'c'],
    ['http://own.wild.example/', 200, go, 'c'],
    ['http://notwild.example/', 404, 'Not found', ''],
    ['http://unknown.example/go-1', 200, go, 'c'],
  ]
  for (const row of rows) it(`${row[0]} → ${row[1]} ${row[2]}`, () => expectRow(row))

  it('the secret of the Click API names a campaign at the root, too', () => {
    expectRow([`http://plain.example/?token=${token}`, 200, go, 'c'])
    expectRow(['http://plain.example/?token=wrong', 404, 'Not found', ''])
    expectRow(['http://index.example/?token=wrong', 200, index, 'c'])
  })
  it('an archived campaign is not found, and its alias is free', async () => {
    const made = await tracker.create('campaigns', { alias: 'gone', name: 'gone' })
    await tracker.call('DELETE', `/campaigns/${made.id}`)
    await tracker.live()
    expectRow(['http://plain.example/gone', 404, 'Not found', ''])
    const next = await tracker.create('campaigns', { alias: 'gone', name: 'next' })
    const stream = { campaign_id: next.id, schema: 'action', action_type: 'show_text', action_payload: 'next' }
    await tracker.create('streams', stream)
    await tracker.live()
    expectRow(['http://plain.example/gone', 200, 'next', 'c'])
  })
  it('loading ahead, looking and asking are no visits', () => {
    const ahead: Record<string, string>[] = [
      { 'x-purpose': 'preview' },
      { 'x-moz': 'prefetch' },
      { 'x-fb-http-engine': 'Liger' },
      { 'sec-purpose': 'prefetch' },
    ]
    for (const headers of ahead) {
      const found = tracker.visit('http://plain.example/go-1', { headers })
      assert.deepEqual([found.status, found.body, found.recorded], [204, '', ''])
    }
    for (const method of ['HEAD', 'OPTIONS', 'DELETE'])
      assert.equal(tracker.visit('http://plain.example/go-1', { method }).recorded, '', method)
  })
  it('looking tells whether there is such a link', () => {
    const statusOf = (url: string): number => tracker.visit(url, { method: 'HEAD' }).status
    for (const path of ['plain.example/go-1', 'plain.example/off', 'index.example/', 'catch.example/unknown'])
      assert.equal(statusOf(`http://${path}`), 200, path)
    for (const path of [
      'plain.example/unknown',
      'plain.example/',
      'index.example/unknown',
      'catch.example/favicon.ico',
    ])
      assert.equal(statusOf(`http://${path}`), 404, path)
  })
})

describe('domains', () => {
  it('HTTPS-only ones redirect path and query before anything is counted', () => {
    const found = tracker.visit('http://tls.example/go-1?a=b%20c')
    assert.deepEqual([found.status, found.location, found.recorded], [301, 'https://tls.example/go-1?a=b%20c', ''])
    assert.equal(tracker.visit('https://tls.example/go-1').status, 200)
    assert.equal(tracker.visit('http://tls.example/.well-known/acme-challenge/x').status, 404)
    // A web server that nobody named as trusted says that the visitor is there already.
    const socketAddress = '203.0.113.9'
    assert.equal(tracker.visit('https://tls.example/go-1', { socketAddress }).status, 200)
    assert.equal(tracker.visit('http://tls.example/go-1', { socketAddress }).status, 301)
  })
  it('say whether search engines may index them', () => {
    assert.equal(tracker.visit('http://plain.example/robots.txt').body, 'User-agent: *\nAllow: /\n')
    assert.equal(tracker.visit('http://hidden.example/robots.txt').body, 'User-agent: *\nDisallow: /\n')
    assert.equal(tracker.visit('http://hidden.example/').headers['x-robots-tag'], 'noindex')
    assert.equal(tracker.visit('http://index.example/').headers['x-robots-tag'], undefined)
  })
  it('say it with the files of uploaded pages, too', async () => {
    const archive = zipOf({ 'index.html': '<p>' }).toString('base64')
    const made = await tracker.create('landing_pages', { name: 'Page', archive })
    await tracker.live()
    const robotsOf = async (host: string) =>
      (await tracker.visitLater(`http://${host}${made.preview_path}`)).headers['x-robots-tag']
    assert.deepEqual([await robotsOf('hidden.example'), await robotsOf('plain.example')], ['noindex', undefined])
  })
  it('that are unknown answer 404 once the settings say so; postbacks are taken there still', async () => {
    await tracker.call('PUT', '/settings', { unknown_hosts: 'not_found' })
    await tracker.live()
    for (const path of ['/go-1', '/', '/lander/x/', `/?token=${token}`])
      expectRow([`http://unknown.example${path}`, 404, 'Not found', ''])
    assert.match(tracker.visit('http://unknown.example/robots.txt').body, /Disallow: \/\n/)
    expectRow(['http://a.wild.example/go-1', 200, MARK['go-1'] ?? '', 'c'])
    await tracker.call('PUT', '/settings', { unknown_hosts: 'serve' })
    await tracker.live()
    expectRow(['http://unknown.example/go-1', 200, MARK['go-1'] ?? '', 'c'])
  })
})

describe('parameters', () => {
  const rowOf = (query: string) => tracker.visit(`http://plain.example/go-1?${query}`).row

  it('fill slots by the mapping, by their own names, and by other names', () => {
    assert.equal(rowOf('zone=7&sub_id_1=own').sub_id_1, '7')
    assert.equal(rowOf('sub_id_1=own').sub_id_1, 'own')
    assert.equal(rowOf('utm_term=shoes').keyword, 'shoes')
    assert.equal(rowOf('utm_source=news&utm_content=c1&utm_campaign=a1').creative_id, 'c1')
    assert.equal(rowOf('default_keyword=title').keyword, 'title')
    assert.equal(rowOf('referer=https://a.example/').referrer, 'https://a.example/')
  })
  it('have further names once the settings say so', async () => {
    assert.equal(rowOf('query=boots').keyword, undefined)
    await tracker.call('PUT', '/settings', {
      ...{ keyword_aliases: 'q, query', source_aliases: ['site'], sub_id_9_aliases: 'spot', se_aliases: 'engine' },
    })
    await tracker.live()
    const row = rowOf('query=boots&site=s7&spot=9&engine=ask')
    assert.deepEqual([row.keyword, row.source, row.sub_id_9, row.search_engine], ['boots', 's7', '9', 'ask'])
    assert.equal(rowOf('query=boots&keyword=own').keyword, 'own')
  })
  it('of the traffic source fill what the campaign names no parameter for', async () => {
    const source = await tracker.create('traffic_sources', {
      name: 'Ads',
      parameters: { sub_id_4: { name: 'ad' }, sub_id_5: { name: 'place' }, sub_id_6: { name: 'six' } },
    })
    const own = { sub_id_4: { name: '', placeholder: '', alias: '' }, sub_id_5: { name: 'spot' } }
    const campaign = await tracker.create('campaigns', {
      ...{ alias: 'sourced', name: 'Sourced', traffic_source_id: source.id, parameters: own },
    })
    await tracker.create('streams', {
      ...{ campaign_id: campaign.id, schema: 'action', action_type: 'show_text', action_payload: '{ad}-{spot}-{six}' },
    })
    await tracker.live()
    const { row, body } = tracker.visit('http://plain.example/sourced?ad=1&place=2&spot=3&six=4')
    assert.deepEqual([row.sub_id_4, row.sub_id_5, row.sub_id_6, body], ['1', '3', '4', '1-3-4'])
  })
  it('give the cost where the campaign takes it from the link', async () => {
    assert.equal(rowOf('cost=0.0375').cost, 37_500)
    assert.equal(rowOf('cost=nonsense').cost, undefined)
    await tracker.call('PUT', `/campaigns/${ids['go-1']}`, { cost_auto: false, cost_value: 0.02, traffic_loss: 20 })
    await tracker.live()
    assert.equal(rowOf('cost=9').cost, 25_000)
  })
})
