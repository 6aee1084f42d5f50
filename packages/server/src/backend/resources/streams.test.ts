import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

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
    [
      'a redirect to nowhere',
      { schema: 'redirect', action_type: 'http', action_payload: 'nowhere' },
      ['action_payload'],
    ],
    ['an unknown action', { schema: 'action', action_type: 'dance' }, ['action_type']],
    ['files of its own', { schema: 'action', action_type: 'local_file' }, ['action_type']],
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

  it('say what they refuse when a filter of a cloaking service comes with its own mode', async () => {
    const filters = [{ name: 'imklo_detect', mode: 'black', payload: null }]
    const { status, body } = await backend.call('POST', '/streams', { campaign_id: campaignId, filters })
    assert.equal(status, 406)
    assert.match(String(body['filters.0.mode']), /black is a mode of cloaking services, .* remove the filter/)
  })

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

  it('are listed as they are each by itself, in both dialects, before and after a change', async () => {
    const { id } = await backend.create('streams', { campaign_id: campaignId, offers: [{ offer_id: offerId }] })
    for (const weight of [11, 22]) {
      await backend.call('PUT', `/streams/${id}`, { weight })
      for (const dialect of ['modern', '2017']) {
        const options = { headers: { 'api-dialect': dialect } }
        const { body: list } = await backend.call('GET', '/streams', undefined, options)
        for (const listed of list)
          assert.deepEqual((await backend.call('GET', `/streams/${listed.id}`, undefined, options)).body, listed)
        assert.equal(list.at(-1)[dialect === 'modern' ? 'weight' : 'chance'], weight)
      }
    }
  })
  it('may have the URL of a redirect among the options', async () => {
    const made = await backend.create('streams', {
      campaign_id: campaignId,
      schema: 'redirect',
      action_type: 'http',
      action_options: { url: 'https://there.example/', status: 303 },
    })
    assert.partialDeepStrictEqual(made, { action_payload: 'https://there.example/', action_options: { status: 303 } })
    const action_options = { url: 'https://elsewhere.example/' }
    const put = async (more: object) =>
      (await backend.call('PUT', `/streams/${made.id}`, { action_options, ...more })).body
    assert.partialDeepStrictEqual(await put({ action_payload: 'https://named.example/' }), {
      action_payload: 'https://named.example/',
    })
    assert.partialDeepStrictEqual(await put({}), { action_payload: action_options.url, action_options: null })
    assert.deepEqual(Object.keys(await put({ action_options: { url: 7 } })), ['action_payload'])
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
