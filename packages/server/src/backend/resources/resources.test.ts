import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

interface Case {
  readonly kind: string
  readonly input: Record<string, unknown>
  /** What is shown after creation, besides id and times. */
  readonly shown: Record<string, unknown>
  readonly change: Record<string, unknown>
  readonly changed: Record<string, unknown>
  /** Missing required fields. */
  readonly empty: Record<string, string[]>
  readonly archivedIsReadable: boolean
}

const cases: readonly Case[] = [
  {
    kind: 'campaigns',
    input: { alias: 'spring', name: 'Spring', cost_value: '0.25', cookies_ttl: '12', cost_auto: 1, group_id: '4' },
    shown: {
      alias: 'spring',
      name: 'Spring',
      type: 'position',
      state: 'active',
      cost_value: 0.25,
      cost_currency: 'USD',
      cookies_ttl: 12,
      cost_auto: true,
      group_id: 4,
      parameters: {},
      postbacks: [],
      domain: null,
    },
    change: { cost_type: 'cpm', bind_visitors: 'slo' },
    changed: { cost_type: 'CPM', bind_visitors: 'slo', name: 'Spring', cost_value: 0.25 },
    empty: { alias: ['Alias is required'], name: ['Name is required'] },
    archivedIsReadable: false,
  },
  {
    kind: 'offers',
    input: {
      name: 'Slim MX',
      action_payload: 'https://shop.example/?c={subid}',
      payout_value: '12.5',
      payout_currency: 'usd',
      country: 'MX, US',
    },
    shown: {
      name: 'Slim MX',
      url: 'https://shop.example/?c={subid}',
      payout_value: 12.5,
      payout_currency: 'USD',
      country: ['MX', 'US'],
      affiliate_network: null,
      group: '',
    },
    change: { payout_value: 13 },
    changed: { payout_value: 13, name: 'Slim MX', action_payload: 'https://shop.example/?c={subid}' },
    empty: { name: ['Name is required'] },
    archivedIsReadable: true,
  },
  {
    kind: 'landing_pages',
    input: { name: 'Quiz', url: 'https://page.example/quiz' },
    shown: {
      name: 'Quiz',
      action_payload: 'https://page.example/quiz',
      url: 'https://page.example/quiz',
      offer_count: 0,
    },
    change: { url: 'https://page.example/quiz2' },
    changed: { action_payload: 'https://page.example/quiz2' },
    empty: { name: ['Name is required'] },
    archivedIsReadable: true,
  },
  {
    kind: 'affiliate_networks',
    input: { name: 'Acme Leads', offer_param: 's1={subid}' },
    shown: {
      name: 'Acme Leads',
      offer_param: 's1={subid}',
      postback_url: '',
      template_name: '',
      offers: 0,
      state: 'active',
    },
    change: { notes: 'pays on time' },
    changed: { notes: 'pays on time', offer_param: 's1={subid}' },
    empty: { name: ['Name is required'] },
    archivedIsReadable: true,
  },
  {
    kind: 'traffic_sources',
    input: { name: 'Push Co', parameters: { external_id: { name: 'cid' } }, accept_parameters: '0' },
    shown: {
      name: 'Push Co',
      parameters: { external_id: { name: 'cid' } },
      postback_statuses: ['lead', 'sale'],
      accept_parameters: false,
    },
    change: { traffic_loss: '1.5' },
    changed: { traffic_loss: 1.5, name: 'Push Co' },
    empty: { name: ['Name is required'] },
    archivedIsReadable: true,
  },
  {
    kind: 'domains',
    input: { name: 'https://Go.Example/', ssl_redirect: true },
    shown: { name: 'go.example', ssl_redirect: true, catch_not_found: false, campaigns_count: 0, default_campaign: '' },
    change: { state: 'disabled' },
    changed: { state: 'disabled', name: 'go.example' },
    empty: { name: ['Name is required'] },
    archivedIsReadable: false,
  },
]

/** Some changes answer a list of one (reference admin-api §1.7). */
// biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
const one = (body: any) => (Array.isArray(body) ? body[0] : body)

describe('every kind of entity', () => {
  for (const { kind, input, shown, change, changed, empty, archivedIsReadable } of cases) {
    it(`${kind}: create, read, list, change, put back, archive`, async () => {
      const made = await backend.create(kind, input)
      assert.partialDeepStrictEqual(made, {
        ...shown,
        created_at: '2026-02-03 14:05:09',
        updated_at: '2026-02-03 14:05:09',
      })
      assert.deepEqual((await backend.call('GET', `/${kind}/${made.id}`)).body, made)
      assert.deepEqual((await backend.call('GET', `/${kind}`)).body, [made])

      const update = await backend.call('PUT', `/${kind}/${made.id}`, change)
      assert.equal(update.status, 200)
      assert.partialDeepStrictEqual(update.body, changed)
      assert.deepEqual(
        (await backend.call('PUT', `/${kind}/${made.id}`, update.body)).body,
        update.body,
        'a whole object may be put back',
      )

      const archived = await backend.call('DELETE', `/${kind}/${made.id}`)
      assert.equal(archived.status, 200)
      assert.equal(one(archived.body).state, 'deleted')
      assert.deepEqual((await backend.call('GET', `/${kind}`)).body, [])
      assert.equal((await backend.call('GET', `/${kind}/${made.id}`)).status, archivedIsReadable ? 200 : 404)
    })

    it(`${kind}: refuses what lacks required fields, unknown ids and bad fields, and changes nothing`, async () => {
      const version = await backend.store.version()
      assert.deepEqual(await backend.call('POST', `/${kind}`, {}), { status: 406, body: empty })
      for (const id of ['9999', '0', 'abc', '1e3', '-1', '99999999999999999999']) {
        assert.equal((await backend.call('GET', `/${kind}/${id}`)).status, 404, id)
        assert.equal((await backend.call('PUT', `/${kind}/${id}`, { name: 'x' })).status, 404, id)
        assert.equal((await backend.call('DELETE', `/${kind}/${id}`)).status, 404, id)
      }
      const wrong = await backend.call('POST', `/${kind}`, { ...input, state: 'sleeping' })
      assert.deepEqual(wrong, { status: 406, body: { state: ['must be active, disabled or deleted'] } })
      assert.equal(await backend.store.version(), version)
    })
  }
})

describe('campaigns', () => {
  it('get a token of 32 lower-case letters and digits', async () => {
    const { token } = await backend.create('campaigns', { alias: 'tok', name: 'Tok' })
    assert.match(token, /^[a-z0-9]{32}$/)
  })

  it('share no alias, but an archived one gives its alias free', async () => {
    const first = await backend.create('campaigns', { alias: 'twin', name: 'One' })
    const second = await backend.call('POST', '/campaigns', { alias: 'twin', name: 'Two' })
    assert.deepEqual(second, { status: 406, body: { alias: [`Alias is already used by campaign ${first.id}`] } })
    await backend.call('DELETE', `/campaigns/${first.id}`)
    await backend.create('campaigns', { alias: 'twin', name: 'Two' })
    const restored = await backend.call('POST', `/campaigns/${first.id}/restore`)
    assert.equal(restored.status, 406, 'restoring may not take the alias back')
  })

  it('take no reserved alias, whatever its case, nor the postback key', async () => {
    for (const alias of [
      'admin',
      'Admin_API',
      'click_api',
      'js',
      'lander',
      'robots.txt',
      'healthz',
      'readyz',
      'metrics',
      'api.php',
      'gateway.php',
      'pbkey123',
      '..',
    ]) {
      const { status, body } = await backend.call('POST', '/campaigns', { alias, name: 'x' })
      assert.deepEqual([status, Object.keys(body)], [406, ['alias']], alias)
    }
    assert.equal((await backend.call('POST', '/campaigns', { alias: 'a/b', name: 'x' })).status, 406)
  })

  it('are disabled, enabled, archived, listed as deleted and restored', async () => {
    const { id } = await backend.create('campaigns', { alias: 'life', name: 'Life' })
    assert.equal((await backend.call('POST', `/campaigns/${id}/disable`)).body[0].state, 'disabled')
    assert.equal((await backend.call('POST', `/campaigns/${id}/enable`, '[]')).body[0].state, 'active')
    await backend.call('DELETE', `/campaigns/${id}`)
    assert.equal((await backend.call('POST', `/campaigns/${id}/enable`)).status, 404)
    assert.equal((await backend.call('DELETE', `/campaigns/${id}`)).status, 404)
    const deleted = (await backend.call('GET', '/campaigns/deleted')).body
    assert.ok(deleted.some((campaign: { id: number }) => campaign.id === id))
    assert.equal((await backend.call('POST', `/campaigns/${id}/restore`, { cost: 1 })).body[0].state, 'active')
    assert.equal((await backend.call('GET', `/campaigns/${id}`)).status, 200)
    assert.equal((await backend.call('POST', '/campaigns/9999/restore')).status, 404)
  })

  it('come in pages when asked', async () => {
    const all = (await backend.call('GET', '/campaigns')).body
    assert.deepEqual((await backend.call('GET', '/campaigns?limit=1&offset=1')).body, [all[1]])
    assert.deepEqual((await backend.call('GET', '/campaigns?limit=nonsense')).body, all)
  })

  it('cost money of the base currency only', async () => {
    const input = { alias: 'euro', name: 'Euro', cost_currency: 'EUR' }
    const refused = await backend.call('POST', '/campaigns', { ...input, cost_value: 1 })
    assert.equal(refused.status, 406)
    assert.match(refused.body.cost_currency[0], /USD/)
    assert.equal((await backend.create('campaigns', { ...input, cost_value: 0 })).cost_currency, 'EUR')
    const offer = await backend.call('POST', '/offers', { name: 'x', payout_currency: 'EUR', payout_value: '2' })
    assert.deepEqual(Object.keys(offer.body), ['payout_currency'])
  })

  it('accept sources, domains and groups that do not exist', async () => {
    const made = await backend.create('campaigns', {
      alias: 'loose',
      name: 'x',
      traffic_source_id: 77,
      domain_id: 78,
      group_id: 79,
    })
    assert.deepEqual([made.traffic_source_id, made.domain_id, made.group_id], [77, 78, 79])
  })
})

describe('streams', () => {
  let campaignId: number
  let offerId: number
  let pageId: number
  before(async () => {
    campaignId = (await backend.create('campaigns', { alias: 'streams', name: 'Streams' })).id
    offerId = (await backend.create('offers', { name: 'Offer', url: 'https://offer.example/' })).id
    pageId = (await backend.create('landing_pages', { name: 'Page', url: 'https://page.example/' })).id
  })

  it('are created with everything and read back in order of position', async () => {
    const made = await backend.create('streams', {
      campaign_id: String(campaignId),
      type: 'forced',
      schema: 'offers',
      chance: '14',
      filters: [
        { name: 'country', mode: 'allow', payload: ['MX'] },
        { id: 0, name: 'bot', mode: 'reject', payload: null },
      ],
      landings: [{ landing_id: pageId, share: '100', state: 'active' }],
      offers: [{ offer_id: offerId }, { offer_id: offerId, share: 5 }],
    })
    assert.partialDeepStrictEqual(made, {
      campaign_id: campaignId,
      schema: 'landings',
      weight: 14,
      position: 1,
      triggers: [],
    })
    const [country, bot] = made.filters
    assert.deepEqual(country, {
      id: country.id,
      stream_id: made.id,
      name: 'country',
      mode: 'accept',
      payload: ['MX'],
      oid: String(country.id),
    })
    assert.notEqual(bot.id, country.id)
    const row = { id: made.offers[0].id, stream_id: made.id, offer_id: offerId, state: 'active', share: 100 }
    assert.deepEqual(
      made.offers,
      [{ ...row, created_at: '2026-02-03 14:05:09', updated_at: '2026-02-03 14:05:09' }],
      'named twice counts once',
    )

    const second = await backend.create('streams', {
      campaign_id: campaignId,
      schema: 'action',
      action_type: 'status404',
    })
    assert.equal(second.position, 2)
    await backend.call('PUT', `/streams/${second.id}`, { position: 0 })
    const list = (await backend.call('GET', `/campaigns/${campaignId}/streams`)).body
    assert.deepEqual(
      list.map((stream: { id: number }) => stream.id),
      [second.id, made.id],
    )
    assert.equal((await backend.call('GET', '/campaigns/9999/streams')).status, 404)
  })

  it('keep ids of rows that stay, give new ones to rows that come, and drop the rest', async () => {
    const other = await backend.create('offers', { name: 'Other', url: 'https://other.example/' })
    const made = await backend.create('streams', {
      campaign_id: campaignId,
      offers: [{ offer_id: offerId }],
      filters: [{ name: 'country', mode: 'accept', payload: ['MX'] }],
    })
    const changed = (
      await backend.call('PUT', `/streams/${made.id}`, {
        offers: [
          { offer_id: other.id, share: 30 },
          { offer_id: offerId, share: 70 },
        ],
        filters: [{ name: 'bot', mode: 'reject' }, { ...made.filters[0], payload: ['US'] }, made.filters[0]],
      })
    ).body
    assert.equal(changed.offers[1].id, made.offers[0].id)
    assert.notEqual(changed.offers[0].id, made.offers[0].id)
    assert.equal(changed.filters[1].id, made.filters[0].id)
    assert.equal(new Set(changed.filters.map((filter: { id: number }) => filter.id)).size, 3)
    const renamed = (await backend.call('PUT', `/streams/${made.id}`, { name: 'Only the name', campaign_id: 12345 }))
      .body
    assert.deepEqual(renamed.offers, changed.offers)
    assert.equal(renamed.campaign_id, campaignId)
    assert.deepEqual((await backend.call('PUT', `/streams/${made.id}`, { offers: [], filters: null })).body.offers, [])
  })

  const refusals: readonly [string, Record<string, unknown>, string[]][] = [
    ['an unknown campaign', { campaign_id: 9999 }, ['campaign_id']],
    ['no campaign', { campaign_id: undefined }, ['campaign_id']],
    ['an unknown offer', { offers: [{ offer_id: 1e6 }] }, ['offers.0.offer_id']],
    ['an unknown landing page', { landings: [{ landing_id: 1e6 }] }, ['landings.0.landing_id']],
    ['an unknown filter', { filters: [{ name: 'weather', mode: 'accept', payload: [] }] }, ['filters.0.name']],
    [
      'a filter that cannot be compiled',
      { filters: [{ name: 'country', mode: 'accept', payload: ['Mexico'] }] },
      ['filters.0.payload.0'],
    ],
    ['a redirect to nowhere', { schema: 'redirect', action_type: 'http', action_payload: '' }, ['action_payload']],
    ['an unknown action', { schema: 'action', action_type: 'dance' }, ['action_type']],
    [
      'an unknown campaign to send visitors to',
      { schema: 'action', action_type: 'campaign', action_payload: 9999 },
      ['action_payload'],
    ],
    ['lists that are no lists', { filters: 'x', offers: 7 }, ['filters', 'offers']],
    ['an unknown type', { type: 'sometimes' }, ['type']],
  ]
  for (const [what, input, fields] of refusals) {
    it(`refuse ${what} and change nothing`, async () => {
      const version = await backend.store.version()
      const { status, body } = await backend.call('POST', '/streams', { campaign_id: campaignId, ...input })
      assert.deepEqual([status, Object.keys(body)], [406, fields], JSON.stringify(body))
      assert.equal(await backend.store.version(), version)
    })
  }

  it('stay whole when an offer they use loses its URL or is archived', async () => {
    const offer = await backend.create('offers', { name: 'Used', url: 'https://used.example/' })
    const stream = await backend.create('streams', { campaign_id: campaignId, offers: [{ offer_id: offer.id }] })
    assert.equal((await backend.call('PUT', `/offers/${offer.id}`, { url: '' })).status, 406)
    assert.equal((await backend.call('PUT', `/offers/${offer.id}`, { action_type: 'dance' })).status, 406)
    assert.equal((await backend.call('DELETE', `/offers/${offer.id}/archive`)).body[0].state, 'deleted')
    assert.equal(
      (await backend.call('PUT', `/streams/${stream.id}`, stream)).status,
      200,
      'it may keep the archived offer',
    )
    const fresh = await backend.call('POST', '/streams', { campaign_id: campaignId, offers: [{ offer_id: offer.id }] })
    assert.deepEqual(Object.keys(fresh.body), ['offers.0.offer_id'], 'a new one may not take it')
  })

  it('are disabled, enabled, archived, listed as deleted and restored', async () => {
    const { id } = await backend.create('streams', {
      campaign_id: campaignId,
      schema: 'action',
      action_type: 'do_nothing',
    })
    assert.equal((await backend.call('POST', `/streams/${id}/disable`)).body.state, 'disabled')
    assert.equal((await backend.call('POST', `/streams/${id}/enable`)).body.state, 'active')
    await backend.call('DELETE', `/streams/${id}`)
    assert.deepEqual(
      (await backend.call('GET', '/streams//deleted/')).body.map((stream: { id: number }) => stream.id),
      [id],
    )
    assert.equal((await backend.call('GET', `/streams/${id}`)).status, 404)
    assert.equal((await backend.call('POST', `/streams/${id}/restore`)).body.state, 'active')
  })
})

describe('offers and domains', () => {
  it('name the affiliate network, which counts its offers', async () => {
    const network = await backend.create('affiliate_networks', { name: 'Counted' })
    const offer = await backend.create('offers', { name: 'x', affiliate_network_id: network.id })
    assert.equal(offer.affiliate_network, 'Counted')
    assert.equal((await backend.call('GET', `/affiliate_networks/${network.id}`)).body.offers, 1)
    const unknown = await backend.call('POST', '/offers', { name: 'x', affiliate_network_id: 9999 })
    assert.deepEqual(unknown.body, { affiliate_network_id: ['There is no affiliate network 9999'] })
  })

  it('take a changed url out of a whole object', async () => {
    const offer = await backend.create('offers', { name: 'x', url: 'https://a.example/' })
    const changed = await backend.call('PUT', `/offers/${offer.id}`, { ...offer, url: 'https://b.example/' })
    assert.equal(changed.body.action_payload, 'https://b.example/')
    const modern = await backend.call('PUT', `/offers/${offer.id}`, {
      ...changed.body,
      action_payload: 'https://c.example/',
    })
    assert.equal(modern.body.url, 'https://c.example/')
  })

  it('create several domains at once and answer a list', async () => {
    const { body } = await backend.call('POST', '/domains', { name: 'a.example, b.example' })
    assert.deepEqual(
      body.map((domain: { name: string }) => domain.name),
      ['a.example', 'b.example'],
    )
    const again = await backend.call('POST', '/domains', { name: 'c.example,a.example' })
    assert.equal(again.status, 406)
    const names = (await backend.call('GET', '/domains')).body.map((domain: { name: string }) => domain.name)
    assert.ok(!names.includes('c.example'), 'all or none')
  })
})

describe('the audit log and the snapshot', () => {
  it('hear of every change, with who made it', async () => {
    const before = backend.changes()
    const { id } = await backend.create('offers', { name: 'Audited' })
    assert.equal(backend.changes(), before + 1)
    const [row] = await backend.store.listAudit({ limit: 1 })
    assert.partialDeepStrictEqual(row, { actor: 'settings key', kind: 'offers', entityId: id, action: 'create' })
    await backend.call('POST', '/offers', {})
    assert.equal(backend.changes(), before + 1, 'a refusal is no change')
  })
})
