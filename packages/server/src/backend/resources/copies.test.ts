import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

let backend: TestBackend
let offer: number
before(async () => {
  backend = await openTestBackend()
  offer = (await backend.create('offers', { name: 'Offer', url: 'https://o.example/' })).id
})
after(() => backend.close())

// biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
type Shown = any
const streamsOf = async (campaign: number): Promise<Shown[]> =>
  (await backend.call('GET', `/campaigns/${campaign}/streams`)).body
const campaignWith = async (alias: string, ...streams: object[]): Promise<Shown> => {
  const campaign = await backend.create('campaigns', { alias, name: alias })
  for (const stream of streams) await backend.create('streams', { campaign_id: campaign.id, ...stream })
  return campaign
}

describe('copies', () => {
  it('of a campaign have alias, token and streams of their own', async () => {
    const country = { name: 'country', mode: 'accept', payload: ['MX'] }
    const original = await campaignWith(
      'Original-1',
      { name: 'A', offers: [{ offer_id: offer, share: 30 }], filters: [country] },
      { name: 'B', type: 'default', schema: 'action', action_type: 'status404' },
    )
    await backend.call('DELETE', `/offers/${offer}`)
    const [copy] = (await backend.call('POST', `/campaigns/${original.id}/clone`)).body
    assert.equal(copy.name, 'Copy of Original-1')
    assert.match(copy.alias, /^[A-Za-z0-9]{6}$/)
    assert.notEqual(copy.token, original.token)
    const shared = ({ id: _i, name: _n, alias: _a, token: _t, ...rest }: Shown) => rest
    assert.deepEqual(shared(copy), shared(original))
    const [before, after] = [await streamsOf(original.id), await streamsOf(copy.id)]
    assert.deepEqual(
      after.map(({ name, type, position }: Shown) => [name, type, position]),
      before.map(({ name, type, position }: Shown) => [name, type, position]),
    )
    assert.notEqual(after[0].id, before[0].id)
    assert.notEqual(after[0].filters[0].id, before[0].filters[0].id)
    assert.equal(after[0].offers[0].stream_id, after[0].id)
    assert.deepEqual(after[0].filters[0].payload, ['MX'])
    await backend.call('POST', `/offers/${offer}/restore`)
  })

  it('of everything else are named after the original, and once more when copied twice', async () => {
    for (const [kind, methods] of [
      ['affiliate_networks', ['POST']],
      ['offers', ['POST']],
      ['landing_pages', ['PUT', 'POST']],
      ['landings', ['PUT', 'POST']],
      ['traffic_sources', ['POST']],
      ['sources', ['POST']],
    ] as const) {
      const { id } = await backend.create(kind, { name: `Twin ${kind}`, notes: 'kept' })
      for (const method of methods) {
        const { body } = await backend.call(method, `/${kind}/${id}/clone`)
        const copy = Array.isArray(body) ? body[0] : body
        assert.deepEqual([copy.name, copy.notes, copy.state], [`Copy of Twin ${kind}`, 'kept', 'active'])
      }
      assert.equal((await backend.call('POST', `/${kind}/9999/clone`)).status, 404)
    }
    const { id } = await backend.create('affiliate_networks', { name: 'Net' })
    await backend.call('DELETE', `/affiliate_networks/${id}`)
    const names = []
    for (let i = 0; i < 3; i++) names.push((await backend.call('POST', `/affiliate_networks/${id}/clone`)).body[0].name)
    assert.deepEqual(names, ['Copy of Net', 'Copy of Net (2)', 'Copy of Net (3)'])
  })

  it('of a stream come last in the campaign', async () => {
    const campaign = await campaignWith('onestream', { name: 'S', offers: [{ offer_id: offer }] })
    const [stream] = await streamsOf(campaign.id)
    const copy = (await backend.call('POST', `/streams/${stream.id}/clone`)).body
    assert.deepEqual([copy.name, copy.position, copy.campaign_id], ['Copy of S', 2, campaign.id])
    assert.notEqual(copy.offers[0].id, stream.offers[0].id)
  })

  it('of streams go to another campaign, one by one or all', async () => {
    const from = await campaignWith('from', { name: 'One' }, { name: 'Two' })
    const to = await campaignWith('to', { name: 'There' })
    const [one] = await streamsOf(from.id)
    const single = await backend.call('POST', '/streams/copy', { stream_ids: [one.id], target_campaign_id: to.id })
    assert.deepEqual(
      single.body.map(({ name, campaign_id }: Shown) => [name, campaign_id]),
      [['One', to.id]],
    )
    await backend.call('POST', '/streams/copy', { campaign_id: from.id, target_campaign_id: to.id })
    const names = (list: Shown[]) => list.map(({ name }) => name)
    assert.deepEqual(names(await streamsOf(to.id)), ['There', 'One', 'One', 'Two'])
    await backend.call('POST', '/streams/move_streams', { stream_ids: String(one.id), campaign_id: to.id })
    assert.deepEqual(names(await streamsOf(from.id)), ['Two'])
    assert.deepEqual(names(await streamsOf(to.id)), ['There', 'One', 'One', 'Two', 'One'])
  })

  it('of streams are refused when streams or target do not exist, and nothing happens', async () => {
    const version = await backend.store.version()
    for (const path of ['/streams/copy', '/streams/move_streams']) {
      for (const [body, field] of [
        [{}, 'stream_ids'],
        [{ stream_ids: [9999], target_campaign_id: 1 }, 'stream_ids'],
        [{ stream_ids: [1], target_campaign_id: 9999 }, 'target_campaign_id'],
        [{ campaign_id: 'x' }, 'stream_ids'],
      ] as const) {
        const reply = await backend.call('POST', path, body)
        assert.deepEqual([reply.status, Object.keys(reply.body)], [406, [field]])
      }
    }
    assert.equal(await backend.store.version(), version)
  })
})

describe('streams', () => {
  it('are found by name, payload, filter and campaign', async () => {
    const campaign = await campaignWith('needle-campaign', {
      name: 'Haystack',
      comments: 'with a Pin',
      filters: [{ name: 'country', mode: 'accept', payload: ['ZW'] }],
    })
    const [{ id }] = await streamsOf(campaign.id)
    for (const query of ['haystack', 'PIN', 'zw', 'needle-camp']) {
      const found = (await backend.call('GET', `/streams/search?query=${query}`)).body
      assert.deepEqual(
        found.map((stream: Shown) => stream.id),
        [id],
        query,
      )
    }
    assert.deepEqual((await backend.call('GET', '/streams/search', { query: 'nowhere' })).body, [])
    const all = (await backend.call('GET', `/streams?campaign_id=${campaign.id}`)).body
    assert.deepEqual(
      all.map((stream: Shown) => stream.id),
      [id],
    )
  })

  it('tell what was changed in them', async () => {
    const campaign = await campaignWith('history', { name: 'Before' })
    const [{ id }] = await streamsOf(campaign.id)
    await backend.call('POST', `/streams/${id}`, { name: 'After' })
    await backend.call('POST', `/streams/${id}/disable`)
    await backend.call('DELETE', `/streams/${id}`)
    const events = (await backend.call('GET', `/streams/${id}/events`)).body
    assert.deepEqual(
      events.map(({ message }: Shown) => message),
      [
        'Changed state from "disabled" to "deleted"',
        'Changed state from "active" to "disabled"',
        'Changed name from "Before" to "After"',
        'Created',
      ],
    )
    assert.partialDeepStrictEqual(events[0], { stream_id: id, datetime: '2026-02-03 14:05:09', actor: 'settings key' })
    assert.deepEqual((await backend.call('GET', `/stream/${id}/events`)).body, events)
    assert.equal((await backend.call('GET', '/streams/9999/events')).status, 404)
  })
})

describe('the archive', () => {
  it('of offers is listed and given back', async () => {
    const { id } = await backend.create('offers', { name: 'Old offer' })
    await backend.call('POST', `/offers/${id}/archive`)
    const deleted = (await backend.call('GET', '/offers/deleted')).body
    assert.ok(deleted.some((one: Shown) => one.id === id))
    assert.equal((await backend.call('POST', `/offers/${id}/restore`)).body[0].state, 'active')
  })

  it('of campaigns is emptied for good, with the streams', async () => {
    const { id } = await campaignWith('trash', { name: 'Thrown away' })
    const [{ id: stream }] = await streamsOf(id)
    await backend.call('DELETE', `/campaigns/${id}`)
    assert.deepEqual((await backend.call('POST', '/campaigns/clean_archive')).body, { success: true, deleted: 1 })
    assert.deepEqual((await backend.call('GET', '/campaigns/deleted')).body, [])
    assert.equal((await backend.call('POST', `/campaigns/${id}/restore`)).status, 404)
    assert.equal(await backend.store.get('streams', stream), null)
  })
})
