import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

describe('/report/labels', () => {
  let backend: TestBackend
  let id = 0
  before(async () => {
    backend = await openTestBackend()
    id = (await backend.create('campaigns', { name: 'Spring', alias: 'spring' })).id
  })
  after(() => backend.close())
  const list = async (more: object = {}) =>
    (await backend.call('GET', '/report/labels', { campaign_id: id, ref_name: 'source', ...more })).body
  const set = (items: unknown, more: object = {}) =>
    backend.call('POST', '/report/labels', { campaign_id: id, ref_name: 'source', items, ...more })

  it('are set, listed by list, and removed by an empty label', async () => {
    assert.deepEqual(await list(), {})
    const { status, body } = await set({ 'bad.test': 'blacklist', 'ok.test': 'whitelist', __proto: 'whitelist' })
    assert.deepEqual([status, body], [200, { success: true }])
    assert.deepEqual(await list(), { __proto: 'whitelist', 'bad.test': 'blacklist', 'ok.test': 'whitelist' })
    assert.deepEqual(await list({ label_name: 'blacklist' }), { 'bad.test': 'blacklist' })
    assert.deepEqual(await list({ ref_name: 'sub_id_1' }), {})
    await set({ 'bad.test': '', 'ok.test': { 'ok.test': 'blacklist' }, __proto: null })
    assert.deepEqual(await list(), { 'ok.test': 'blacklist' })
    const audit = await backend.store.listAudit({ limit: 1, kind: 'labels' })
    assert.partialDeepStrictEqual(audit[0], { entityId: id, after: { ref_name: 'source' } })
    const version = await backend.store.version()
    await set({ 'ok.test': 'blacklist' })
    assert.equal(await backend.store.version(), version)
  })

  it('take values of every shape, as many as there are', async () => {
    const values = ["'; DROP TABLE labels", 'constructor', 'ü\u0000', '%', '']
    const many = Array.from({ length: 1000 }, (_, index) => `site-${index}.example`)
    const items = `{${[...values, ...many].map((value) => `${JSON.stringify(value)}:"whitelist"`).join(',')}}`
    const payload = `{"campaign_id":${id},"ref_name":"keyword","items":${items}}`
    assert.equal((await backend.call('POST', '/report/labels', payload)).status, 200)
    const stored = await backend.store.listLabels({ campaignId: id, refName: 'keyword' })
    assert.deepEqual([...stored.keys()].toSorted(), [...values, ...many].toSorted())
  })

  it('tell what is wrong, and nothing is written', async () => {
    const before = await list()
    for (const [payload, at] of [
      [{ campaign_id: null }, 'campaign_id'],
      [{ campaign_id: 'x' }, 'campaign_id'],
      [{ ref_name: null }, 'ref_name'],
      [{ ref_name: 'country' }, 'ref_name'],
      [{ ref_name: "source' OR 1=1" }, 'ref_name'],
      [{ items: null }, 'items'],
      [{ items: ['a'] }, 'items'],
      [{ items: 'a=blacklist' }, 'items'],
      [{ items: { good: 'whitelist', a: 'greylist' } }, 'items.a'],
      [{ items: { a: ['blacklist'] } }, 'items.a'],
      [{ items: { ['x'.repeat(1001)]: 'blacklist' } }, `items.${'x'.repeat(50)}`],
    ] as const) {
      const { status, body } = await set({}, payload)
      assert.equal(status, 406, JSON.stringify(payload))
      assert.deepEqual(Object.keys(body), [at])
    }
    assert.equal((await set({}, { campaign_id: 999 })).status, 404)
    for (const [payload, status] of [
      [{ label_name: 'greylist' }, 406],
      [{ ref_name: 'os' }, 406],
      [{ campaign_id: 999 }, 404],
      [{ ref_name: '' }, 400],
      [{ campaign_id: null }, 400],
    ] as const)
      assert.equal(
        (await backend.call('GET', '/report/labels', { campaign_id: id, ref_name: 'source', ...payload })).status,
        status,
      )
    const { status, body } = await backend.call('GET', '/report/labels')
    assert.equal(status, 400)
    assert.match(body.error, /campaign_id and ref_name/)
    assert.deepEqual(await list(), before)
  })
})
