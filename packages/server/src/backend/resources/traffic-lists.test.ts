import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

const rows = [{ name: 'country', mode: 'accept', payload: ['US'] }]

describe('/blacklist', () => {
  it('is created, read, changed, switched off and deleted', async () => {
    const campaign = await backend.create('campaigns', { alias: 'bl', name: 'Bl' })
    const made = await backend.create('blacklist', {
      type: 'CIDR',
      value: '203.0.113.0/24\n198.51.100.7',
      action: 'Flag',
      campaigns: String(campaign.id),
      comment: 'lab',
      expires_at: '2031-01-31 10:00',
    })
    assert.partialDeepStrictEqual(made, {
      type: 'ip',
      value: '203.0.113.0/24\n198.51.100.7',
      action: 'flag',
      campaign_ids: [campaign.id],
      notes: 'lab',
      expires_at: '2031-01-31 10:00:00',
      state: 'active',
    })
    const path = `/blacklist/${made.id}`
    assert.deepEqual((await backend.call('GET', path)).body, made)
    assert.deepEqual((await backend.call('GET', '/blacklist')).body, [made])
    assert.deepEqual((await backend.call('PUT', path, made)).body, made, 'a whole object can be put back')
    assert.partialDeepStrictEqual((await backend.call('PUT', path, { action: 'block', campaign_ids: [] })).body, {
      action: 'block',
      campaign_ids: [],
      type: 'ip',
    })
    assert.equal((await backend.call('POST', `${path}/disable`)).body.state, 'disabled')
    assert.equal((await backend.call('POST', `${path}/enable`)).body.state, 'active')
    assert.equal((await backend.call('DELETE', path)).body.id, made.id)
    assert.equal((await backend.call('GET', path)).status, 404)
    assert.deepEqual((await backend.call('GET', '/blacklist')).body, [])
  })
  it('takes the short forms clients have', async () => {
    assert.partialDeepStrictEqual(await backend.create('blacklist', { ip: '1.2.3.4' }), { type: 'ip', action: 'block' })
    assert.partialDeepStrictEqual(await backend.create('blacklist', { user_agent: '*probe*', action: 'flag' }), {
      type: 'user_agent',
      value: '*probe*',
    })
    for (const expires_at of [1_924_905_600, 1_924_905_600_000, '2030-12-31', '2030-12-31T02:00:00+02:00'])
      assert.partialDeepStrictEqual(await backend.create('blacklist', { ip: '1.2.3.4', expires_at }), {
        expires_at: '2030-12-31 00:00:00',
      })
    assert.partialDeepStrictEqual(await backend.create('blacklist', { value: ['1.1.1.1', '2.2.2.2'] }), {
      value: '1.1.1.1\n2.2.2.2',
    })
  })
  it('of a user is about campaigns this user may change, and about no others', async () => {
    const theirs = await backend.create('campaigns', { alias: 'theirs', name: 'Theirs' })
    const mine = await backend.create('campaigns', { alias: 'mine', name: 'Mine' })
    const made = await backend.store.change({ actor: 'test', atMs: 1 }, async (writer) => ({
      ok: true,
      value: await writer.insertUser({
        ...{ login: 'buyer', passwordHash: '', type: 'USER', state: 'active', preferences: {} },
        ...{ totpSecret: '', totpPending: '', totpLastStep: 0 },
        access: {
          blacklist_access_type: 'own',
          campaigns_access_type: 'to_groups_and_selected',
          campaigns_selected_entities: [mine.id],
        },
      }),
    }))
    assert.ok(made.ok)
    const { key } = (await backend.call('POST', `/users/${made.value.id}/api_keys`, { name: 'k' })).body
    const options = { headers: { 'api-key': key } }
    const create = (campaign_ids: unknown) =>
      backend.call('POST', '/blacklist', { ip: '1.2.3.4', campaign_ids }, options)
    for (const ids of [undefined, [], [theirs.id], [mine.id, theirs.id]]) {
      const { status, body } = await create(ids)
      assert.equal(status, 406, JSON.stringify(ids))
      assert.match(Object.keys(body).join(), /^campaign_ids/)
    }
    const own = await create([mine.id])
    assert.equal(own.status, 200)
    const everywhere = await backend.call('PUT', `/blacklist/${own.body.id}`, { campaign_ids: [] }, options)
    assert.equal(everywhere.status, 406)
    assert.equal((await backend.call('GET', '/botlist', undefined, options)).status, 200)
    assert.equal((await backend.call('PUT', '/botlist', { value: '1.2.3.4' }, options)).status, 403)
    assert.equal((await backend.call('POST', '/filters', { name: 'x', filters: rows }, options)).status, 403)
  })
  it('refuses bad input by name of the field and keeps nothing of it', async () => {
    const before = (await backend.call('GET', '/blacklist')).body.length
    const cases: readonly [input: object, fields: string[]][] = [
      [{}, ['value']],
      [{ value: '' }, ['value']],
      [{ value: { a: 1 } }, ['value']],
      [{ value: '1.2.3.999' }, ['value']],
      [{ value: "1' OR '1'='1" }, ['value']],
      [{ type: 'cloak', value: 'x' }, ['type']],
      [{ type: 7, value: '1.2.3.4' }, ['type']],
      [{ type: 'sub_id_31', value: 'x' }, ['type']],
      [{ type: 'parameter', value: 'x' }, ['parameter']],
      [{ type: 'keyword', value: '/(/' }, ['value']],
      [{ type: 'user_agent', value: '*' }, ['value']],
      [{ type: 'country', value: 'Germany' }, ['value']],
      [{ value: '1.2.3.4', action: 'redirect' }, ['action']],
      [{ value: '1.2.3.4', campaign_ids: [999] }, ['campaign_ids.0']],
      [{ value: '1.2.3.4', campaign_ids: 'x' }, ['campaign_ids.0']],
      [{ value: '1.2.3.4', campaign_ids: { a: 1 } }, ['campaign_ids']],
      [{ value: '1.2.3.4', expires_at: 'soon' }, ['expires_at']],
      [{ value: '1.2.3.4', expires_at: {} }, ['expires_at']],
      [{ value: '1.2.3.4', expires_at: 1e300 }, ['expires_at']],
      [{ value: '1.2.3.4', expires_at: -1 }, ['expires_at']],
      [{ value: '1.2.3.4', expires_at: '2031-99-99' }, ['expires_at']],
      [{ value: '1.2.3.4', state: 'sleeping' }, ['state']],
      [{ value: Array.from({ length: 10_001 }, () => '1.1.1.1').join('\n') }, ['value']],
    ]
    for (const [input, fields] of cases) {
      const { status, body } = await backend.call('POST', '/blacklist', input)
      assert.deepEqual([status, Object.keys(body)], [406, fields], JSON.stringify([input, body]).slice(0, 300))
    }
    for (const path of ['/blacklist/999', '/blacklist/x']) {
      assert.equal((await backend.call('GET', path)).status, 404)
      assert.equal((await backend.call('PUT', path, { value: '1.2.3.4' })).status, 404)
      assert.equal((await backend.call('DELETE', path)).status, 404)
    }
    assert.equal((await backend.call('GET', '/blacklist')).body.length, before)
  })
})

describe('/filters', () => {
  it('hold filters that streams name; a set in use is not deleted', async () => {
    const set = await backend.create('filters', { name: 'US people', filters: rows, filter_or: '1' })
    assert.partialDeepStrictEqual(set, { name: 'US people', filter_or: true, filters: rows, streams_count: 0 })
    const campaign = await backend.create('campaigns', { alias: 'sets', name: 'Sets' })
    const stream = await backend.create('streams', {
      campaign_id: campaign.id,
      schema: 'redirect',
      action_payload: 'https://a.example/',
      filters: [{ name: 'filter_set', mode: 'allow', payload: [String(set.id)] }],
    })
    assert.equal((await backend.call('GET', `/filters/${set.id}`)).body.streams_count, 1)
    const refused = await backend.call('DELETE', `/filters/${set.id}`)
    assert.equal(refused.status, 406)
    assert.match(refused.body.id[0], new RegExp(`used by stream ${stream.id} \\(campaign ${campaign.id}\\)`))
    assert.equal(
      (await backend.call('PUT', `/filters/${set.id}`, { name: 'US', filters: [{ name: 'bot' }] })).status,
      200,
    )
    assert.equal((await backend.call('PUT', `/streams/${stream.id}`, { filters: [] })).status, 200)
    assert.equal((await backend.call('DELETE', `/filters/${set.id}`)).status, 200)
    assert.equal((await backend.call('GET', `/filters/${set.id}`)).status, 404)
  })
  it('are refused where a stream names one that is not there', async () => {
    const campaign = await backend.create('campaigns', { alias: 'nosets', name: 'x' })
    for (const payload of [[77], 'x', [], { a: 1 }, null]) {
      const { status, body } = await backend.call('POST', '/streams', {
        campaign_id: campaign.id,
        schema: 'redirect',
        action_payload: 'https://a.example/',
        filters: [{ name: 'filter_set', payload }],
      })
      assert.equal(status, 406)
      assert.match(Object.keys(body).join(), /^filters\.0\.payload/)
    }
    assert.deepEqual((await backend.call('GET', `/campaigns/${campaign.id}/streams`)).body, [])
  })
  it('refuse bad filters, sets in sets and cloaking services', async () => {
    const cases: readonly [input: object, field: RegExp, says: RegExp][] = [
      [{ name: 'x' }, /^filters$/, /at least one/],
      [{ filters: rows }, /^name$/, /required/],
      [{ name: 'x', filters: [] }, /^filters$/, /at least one/],
      [{ name: 'x', filters: 'country' }, /^filters$/, /list/],
      [{ name: 'x', filters: [5] }, /^filters\.0$/, /./],
      [{ name: 'x', filters: [{ name: 'country' }] }, /^filters\.0\.payload/, /at least one/],
      [{ name: 'x', filters: [{ name: 'nope' }] }, /^filters\.0\.name$/, /no filter nope/],
      [{ name: 'x', filters: [{ name: 'filter_set', payload: [1] }] }, /^filters\.0\.name$/, /cannot stand in a set/],
      [{ name: 'x', filters: [{ name: 'imklo_detect', mode: 'accept' }] }, /^filters\.0\.name$/, /cloaking service/],
      [{ name: 'x', filters: [{ name: 'hide_click_detect' }] }, /^filters\.0\.name$/, /cloaking service/],
      [{ name: 'x', filters: [{ name: 'bot', mode: 'maybe' }] }, /^filters\.0\.mode$/, /accept/],
      [{ name: 'x', filters: rows, filter_or: 'perhaps' }, /^filter_or$/, /true or false/],
    ]
    for (const [input, field, says] of cases) {
      const { status, body } = await backend.call('POST', '/filters', input)
      assert.equal(status, 406, JSON.stringify(input))
      const [at = '', messages] = Object.entries<string[]>(body)[0] ?? []
      assert.match(at, field, JSON.stringify(body))
      assert.match(messages?.join(' ') ?? '', says)
    }
    await backend.create('filters', { name: 'Taken', filters: rows })
    assert.match(
      (await backend.call('POST', '/filters', { name: 'Taken', filters: rows })).body.name[0],
      /already used/,
    )
    assert.equal((await backend.call('GET', '/filters')).body.length, 1)
  })
})
