import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

const password = { new_password: 'long-enough', new_password_confirmation: 'long-enough' }
const as = (key: string, remoteAddress = '127.0.0.1') => ({ headers: { 'api-key': key }, remoteAddress })

describe('users', () => {
  it('are made, shown alike in list and single, changed and deleted for good', async () => {
    const kim = await backend.create('users', {
      login: 'kim',
      type: 'USER',
      ...password,
      preferences: { language: 'en', timezone: 'Europe/Madrid', first_weekday: 1 },
    })
    assert.partialDeepStrictEqual(kim, {
      login: 'kim',
      type: 'USER',
      state: 'active',
      key_count: 0,
      keyCount: 0,
      preferences: { first_weekday: '1' },
      access_data: { campaigns_access_type: 'none' },
    })
    assert.doesNotMatch(JSON.stringify(kim), /scrypt|password/i)
    assert.deepEqual((await backend.call('GET', `/users/${kim.id}`)).body, kim)
    assert.deepEqual((await backend.call('GET', '/users')).body.at(-1), kim)
    const changed = await backend.call('PUT', `/users/${kim.id}`, { preferences: { language: 'ru' } })
    assert.partialDeepStrictEqual(changed.body.preferences, { language: 'ru', timezone: 'Europe/Madrid' })
    const access_data = { campaigns_access_type: 'to_groups_and_selected', campaigns_selected_groups: ['4'] }
    const granted = await backend.call('PUT', `/users/${kim.id}/access`, { access_data })
    assert.deepEqual(granted.body.access_data.campaigns_selected_groups, [4])
    assert.equal((await backend.call('DELETE', `/users/${kim.id}`)).status, 200)
    for (const method of ['GET', 'DELETE'] as const)
      assert.equal((await backend.call(method, `/users/${kim.id}`)).status, 404)
    assert.equal((await backend.call('GET', '/users/0')).status, 404)
  })

  it('are refused with the field and the cure', async () => {
    await backend.create('users', { login: 'Taken', type: 'USER', ...password })
    const ok = { login: 'new', type: 'USER', ...password }
    const cases: readonly [object, string][] = [
      [{}, 'login'],
      [{ ...ok, login: 'a b' }, 'login'],
      [{ ...ok, login: 'taken' }, 'login'],
      [{ ...ok, type: 'ROOT' }, 'type'],
      [{ ...ok, new_password: 'short', new_password_confirmation: 'short' }, 'new_password'],
      [{ ...ok, new_password_confirmation: 'other' }, 'new_password_confirmation'],
      [{ ...ok, preferences: { timezone: 'Moon/Base' } }, 'preferences.timezone'],
      [{ ...ok, access_data: { offers_access_type: 'some' } }, 'access_data.offers_access_type'],
      [{ ...ok, access_data: { offers_selected_entities: ['x'] } }, 'access_data.offers_selected_entities'],
      [{ ...ok, access_data: { resources: ['nowhere'] } }, 'access_data.resources'],
    ]
    for (const [input, field] of cases) {
      const { status, body } = await backend.call('POST', '/users', input)
      assert.deepEqual([status, Array.isArray(body[field])], [406, true], JSON.stringify([input, body]))
    }
  })

  it('keep their last active administrator', async () => {
    const own = await openTestBackend()
    const boss = await own.create('users', { login: 'boss', type: 'ADMIN', ...password })
    assert.equal((await own.call('DELETE', `/users/${boss.id}`)).status, 406)
    assert.ok((await own.call('PUT', `/users/${boss.id}`, { type: 'USER' })).body.type)
    assert.ok((await own.call('PUT', `/users/${boss.id}`, { state: 'disabled' })).body.state)
    assert.equal((await own.call('GET', `/users/${boss.id}`)).body.state, 'active')
    await own.create('users', { login: 'second', type: 'ADMIN', ...password })
    assert.equal((await own.call('DELETE', `/users/${boss.id}`)).status, 200)
    await own.close()
  })

  it('see who they are', async () => {
    assert.partialDeepStrictEqual((await backend.call('GET', '/users/me')).body, { login: 'admin', type: 'ADMIN' })
  })
})

describe('API keys', () => {
  const makeUser = (login: string) => backend.create('users', { login, type: 'ADMIN', ...password })

  it('are shown once, listed with prefix and last use, and stop at once when deleted', async () => {
    const { id } = await makeUser('owner')
    const made = await backend.call('POST', `/users/${id}/api_keys`, { name: 'n8n', dialect: '2017' })
    assert.match(made.body.key, /^[0-9a-f]{48}$/)
    const [before] = (await backend.call('GET', `/users/${id}/api_keys`)).body
    assert.partialDeepStrictEqual(before, { name: 'n8n', dialect: '2017', read_only: false, last_used_at: null })
    assert.ok(made.body.key.startsWith(before.prefix) && before.prefix.length < 10)
    assert.equal((await backend.call('GET', '/users/me', undefined, as(made.body.key))).body.login, 'owner')
    const [used] = (await backend.call('GET', '/api_keys', undefined, as(made.body.key))).body
    assert.equal(used.last_used_at, '2026-02-03 14:05:09')
    assert.doesNotMatch(JSON.stringify(used), new RegExp(made.body.key))
    assert.equal((await backend.call('GET', `/users/${id}`)).body.key_count, 1)
    assert.equal((await backend.call('DELETE', `/users/${id}/api_keys/${used.id}`)).status, 200)
    assert.equal((await backend.call('GET', '/users/me', undefined, as(made.body.key))).status, 401)
  })

  it('are held to their limits, with words', async () => {
    const own = await openTestBackend()
    const { id } = await own.create('users', { login: 'limited', type: 'ADMIN', ...password })
    const make = async (limits: object): Promise<string> =>
      (await own.call('POST', `/users/${id}/api_keys`, { name: 'k', ...limits })).body.key
    const reader = await make({ read_only: '1' })
    assert.equal((await own.call('GET', '/offers', undefined, as(reader))).status, 200)
    assert.match((await own.call('POST', '/offers', { name: 'x' }, as(reader))).body.error, /read-only/)
    const home = await make({ ip_allow_list: ['10.1.0.0/16', '2001:db8::1'] })
    assert.equal((await own.call('GET', '/offers', undefined, as(home, '10.1.2.3'))).status, 200)
    assert.equal((await own.call('GET', '/offers', undefined, as(home, '2001:db8::1'))).status, 200)
    const foreign = await own.call('GET', '/offers', undefined, as(home, '10.2.2.3'))
    assert.deepEqual([foreign.status, /10\.2\.2\.3/.test(foreign.body.error)], [403, true])
    assert.equal((await own.call('POST', '/api_keys', { name: 'wider' }, as(home, '10.1.2.3'))).status, 403)
    assert.equal((await own.call('POST', '/users', {}, as(home, '10.1.2.3'))).status, 403)
    const brief = await make({ expires_at: new Date(TEST_NOW_MS + 60_000).toISOString() })
    assert.equal((await own.call('GET', '/offers', undefined, as(brief))).status, 200)
    own.wait(60_000)
    const late = await own.call('GET', '/offers', undefined, as(brief))
    assert.deepEqual([late.status, /expired/.test(late.body.error)], [401, true])
    await own.call('PUT', `/users/${id}`, { state: 'disabled' })
    const spare = await own.create('users', { login: 'spare', type: 'ADMIN', ...password })
    assert.ok(spare.id)
    assert.equal((await own.call('PUT', `/users/${id}`, { state: 'disabled' })).status, 200)
    assert.equal((await own.call('GET', '/offers', undefined, as(reader))).status, 401)
    await own.close()
  })

  it('are refused when their limits cannot be read', async () => {
    const { id } = await makeUser('strict')
    for (const [field, value] of [
      ['name', ''],
      ['dialect', '2018'],
      ['read_only', 'maybe'],
      ['ip_allow_list', ['10.0.0.0/99']],
      ['ip_allow_list', 7],
      ['expires_at', 'tomorrow'],
      ['expires_at', '2020-01-01'],
    ] as const) {
      const { status, body } = await backend.call('POST', `/users/${id}/api_keys`, { name: 'k', [field]: value })
      assert.deepEqual([status, Object.keys(body)], [406, [field]])
    }
  })

  it('choose the shapes of answers', async () => {
    const { id } = await makeUser('old')
    const { body } = await backend.call('POST', `/users/${id}/api_keys`, { name: 'old', dialect: '2017' })
    const offer = await backend.call('POST', '/offers', { name: 'Shaped' }, as(body.key))
    const modern = await backend.call('POST', '/offers', { name: 'Shaped too' })
    assert.notDeepEqual(Object.keys(offer.body), Object.keys(modern.body))
  })
})

describe('restricted users', () => {
  it('see in reports what they may: columns are left out, and refused in filters and sort', async () => {
    const { id } = await backend.create('users', { login: 'clerk', type: 'USER', ...password })
    const access_data = { campaigns_access_type: 'full_access', reports: ['campaign', 'clicks', 'sub_id'] }
    await backend.call('PUT', `/users/${id}/access`, { access_data })
    const { key } = (await backend.call('POST', `/users/${id}/api_keys`, { name: 'k' })).body
    const ask = (body: object) =>
      backend.call('POST', '/report/build', { range: { interval: 'today' }, grouping: ['campaign'], ...body }, as(key))
    backend.answer = { rows: [{ d0: 1, c0: 5 }], totals: null, rowsBeforeLimit: 1 }
    assert.deepEqual(Object.keys((await ask({ metrics: ['clicks', 'revenue'] })).body.rows[0]), ['campaign', 'clicks'])
    const filters = [{ name: 'revenue', operator: 'GREATER_THAN', expression: 1 }]
    assert.equal((await ask({ metrics: ['clicks'], filters })).status, 403)
    assert.equal((await ask({ metrics: ['clicks'], sort: [{ name: 'cost', order: 'desc' }] })).status, 403)
    assert.equal((await ask({ grouping: [], metrics: ['confirmed_revenue', 'clicks'] })).status, 200)
    const definition = await backend.call('GET', '/report/definition', undefined, as(key))
    assert.deepEqual(
      definition.body.metrics.map((one: { name: string }) => one.name),
      ['clicks'],
    )
    assert.equal((await backend.call('GET', '/logs/postbacks', undefined, as(key))).status, 403)
  })

  it('open only the sections they were given', async () => {
    const { id } = await backend.create('users', { login: 'narrow', type: 'USER', ...password })
    const access_data = { campaigns_access_type: 'own', offers_access_type: 'own', resources: ['campaigns'] }
    await backend.call('PUT', `/users/${id}/access`, { access_data })
    const { key } = (await backend.call('POST', `/users/${id}/api_keys`, { name: 'k' })).body
    const status = async (path: string) => (await backend.call('GET', path, undefined, as(key))).status
    assert.deepEqual(
      await Promise.all(['/campaigns', '/offers', '/campaigns/deleted', '/logs/postbacks', '/api_keys'].map(status)),
      [200, 403, 403, 403, 403],
    )
  })
})

describe('the audit log', () => {
  it('tells who changed what, by which key and from where, secrets masked', async () => {
    const { id } = await backend.create('users', { login: 'auditor', type: 'ADMIN', ...password })
    const { body: key } = await backend.call('POST', `/users/${id}/api_keys`, { name: 'audited' })
    const made = await backend.call('POST', '/campaigns', { name: 'Seen', alias: 'seen' }, as(key.key, '192.0.2.7'))
    await backend.call('PUT', `/campaigns/${made.body.id}`, { name: 'Seen again' }, as(key.key))
    await backend.call('DELETE', `/campaigns/${made.body.id}`, undefined, as(key.key))
    await backend.call('POST', `/campaigns/${made.body.id}/restore`, undefined, as(key.key))
    const { body } = await backend.call('GET', `/logs/audit?entity=campaigns:${made.body.id}&user=auditor`)
    assert.deepEqual(
      body.map((row: { action: string }) => row.action),
      ['restore', 'archive', 'update', 'create'],
    )
    const [, , update, create] = body
    assert.partialDeepStrictEqual(create, { user_id: id, key_id: key.id, ip: '192.0.2.7', via: 'api', before: null })
    assert.partialDeepStrictEqual(update, { before: { name: 'Seen' }, after: { name: 'Seen again' } })
    assert.equal(create.after.token, '********')
    const all = JSON.stringify((await backend.call('GET', '/logs/audit?limit=1000')).body)
    assert.doesNotMatch(all, /scrypt\$/)
    assert.ok(!all.includes(key.key))
    assert.equal((await backend.call('GET', '/logs/audit?query=Seen%20again&limit=1')).body.length, 1)
    assert.equal((await backend.call('GET', '/logs/audit?query=100%25')).body.length, 0)
    await backend.call('PUT', `/users/${id}`, password)
    const [changed] = (await backend.call('GET', `/logs/audit?entity=users:${id}&limit=1`)).body
    assert.equal(changed.after.passwordHash, '******** (changed)')
  })
})
