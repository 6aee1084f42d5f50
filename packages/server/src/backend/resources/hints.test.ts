import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ENTITY_KINDS } from '@trackyard/core/entities/index.ts'
import { accessAreas } from '@trackyard/core/permissions.ts'
import { zipOf } from '../files/testing.ts'
import { HINT_HEADER } from '../http/hints.ts'
import { openTestBackend, TEST_KEY, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
  await backend.create('campaigns', { alias: 'one', name: 'One', parameters: { sub_id_1: { name: 'zone' } } })
  await backend.create('campaigns', { alias: 'two', name: 'Two' })
  await backend.create('campaigns', { alias: 'off', name: 'Off', state: 'disabled' })
  await backend.create('offers', { name: 'Live', url: 'https://live.example/' })
  await backend.create('offers', { name: 'Disabled', url: 'https://off.example/', state: 'disabled' })
  await backend.create('offers', { name: 'Used', url: 'https://used.example/' })
  await backend.create('landing_pages', { name: 'Page', url: 'https://page.example/' })
  await backend.create('groups', { name: 'Offers of mine', type: 'offers' })
  await backend.create('streams', { campaign_id: 2, name: 'Main', offers: [{ offer_id: 3 }] })
  await backend.create('streams', { campaign_id: 2, schema: 'action', action_type: 'campaign', action_payload: '1' })
})
after(() => backend.close())

async function send(method: 'POST' | 'PUT' | 'DELETE', path: string, payload: object = {}, key = TEST_KEY) {
  const reply = await backend.app.inject({
    method,
    url: `/admin_api/v1${path}`,
    headers: { 'api-key': key },
    payload: JSON.stringify(payload),
  })
  assert.deepEqual(backend.errors, [])
  return { status: reply.statusCode, body: reply.body, hints: [reply.headers[HINT_HEADER] ?? []].flat().map(String) }
}

const redirect = { campaign_id: 1, schema: 'redirect' }
const good = { ...redirect, action_payload: 'https://good.example/?c={subid}&z={zone}&s={sub_id_3}&d={_date:Y-m-d}' }
const filtered = (name: string, ...payload: string[]) => ({ ...good, filters: [{ name, payload }] })

const saved: readonly [
  name: string,
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  input: object,
  hints: RegExp[],
][] = [
  ['a good stream', 'POST', '/streams', good, []],
  [
    'no members',
    'POST',
    '/streams',
    { campaign_id: 1 },
    [/no landing page and no offer, so it takes no visitor: add one/],
  ],
  [
    'only a disabled offer',
    'POST',
    '/streams',
    { campaign_id: 1, offers: [{ offer_id: 2 }] },
    [/Offer 2 is disabled, .* enable it or take it out/, /Every landing page and offer of the stream is off/],
  ],
  [
    'one of two is off',
    'POST',
    '/streams',
    { campaign_id: 1, offers: [{ offer_id: 2 }, { offer_id: 1 }] },
    [/Offer 2 is/],
  ],
  ['a page without offers', 'POST', '/streams', { campaign_id: 1, landings: [{ landing_id: 1 }] }, [/no active offer/]],
  ['a redirect without URL', 'POST', '/streams', redirect, [/redirects to no URL yet.*action_payload/]],
  [
    'unknown macros',
    'POST',
    '/streams',
    { ...redirect, action_payload: 'https://a.example/?c={clickid}&k={keywrod}&z={zome}&q={qqqqqqqq}' },
    [
      /no macro \{clickid\}.*\{subid\}\?/,
      /\{keywrod\}.*\{keyword\}\?/,
      /\{zome\}.*\{zone\}\?/,
      /\{qqqqqqqq\}: it stays in the URL as it is\.$/,
    ],
  ],
  [
    'a misspelt system',
    'POST',
    '/streams',
    filtered('os', 'Andriod', 'ios'),
    [/Filter os \(mode accept\).*Andriod.*did you mean Android\?/],
  ],
  [
    'a browser of another name',
    'POST',
    '/streams',
    filtered('browser', 'Crome', 'Quux'),
    [/did you mean Chrome\?/, /Quux.*report/],
  ],
  [
    'a country for a language',
    'POST',
    '/streams',
    filtered('language', 'jp', 'en-GB'),
    [/asks for jp.*did you mean ja\?/],
  ],
  [
    'what is not detected',
    'POST',
    '/streams',
    filtered('connection_type', 'wifi'),
    [/connection_type .* asks for wifi: the bundled data know cellular only/],
  ],
  ['a region code', 'POST', '/streams', filtered('region', 'US_CA', 'California'), [/US_CA: .* add the name/]],
  [
    'the default stream with filters',
    'POST',
    '/streams',
    { ...filtered('country', 'US'), type: 'default' },
    [/whose filters do not count/],
  ],
  [
    'to itself',
    'POST',
    '/streams',
    { campaign_id: 1, schema: 'action', action_type: 'campaign', action_payload: '1' },
    [/its own campaign/],
  ],
  [
    'to a campaign that is off',
    'POST',
    '/streams',
    { campaign_id: 1, schema: 'action', action_type: 'campaign', action_payload: { campaign_id: 3 } },
    [/Campaign 3 is not active/],
  ],
  [
    'in a circle',
    'POST',
    '/streams',
    { campaign_id: 1, schema: 'action', action_type: 'campaign', action_payload: '2' },
    [/may send visitors back/],
  ],
  [
    'moved to where it points',
    'POST',
    '/streams/move_streams',
    { stream_ids: [2], target_campaign_id: 1 },
    [/its own campaign/],
  ],
  [
    'a campaign with ids of nothing',
    'POST',
    '/campaigns',
    { alias: 'ids', name: 'Ids', traffic_source_id: 99, domain_id: 98, group_id: 1 },
    [
      /traffic_source_id: there is no traffic source 99; the campaign is saved without effect/,
      /domain_id: .* 98/,
      /group_id: group 1 is for offers/,
    ],
  ],
  [
    'a campaign without streams',
    'PUT',
    '/campaigns/4',
    { name: 'Ids again', traffic_source_id: null, domain_id: null, group_id: null },
    [/no active stream/],
  ],
  [
    'an offer in no group',
    'POST',
    '/offers',
    { name: 'New', url: 'https://n.example/?s={subd}', group_id: 77 },
    [/\{subd\}.*\{subid\}\?/, /group_id: there is no group 77/],
  ],
  ['a macro named as some campaign does', 'POST', '/offers', { name: 'Zone', url: 'https://n.example/?s={zone}' }, []],
  [
    'archiving a used offer',
    'DELETE',
    '/offers/3/archive',
    {},
    [/Offer 3 is archived, but stream 1 \(Main\) of campaign 2 still names it/],
  ],
  [
    'a postback with words that nobody knows',
    'POST',
    '/traffic_sources',
    {
      ...{ name: 'T', postback_url: 'https://t.example/?a={payout}&t={transaction_id}&z={zone}&x={revneue}' },
      postback_statuses: ['sale', 'Hold', 'leads', 'their word'],
    },
    [
      /^postback_url: there is no macro \{revneue\}.*mean \{revenue\}\?$/,
      /^postback_statuses: leads is no status.*mean lead\?$/,
    ],
  ],
  [
    'a stored postback with an unknown macro',
    'POST',
    '/postbacks',
    { name: 'P', url: 'https://p.example/?s={status:sale=1}', params: { a: '{tid}', b: '{qqqqqqqq}' } },
    [/^params: there is no macro \{qqqqqqqq\}, so it is sent as it is\.$/],
  ],
  [
    'a postback of a campaign with an unknown macro',
    'POST',
    '/campaigns',
    { alias: 'pb', name: 'P', postbacks: [{ url: 'https://p.example/?s={sttus}', statuses: ['rejectd'] }] },
    [/^postbacks\.url: there is no macro \{sttus\}.*\{status\}\?$/, /^postbacks\.statuses: rejectd is no status/],
  ],
  [
    'a price that nobody pays',
    'POST',
    '/campaigns',
    { alias: 'auto', name: 'A', cost_auto: true, cost_value: 1 },
    [/^cost_value is not used: with cost_auto the cost comes with the link/],
  ],
  [
    'more than a conversion earns',
    'POST',
    '/campaigns',
    { alias: 'share', name: 'A', cost_type: 'RevShare', cost_value: 150 },
    [/^cost_value: RevShare pays percent/],
  ],
  [
    'an unknown template',
    'POST',
    '/affiliate_networks',
    { name: 'N', template_name: 'adcmbo' },
    [/^template_name: there is no template adcmbo, so nothing was filled in\. Did you mean adcombo\?$/],
  ],
  [
    'a template by the name that people read',
    'POST',
    '/affiliate_networks',
    { name: 'M', template_name: 'AdCombo' },
    [],
  ],
  ['disabling a used offer', 'PUT', '/offers/1', { state: 'disabled' }, [/Offer 1 is disabled, but stream/]],
  ['archiving a page', 'DELETE', '/landing_pages/1', {}, [/Landing page 1 is archived, but stream/]],
  [
    'disabling a campaign',
    'POST',
    '/campaigns/2/disable',
    {},
    [
      /Visitors of \/two now get an empty page and are not counted, .* or enable it/,
      /Campaign 2 is disabled, but stream/,
    ],
  ],
  [
    'archiving a campaign',
    'DELETE',
    '/campaigns/1',
    {},
    [/Visitors of \/one now get a 404 and are not counted, .* or restore it/, /Campaign 1 is archived, but stream/],
  ],
]

describe('what is accepted and probably not meant', () => {
  for (const [name, method, path, input, expected] of saved) {
    it(`${name}: ${expected.length === 0 ? 'no hint' : 'saved, with a hint'}`, async () => {
      const { status, body, hints } = await send(method, path, input)
      assert.equal(status, 200, body)
      assert.equal(hints.length, expected.length, hints.join('\n'))
      for (const [index, pattern] of expected.entries()) assert.match(hints[index] ?? '', pattern)
      for (const hint of hints) assert.ok(hint.length < 300 && /[.?]$/.test(hint), hint)
    })
  }
  it('says nothing about what was refused', async () => {
    const { status, hints } = await send('POST', '/campaigns', { alias: 'two', name: 'Taken', traffic_source_id: 99 })
    assert.deepEqual({ status, hints }, { status: 406, hints: [] })
  })
})

describe('what users hear who see a part only', () => {
  it('neither names nor confirms what is not theirs', async () => {
    const access = Object.fromEntries(
      ENTITY_KINDS.map((kind) => [`${accessAreas[kind].key}_access_type`, 'created_by_user_groups_and_selected']),
    )
    const ann = await backend.store.change({ actor: 'test', atMs: 1 }, async (writer) => ({
      ok: true,
      value: await writer.insertUser({
        ...{ login: 'ann', passwordHash: '', type: 'USER', state: 'active', preferences: {}, access },
        ...{ totpSecret: '', totpPending: '', totpLastStep: 0 },
      }),
    }))
    assert.ok(ann.ok)
    const { body: made } = await backend.call('POST', `/users/${ann.value.id}/api_keys`, { name: 'hers' })
    const foreign = await backend.create('traffic_sources', {
      name: 'Not hers',
      parameters: { sub_id_2: { name: 'secretly' } },
    })

    const asAnn = (method: 'POST' | 'PUT' | 'DELETE', path: string, input: object) =>
      send(method, path, input, made.key)
    const ids = { alias: 'hers', name: 'Hers', traffic_source_id: foreign.id }
    const first = await asAnn('POST', '/campaigns', ids)
    const second = await asAnn('POST', '/campaigns', { ...ids, traffic_source_id: 4711 })
    assert.deepEqual([first.status, first.hints], [406, []])
    assert.equal(first.body.replace(/\d+/, ''), second.body.replace(/\d+/, ''))

    const offer = await asAnn('POST', '/offers', { name: 'Hers', url: 'https://a.example/?x={secretlx}' })
    assert.match(offer.hints.join(), /no macro \{secretlx\}: it stays in the URL as it is\.$/)
    const { id } = [JSON.parse(offer.body)].flat()[0]
    await backend.create('streams', { campaign_id: 2, name: 'Not hers', offers: [{ offer_id: id }] })
    const archived = await asAnn('DELETE', `/offers/${id}/archive`, {})
    assert.deepEqual([archived.status, archived.hints], [200, []])
  })
})

describe('what is refused', () => {
  const refused: readonly [string, string, object, Record<string, RegExp>][] = [
    [
      'a country nobody is in',
      '/streams',
      { ...filtered('country', 'US', 'XX'), campaign_id: 2 },
      { 'filters.0.payload.1': /XX, which is the code of no country/ },
    ],
    [
      'a broken URL under the name it came by',
      '/offers',
      { name: 'A', url: 'nowhere' },
      { url: /needs a URL that begins with https/ },
    ],
    [
      'a broken URL under its own name',
      '/offers',
      { name: 'A', action_payload: 'nowhere' },
      { action_payload: /needs a URL/ },
    ],
    [
      'a weight under the name it came by',
      '/streams',
      { ...good, campaign_id: 2, chance: 'much' },
      { chance: /must be a number/ },
    ],
    ['a campaign that is no number', '/streams', { campaign_id: 'x' }, { campaign_id: /must be a number/ }],
    [
      'an offer that is a campaign nobody knows',
      '/offers',
      { name: 'A', action_type: 'campaign', action_payload: '999' },
      { action_payload: /There is no campaign 999/ },
    ],
    [
      'a page that is one',
      '/landing_pages',
      { name: 'A', landing_type: 'action', action_type: 'campaign', action_payload: { id: 999 } },
      { action_payload: /must be text/ },
    ],
    ['a host with two dots', '/domains', { name: 'go..example' }, { name: /parts of 1 to 63 letters/ }],
    ['a host with a dash at an end', '/domains', { name: 'go-.example' }, { name: /parts of 1 to 63/ }],
    [
      'rows that are none',
      '/streams',
      { campaign_id: 2, offers: ['x'], filters: [1] },
      { 'offers.0': /^must be an object$/, 'filters.0': /^must be an object$/ },
    ],
  ]
  for (const [name, path, input, problems] of refused) {
    it(name, async () => {
      const { status, body } = await send('POST', path, input)
      assert.equal(status, 406, body)
      const told: Record<string, string[]> = JSON.parse(body)
      assert.deepEqual(Object.keys(told).sort(), Object.keys(problems).sort())
      for (const [field, pattern] of Object.entries(problems)) assert.match(told[field]?.join() ?? '', pattern)
    })
  }
})

it('pages with files that are put back whole are beyond doubt', async () => {
  const archive = zipOf({ 'index.html': '<p>Hello' }).toString('base64')
  for (const kind of ['landing_pages', 'offers']) {
    const made = await backend.create(kind, { name: 'Local', archive })
    assert.deepEqual((await send('PUT', `/${kind}/${made.id}`, made)).hints, [])
    const action_options = { folder: 'elsewhere' }
    assert.match(
      (await send('PUT', `/${kind}/${made.id}`, { action_options })).hints.join(),
      /does nothing with folder/,
    )
  }
})

it('referrers of the black list that equal none are doubted', async () => {
  for (const [value, doubted] of [
    ['spam.example', true],
    ['https://spam.example/page', false],
    ['*spam.example*', false],
    ['/spam\\.example/', false],
  ] as const) {
    const { hints } = await send('POST', '/blacklist', { referrer: value })
    assert.deepEqual(
      hints.map((hint) => /no referrer is spam\.example.*\*spam\.example\*/.test(hint)),
      doubted ? [true] : [],
    )
  }
})
