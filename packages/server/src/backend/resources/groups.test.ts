import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, TEST_KEY, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

describe('groups', () => {
  it('hold entities of one type, count them and are named by them', async () => {
    const group = await backend.create('groups', { name: 'Spring', type: 'offers' })
    assert.deepEqual(group, {
      id: group.id,
      name: 'Spring',
      type: 'offers',
      position: 1,
      count: 0,
      created_at: '2026-02-03 14:05:09',
      updated_at: '2026-02-03 14:05:09',
    })
    const offer = await backend.create('offers', { name: 'Grouped', group_id: String(group.id) })
    assert.deepEqual([offer.group_id, offer.group], [group.id, 'Spring'])
    assert.equal((await backend.call('GET', `/groups/${group.id}`)).body.count, 1)
    const page = await backend.create('landing_pages', { name: 'Elsewhere', group_id: group.id })
    assert.equal(page.group, '', 'a group of offers is none of landing pages')
  })

  it('are listed by type, campaigns when none is named, in order of position', async () => {
    await backend.create('groups', { name: 'Last', type: 'campaigns', position: 9 })
    await backend.create('groups', { name: 'First', type: 'campaigns', position: '2' })
    const names = async (path: string) =>
      (await backend.call('GET', path)).body.map(({ name }: { name: string }) => name)
    assert.deepEqual(await names('/groups'), ['First', 'Last'])
    assert.deepEqual(await names('/groups?type=campaigns'), ['First', 'Last'])
    assert.deepEqual(await names('/groups?type=offers'), ['Spring'])
    assert.deepEqual(await names('/groups?type=domains'), [])
  })

  it('of an unknown type are none, and the types there are told', async () => {
    for (const [type, hint] of [
      ['offer', 'type: there are no groups of the type "offer": did you mean offers?'],
      ['zzz', 'type: there are no groups of the type "zzz". Known: campaigns, offers, landings, domains.'],
      ['landing_pages', undefined],
      ['', undefined],
    ] as const) {
      const url = `/admin_api/v1/groups?type=${type}`
      const { statusCode, body, headers } = await backend.app.inject({ url, headers: { 'api-key': TEST_KEY } })
      assert.deepEqual([statusCode, headers['trackyard-hint']?.toString()], [200, hint])
      if (hint) assert.equal(body, '[]')
    }
    const { status, body } = await backend.call('GET', '/groups?type[]=offers')
    assert.deepEqual([status, body.error], [400, 'type: must be one of campaigns, offers, landings, domains.'])
  })

  it('refuse a name twice in a type, an unknown type and nothing at all', async () => {
    const twice = await backend.call('POST', '/groups', { name: 'First', type: 'campaigns' })
    assert.deepEqual([twice.status, Object.keys(twice.body)], [406, ['name']])
    await backend.create('groups', { name: 'First', type: 'landing_pages' })
    assert.equal((await backend.call('POST', '/groups', { name: 'x', type: 'cars' })).status, 406)
    assert.deepEqual(Object.keys((await backend.call('POST', '/groups', '[]')).body), ['name', 'type'])
  })

  it('keep their type when they are renamed', async () => {
    const group = await backend.create('groups', { name: 'Old', type: 'domains' })
    const renamed = await backend.call('PUT', `/groups/${group.id}`, { id: group.id, name: 'New', type: 'offers' })
    assert.deepEqual([renamed.body.name, renamed.body.type], ['New', 'domains'])
  })

  it('are deleted for good by either path and let their members go', async () => {
    for (const path of ['', '/delete']) {
      const group = await backend.create('groups', { name: 'Gone', type: 'campaigns' })
      const campaign = await backend.create('campaigns', { alias: `gone${path.length}`, name: 'x', group_id: group.id })
      assert.equal((await backend.call('DELETE', `/groups/${group.id}${path}`)).body.name, 'Gone')
      assert.equal((await backend.call('GET', `/groups/${group.id}`)).status, 404)
      assert.equal((await backend.call('DELETE', `/groups/${group.id}`)).status, 404)
      assert.equal((await backend.call('GET', `/campaigns/${campaign.id}`)).body.group_id, null)
    }
  })
})
