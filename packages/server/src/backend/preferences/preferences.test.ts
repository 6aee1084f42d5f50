import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ok } from '@trackyard/core/result.ts'
import { NEW_USER } from '../auth/api-keys.ts'
import { openTestBackend, type TestBackend } from '../testing.ts'

describe('/preferences', () => {
  let backend: TestBackend
  let key = ''
  let userId = 0
  before(async () => {
    backend = await openTestBackend()
    const made = await backend.store.change({ actor: 'test', atMs: 1 }, async (writer) =>
      ok(await writer.insertUser({ ...NEW_USER, login: 'ann', type: 'USER' })),
    )
    assert.ok(made.ok)
    userId = made.value.id
    key = (await backend.call('POST', `/users/${userId}/api_keys`, { name: 'k' })).body.key
  })
  after(() => backend.close())
  const call = (method: 'GET' | 'PUT', payload?: unknown) =>
    backend.call(method, '/preferences', payload, { headers: { 'api-key': key } })

  it('belong to the user, are merged by name, and stay out of audit log and version', async () => {
    assert.deepEqual((await call('GET')).body, {})
    const version = await backend.store.version()
    const rows = (await backend.store.listAudit({ limit: 1000 })).length
    const columns = { clicks: ['datetime', 'ip'], reports: [] }
    assert.deepEqual((await call('PUT', { language: 'ru', columns, first_weekday: 1 })).body, {
      language: 'ru',
      columns,
      first_weekday: '1',
    })
    assert.deepEqual((await call('PUT', { language: null, favourites: [1] })).body, {
      columns,
      first_weekday: '1',
      favourites: [1],
    })
    assert.deepEqual((await call('GET')).body, { columns, first_weekday: '1', favourites: [1] })
    assert.deepEqual((await backend.store.getUser(userId))?.preferences.favourites, [1])
    assert.equal(await backend.store.version(), version)
    assert.equal((await backend.store.listAudit({ limit: 1000 })).length, rows)
  })

  it('tell what is wrong, and nothing is written', async () => {
    const before = (await call('GET')).body
    for (const [payload, at] of [
      [{ timezone: 'Mars/Base' }, 'timezone'],
      [{ language: 'English', x: 1 }, 'language'],
      [{ first_weekday: 8 }, 'first_weekday'],
      [{ columns: 'x'.repeat(66_000) }, 'preferences'],
    ] as const) {
      const { status, body } = await call('PUT', payload)
      assert.deepEqual([status, Object.keys(body)], [406, [at]])
    }
    assert.equal((await call('PUT', '[1]')).status, 400)
    assert.deepEqual((await call('GET')).body, before)
    // The key from the settings belongs to nobody here.
    assert.deepEqual((await backend.call('GET', '/preferences')).body, {})
    assert.equal((await backend.call('PUT', '/preferences', { a: 1 })).status, 403)
  })
})
