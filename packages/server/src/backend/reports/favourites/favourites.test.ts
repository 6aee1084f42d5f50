import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../../testing.ts'

type Headers = { headers: { 'api-key': string } }
const payload = { range: { interval: 'today' }, grouping: ['country'], metrics: ['clicks'] }

describe('favourite reports', () => {
  let backend: TestBackend
  let ann: Headers
  let bob: Headers
  before(async () => {
    backend = await openTestBackend()
    const someone = async (login: string, access_data: object): Promise<Headers> => {
      const password = { new_password: 'long-enough', new_password_confirmation: 'long-enough' }
      const { id } = await backend.create('users', { login, type: 'USER', access_data, ...password })
      return { headers: { 'api-key': (await backend.call('POST', `/users/${id}/api_keys`, { name: 'x' })).body.key } }
    }
    ann = await someone('ann', { reports: ['clicks', 'country', 'datetime'] })
    bob = await someone('bob', {})
  })
  after(() => backend.close())
  beforeEach(async () => {
    await backend.store.change({ actor: 'test', atMs: 0 }, async (writer) => {
      for (const { id } of await writer.listFavourites()) await writer.removeFavourite(id)
      return { ok: true, value: null }
    })
  })
  const save = async (by: Headers, more: object = {}) =>
    (await backend.call('POST', '/report/favourites', { name: 'Mine', payload, ...more }, by)).body
  const listed = async (by?: Headers): Promise<string[]> =>
    (await backend.call('GET', '/report/favourites', undefined, by)).body.map((one: { name: string }) => one.name)

  it('are saved, listed, changed and deleted', async () => {
    const saved = await save(bob, { is_shared: '1', payload: JSON.stringify(payload) })
    const [row] = (await backend.call('GET', '/report/favourites', undefined, bob)).body
    assert.deepEqual(row, saved)
    assert.partialDeepStrictEqual(saved, { name: 'Mine', is_shared: true, payload, created_at: '2026-02-03 14:05:09' })
    backend.wait(1000)
    const path = `/report/favourites/${saved.id}`
    const { body } = await backend.call('PUT', path, { name: 'Renamed', is_shared: null }, bob)
    assert.deepEqual(body, { ...saved, name: 'Renamed', updated_at: '2026-02-03 14:05:10' })
    assert.deepEqual((await backend.call('GET', path, undefined, bob)).body, body)
    assert.equal((await backend.call('POST', '/report/build', body.payload, bob)).status, 200)
    assert.deepEqual((await backend.call('DELETE', path, undefined, bob)).body, body)
    assert.equal((await backend.call('GET', path, undefined, bob)).status, 404)
  })

  it('belong to who saved them; shared ones are seen by others and changed by owner and administrators', async () => {
    const own = await save(ann, { name: 'private' })
    const shared = await save(ann, { name: 'shared', is_shared: true })
    await save(bob, { name: 'of Bob' })
    assert.deepEqual(await listed(ann), ['private', 'shared'])
    assert.deepEqual(await listed(bob), ['of Bob', 'shared'])
    assert.deepEqual(await listed(), ['shared'])
    for (const [by, id, status] of [
      [bob, own.id, 404],
      [bob, shared.id, 403],
      [undefined, own.id, 404],
    ] as const)
      for (const method of ['PUT', 'DELETE'] as const)
        assert.equal((await backend.call(method, `/report/favourites/${id}`, { name: 'x' }, by)).status, status)
    const { body } = await backend.call('PUT', `/report/favourites/${shared.id}`, { name: 'tidied' })
    assert.deepEqual([body.name, body.user_id], ['tidied', shared.user_id])
    assert.deepEqual(await listed(ann), ['private', 'tidied'])
  })

  it('outlive their user where they are shared', async () => {
    const { id } = await backend.create('users', { login: 'eve', type: 'USER', password: 'long-enough' })
    const made = { userId: id, isShared: false, name: 'hers', payload }
    await backend.store.change({ actor: 'test', atMs: 0 }, async (writer) => {
      await writer.insertFavourite(made)
      await writer.insertFavourite({ ...made, isShared: true, name: 'for all' })
      return { ok: true, value: null }
    })
    await backend.call('DELETE', `/users/${id}`)
    const left = await backend.store.listFavourites()
    assert.deepEqual(
      left.map(({ name, userId }) => [name, userId]),
      [['for all', null]],
    )
  })

  it('are refused like the report itself, with field and cure, and nothing is saved', async () => {
    for (const [body, field, words] of [
      [{ payload }, 'name', /required/],
      [{ name: ' ', payload }, 'name', /required/],
      [{ name: 'x'.repeat(300), payload }, 'name', /at most 255/],
      [{ name: 'x' }, 'payload', /must be a request/],
      [{ name: 'x', payload: [] }, 'payload', /must be a request/],
      [{ name: 'x', payload: '{"range":' }, 'payload', /must be a request/],
      [{ name: 'x', payload: { grouping: ['country'] } }, 'payload.range', /Name a range or a limit/],
      [{ name: 'x', payload: { ...payload, grouping: ['weather'] } }, 'payload.grouping', /weather/],
      [{ name: 'x', payload: { ...payload, range: { interval: 'tday' } } }, 'payload.range.interval', /mean today/],
      [{ name: 'x', payload: { ...payload, range: { from: '3.2.2026' } } }, 'payload.range.from', /not a date/],
      [{ name: 'x', payload: { ...payload, limit: -1 } }, 'payload.limit', /whole number/],
      [{ name: 'x', payload: { ...payload, note: 'x'.repeat(60_000) } }, 'payload', /at most 50000/],
      [{ name: 'x', payload, is_shared: 'perhaps' }, 'is_shared', /true or false/],
    ] as const) {
      const reply = await backend.call('POST', '/report/favourites', body)
      assert.equal(reply.status, 406, JSON.stringify(reply.body))
      assert.match(reply.body[field]?.[0] ?? JSON.stringify(reply.body), words)
    }
    const forbidden = { ...payload, filters: [{ name: 'ip', operator: 'EQUALS', expression: '192.0.2.1' }] }
    const reply = await backend.call('POST', '/report/favourites', { name: 'x', payload: forbidden }, ann)
    assert.equal(reply.status, 403)
    assert.deepEqual(await backend.store.listFavourites(), [])
  })

  it('tell of names that the report will leave out', async () => {
    const reply = await backend.app.inject({
      method: 'POST',
      url: '/admin_api/v1/report/favourites',
      ...bob,
      payload: JSON.stringify({ name: 'x', payload: { ...payload, group_by: 'country' } }),
    })
    assert.match(String(reply.headers['trackyard-hint']), /^payload: The field group_by .*did you mean grouping/)
  })
})
