import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { createApiKey } from './auth/api-keys.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from './testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
  await backend.create('offers', { name: 'First' })
})
after(() => backend.close())

describe('authentication', () => {
  const get = (headers: Record<string, string>) => backend.app.inject({ url: '/admin_api/v1/offers', headers })

  it('takes the key as Api-Key or Bearer', async () => {
    assert.equal((await get({ 'api-key': TEST_KEY })).statusCode, 200)
    assert.equal((await get({ 'API-KEY': ` ${TEST_KEY} ` })).statusCode, 200)
    assert.equal((await get({ authorization: `Bearer ${TEST_KEY}` })).statusCode, 200)
    assert.equal((await get({ authorization: `bearer ${TEST_KEY}` })).statusCode, 200)
  })

  it('refuses all else with 401 and JSON, for paths that do not exist too', async () => {
    for (const headers of [
      {},
      { 'api-key': '' },
      { 'api-key': 'wrong' },
      { authorization: TEST_KEY },
      { authorization: 'Basic x' },
    ]) {
      const reply = await get(headers as Record<string, string>)
      assert.equal(reply.statusCode, 401)
      assert.equal(typeof reply.json().error, 'string')
    }
    const unknown = await backend.app.inject({ url: '/admin_api/v1/nothing' })
    assert.equal(unknown.statusCode, 401)
  })

  it('knows keys that were made, and notes their use', async () => {
    const made = await createApiKey(backend.store, 'n8n', TEST_NOW_MS)
    assert.ok(made.ok)
    assert.match(made.value, /^[0-9a-f]{48}$/)
    assert.equal((await get({ 'api-key': made.value })).statusCode, 200)
    const { createHash } = await import('node:crypto')
    const row = await backend.store.findApiKey(createHash('sha256').update(made.value).digest('hex'))
    assert.deepEqual([row?.name, row?.lastUsedAtMs], ['n8n', TEST_NOW_MS])
  })
})

describe('requests', () => {
  const name = (reply: { body: { name: string } }) => reply.body.name

  it('are read as JSON whatever their content type says', async () => {
    for (const type of [
      'application/json; charset=UTF-8',
      'application/x-www-form-urlencoded',
      'text/plain',
      'nonsense',
      'Application/JSON',
    ]) {
      const reply = await backend.call('POST', '/offers', { name: type }, { headers: { 'content-type': type } })
      assert.deepEqual([reply.status, name(reply)], [200, type])
    }
    const bare = await backend.app.inject({
      method: 'POST',
      url: '/admin_api/v1/offers',
      payload: Buffer.from('{"name":"bare"}'),
      headers: { 'api-key': TEST_KEY },
    })
    assert.equal(bare.json().name, 'bare')
  })

  it('are read as forms', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    assert.equal(name(await backend.call('POST', '/offers', 'name=Form+X&payout_auto=0', { headers })), 'Form X')
    const stream = await backend.call(
      'POST',
      '/streams',
      'campaign_id=77&filters[0][name]=country&filters[0][mode]=accept',
      { headers },
    )
    assert.deepEqual(stream.body, { campaign_id: ['There is no campaign 77'] })
  })

  it('carry parameters in the query, in the body, or both; the body wins', async () => {
    assert.equal(name(await backend.call('POST', '/offers?name=Query')), 'Query')
    assert.equal(name(await backend.call('POST', '/offers?name=Query', { name: 'Body' })), 'Body')
    const all = (await backend.call('GET', '/campaigns')).body
    assert.deepEqual((await backend.call('GET', '/campaigns', { limit: '5' })).body, all, 'GET with a body')
    assert.equal((await backend.call('GET', '/offers?')).status, 200)
  })

  it('may have trailing and doubled slashes and empty bodies', async () => {
    for (const path of ['/offers/', '//offers', '/offers//1', '/offers/1/'])
      assert.equal((await backend.call('GET', path)).status, 200, path)
    const { id } = await backend.create('offers', { name: 'Gone' })
    for (const body of ['', '[]', 'null', '{}', undefined])
      assert.equal((await backend.call('DELETE', `/offers/${id}`, body)).status, 200, body)
  })

  it('that are not JSON are refused with the position', async () => {
    const reply = await backend.call('POST', '/offers', '{"name": "x",\n "notes": }')
    assert.deepEqual(reply, { status: 400, body: { error: 'The body is not valid JSON: see line 2, column 11.' } })
    for (const body of ['[1]', '"text"', '5', '{"a"', '[{"name":"x"}]', '\u0000']) {
      assert.equal((await backend.call('POST', '/offers', body)).status, 400, body)
    }
  })

  it('that are too large are refused', async () => {
    const reply = await backend.call('POST', '/campaigns', { name: 'x', notes: 'y'.repeat(200_000) })
    assert.deepEqual([reply.status, Object.keys(reply.body)], [413, ['error']])
    const stranger = await backend.app.inject({
      method: 'POST',
      url: '/admin_api/v1/offers',
      payload: 'y'.repeat(200_000),
    })
    assert.equal(stranger.statusCode, 401, 'strangers are turned away first')
  })

  it('for what does not exist are answered 404 with JSON', async () => {
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['PATCH', '/offers/1'],
      ['DELETE', '/offers'],
      ['GET', ''],
      ['GET', '/offers/1/nothing'],
    ] as const) {
      const reply = await backend.call(method, path)
      assert.deepEqual([reply.status, Object.keys(reply.body)], [404, ['error']], `${method} ${path}`)
    }
    const outside = await backend.app.inject({ url: '/elsewhere' })
    assert.deepEqual([outside.statusCode, Object.keys(outside.json())], [404, ['error']])
  })

  it('with broken addresses are answered 400', async () => {
    const reply = await backend.app.inject({ url: '/admin_api/v1/offers/%zz', headers: { 'api-key': TEST_KEY } })
    assert.equal(reply.statusCode, 400)
    assert.equal(typeof reply.json().error, 'string')
  })

  it('never end in a 500, whatever is in them', async () => {
    const kinds = [
      'campaigns',
      'streams',
      'offers',
      'landing_pages',
      'affiliate_networks',
      'traffic_sources',
      'domains',
      'report/build',
      'clicks/log',
    ]
    const field = fc.constantFrom(
      'name',
      'alias',
      'state',
      'filters',
      'offers',
      'landings',
      'parameters',
      'payout_value',
      'cost_value',
      'country',
      'campaign_id',
      'url',
      'action_payload',
      'action_type',
      'action_options',
      'group_id',
      'range',
      'limit',
      'grouping',
      'metrics',
      'sort',
      'columns',
      '__proto__',
      'id',
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), fc.dictionary(field, fc.jsonValue()), async (kind, body) => {
        const { status } = await backend.call('POST', `/${kind}`, JSON.stringify(body))
        assert.ok([200, 400, 406].includes(status), String(status))
      }),
      { numRuns: 150 },
    )
  })
})

describe('answers', () => {
  it('carry security headers', async () => {
    for (const url of ['/admin_api/v1/offers', '/admin/', '/nothing']) {
      const { headers } = await backend.app.inject({ url })
      assert.match(String(headers['content-security-policy']), /default-src 'none'/)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['x-frame-options'], 'DENY')
      assert.equal(headers['cache-control'], 'no-store')
    }
  })

  it('list a thousand campaigns in a moment', async () => {
    const { parseNewFields } = await import('@trackyard/core/entities/parse.ts')
    await backend.store.change({ actor: 'test', atMs: 1 }, async (writer) => {
      for (let i = 0; i < 1000; i++) {
        const fields = parseNewFields('campaigns', { alias: `many-${i}`, name: `Many ${i}` })
        assert.ok(fields.ok)
        await writer.insert('campaigns', fields.value)
      }
      return { ok: true, value: null }
    })
    await backend.call('GET', '/campaigns')
    const before = process.threadCpuUsage()
    const { body } = await backend.call('GET', '/campaigns')
    assert.ok(body.length >= 1000)
    assert.ok(process.threadCpuUsage(before).user < 500_000)
  })
})
