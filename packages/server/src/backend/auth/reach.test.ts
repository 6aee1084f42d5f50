import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

let backend: TestBackend
beforeEach(async () => {
  backend = await openTestBackend()
})
afterEach(() => backend.close())

/** A user of this access, as options of a call. */
async function someone(access_data: object): Promise<{ headers: { 'api-key': string } }> {
  const password = { new_password: 'long-enough', new_password_confirmation: 'long-enough' }
  const { id } = await backend.create('users', { login: 'ann', type: 'USER', access_data, ...password })
  const { body } = await backend.call('POST', `/users/${id}/api_keys`, { name: 'x' })
  return { headers: { 'api-key': body.key } }
}
const campaignOf = async (ann: object, alias: string): Promise<number> =>
  (await backend.call('POST', '/campaigns', { name: alias, alias }, ann)).body.id

describe('by a detour, users', () => {
  it('change no black list entry that is for campaigns which they may not change', async () => {
    const ann = await someone({ campaigns_access_type: 'own', blacklist_access_type: 'full_access' })
    const mine = await campaignOf(ann, 'mine')
    const theirs = (await backend.create('campaigns', { name: 'theirs', alias: 'theirs' })).id
    for (const campaign_ids of [[], [theirs], [mine, theirs]]) {
      const value = `203.0.113.${campaign_ids.length}`
      const entry = await backend.create('blacklist', { type: 'ip', value, campaign_ids })
      const path = `/blacklist/${entry.id}`
      for (const [method, url, body] of [
        ['PUT', path, { campaign_ids: [mine] }],
        ['PUT', path, { notes: 'x' }],
        ['POST', `${path}/disable`, {}],
        ['DELETE', path, {}],
      ] as const) {
        const { status } = await backend.call(method, url, body, ann)
        assert.equal(status, 403, `${method} ${url} ${JSON.stringify(body)}`)
      }
      assert.deepEqual((await backend.call('GET', path)).body, entry)
    }
    const own = (await backend.call('POST', '/blacklist', { ip: '198.51.100.1', campaign_ids: [mine] }, ann)).body
    assert.equal((await backend.call('PUT', `/blacklist/${own.id}`, { notes: 'x' }, ann)).status, 200)
    assert.equal((await backend.call('DELETE', `/blacklist/${own.id}`, undefined, ann)).status, 200)
  })

  it('leave no streams behind when they empty the archive', async () => {
    const ann = await someone({ campaigns_access_type: 'own', streams_access_type: 'none' })
    const campaign = await campaignOf(ann, 'mine')
    const stream = await backend.create('streams', { campaign_id: campaign, name: 'by the administrator' })
    await backend.call('DELETE', `/campaigns/${campaign}`, undefined, ann)
    const { status } = await backend.call('POST', '/campaigns/clean_archive', {}, ann)
    assert.equal(status, 403)
    assert.ok(await backend.store.get('campaigns', campaign))
    assert.ok(await backend.store.get('streams', stream.id))
  })

  it('move streams with parts that they cannot see, and copy none that lead where they cannot see', async () => {
    const ann = await someone({ campaigns_access_type: 'own' })
    const [from, to] = [await campaignOf(ann, 'from'), await campaignOf(ann, 'to')]
    const foreign = (await backend.create('campaigns', { name: 'foreign', alias: 'foreign' })).id
    const set = await backend.create('filters', { name: 'Set', filters: [{ name: 'country', payload: ['US'] }] })
    const filtered = await backend.create('streams', {
      campaign_id: from,
      filters: [{ name: 'filter_set', payload: [set.id] }],
    })
    const leading = await backend.create('streams', {
      campaign_id: from,
      schema: 'action',
      action_type: 'campaign',
      action_payload: String(foreign),
    })
    const moved = await backend.call(
      'POST',
      '/streams/move_streams',
      { stream_ids: [filtered.id], target_campaign_id: to },
      ann,
    )
    assert.equal(moved.status, 200, JSON.stringify(moved.body))
    for (const url of ['/streams/copy', `/campaigns/${from}/clone`]) {
      const { status, body } = await backend.call('POST', url, { stream_ids: [leading.id] }, ann)
      assert.equal(status, 406, url)
      assert.match(JSON.stringify(body), /uses a campaign that you may not use/)
    }
  })
})
