import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { openTestBackend, TEST_KEY, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
  await backend.create('campaigns', { alias: 'tea', name: 'Tea' })
})
after(() => backend.close())

const post = (payload: object) =>
  backend.app.inject({
    method: 'POST',
    url: '/admin_api/v1/users',
    headers: { 'api-key': TEST_KEY },
    payload: JSON.stringify(payload),
  })

it('a password may be called password, and types come in letters of any size', async () => {
  for (const [type, meant] of Object.entries({ user: 'USER', Admin: 'ADMIN', administrator: 'ADMIN' })) {
    const reply = await post({ login: `a-${type}`, type, password: 'a long password' })
    assert.equal(reply.statusCode, 200, reply.body)
    assert.equal(reply.json().type, meant)
    assert.equal(reply.headers['trackyard-hint'], undefined)
    const login = { login: `a-${type}`, password: 'a long password' }
    assert.equal((await backend.call('POST', '/auth/login', login)).status, 200)
  }
})

it('a confirmation that differs is refused all the same', async () => {
  const reply = await post({
    login: 'b',
    type: 'user',
    password: 'a long password',
    new_password_confirmation: 'other',
  })
  assert.equal(reply.statusCode, 406)
  assert.ok('new_password_confirmation' in reply.json())
})

it('rights on what does not exist are hinted at', async () => {
  const access_data = {
    campaigns_access_type: 'to_groups_and_selected',
    campaigns_selected_entities: [1, 77, 78],
    campaigns_selected_groups: [9],
  }
  const reply = await post({ login: 'c', type: 'USER', password: 'a long password', access_data })
  assert.deepEqual([reply.headers['trackyard-hint']].flat(), [
    'access_data.campaigns_selected_entities: there is no campaign 77, 78.',
    'access_data.campaigns_selected_groups: there is no group 9.',
  ])
})

it('rights that nobody reads are hinted at', async () => {
  const access_data = { campaign_access_type: 'read_only', zebra: 1, offers_groups: [], reports: [] }
  const reply = await post({ login: 'd', type: 'USER', password: 'a long password', access_data })
  assert.equal(reply.statusCode, 200)
  assert.deepEqual([reply.headers['trackyard-hint']].flat(), [
    'access_data.campaign_access_type is not known and was ignored: did you mean campaigns_access_type?',
    'access_data.zebra is not known and was ignored.',
  ])
  const { id, access_data: shown } = reply.json()
  const back = await backend.app.inject({
    method: 'PUT',
    url: `/admin_api/v1/users/${id}/access`,
    headers: { 'api-key': TEST_KEY },
    payload: { access_data: shown },
  })
  assert.equal(back.headers['trackyard-hint'], undefined)
})

it('rights are changed with the rest of a user, whose object may be put back whole', async () => {
  const put = async (id: number, payload: object) => {
    const { method, headers } = { method: 'PUT' as const, headers: { 'api-key': TEST_KEY } }
    const reply = await backend.app.inject({ method, url: `/admin_api/v1/users/${id}`, headers, payload })
    return { status: reply.statusCode, body: reply.json(), hints: [reply.headers['trackyard-hint'] ?? []].flat() }
  }
  const user = (await post({ login: 'e', type: 'USER', password: 'a long password' })).json()
  const access_data = { campaigns_access_type: 'read_only', campaign_access_type: 'own' }
  const changed = await put(user.id, { access_data })
  assert.equal(changed.body.access_data.campaigns_access_type, 'read_only')
  assert.deepEqual(changed.hints, [
    'access_data.campaign_access_type is not known and was ignored: did you mean campaigns_access_type?',
  ])
  assert.deepEqual(await put(user.id, changed.body), { status: 200, body: changed.body, hints: [] })
  const untouched = await put(user.id, { access_data: null, login: 'e2' })
  assert.deepEqual(untouched.body.access_data, changed.body.access_data)
  const refused = await put(user.id, { login: 'e3', access_data: { offers_access_type: 'some' } })
  assert.deepEqual([refused.status, Object.keys(refused.body)], [406, ['access_data.offers_access_type']])

  const boss = (await post({ login: 'f', type: 'ADMIN', password: 'a long password' })).json()
  assert.deepEqual((await put(boss.id, boss)).hints, [])
  assert.deepEqual((await put(boss.id, { access_data })).hints, [
    'access_data was ignored: an administrator may everything.',
  ])
  await post({ login: 'g', type: 'ADMIN', password: 'a long password' })
  assert.equal((await put(boss.id, { type: 'USER' })).body.access_data.campaigns_access_type, 'none')
})
