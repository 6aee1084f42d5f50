import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

describe('whoever writes a trigger', () => {
  let backend: TestBackend
  const ids = { campaign: 0, landing: 0, offer: 0 }
  before(async () => {
    backend = await openTestBackend()
    ids.campaign = (await backend.create('campaigns', { alias: 'go', name: 'Go' })).id
    ids.landing = (await backend.create('landing_pages', { name: 'lp', action_payload: 'https://lp.example/' })).id
    ids.offer = (await backend.create('offers', { name: 'o', action_payload: 'https://o.example/' })).id
  })
  after(() => backend.close())

  const keyOf = async (members: string) => {
    const password = { new_password: 'long-enough', new_password_confirmation: 'long-enough' }
    const access_data = {
      campaigns_access_type: 'full_access',
      landings_access_type: members,
      offers_access_type: members,
    }
    const user = await backend.create('users', { login: `u-${members}`, type: 'USER', ...password, access_data })
    const { body } = await backend.call('POST', `/users/${user.id}/api_keys`, { name: 'x' })
    return { headers: { 'api-key': String(body.key) } }
  }
  const streamWith = (trigger: object) => ({
    campaign_id: ids.campaign,
    landings: [{ landing_id: ids.landing }],
    offers: [{ offer_id: ids.offer }],
    triggers: [{ condition: 'always', action: 'replace_url', alternative_urls: 'https://mine.example/', ...trigger }],
  })

  it('must have the right to do by hand what it will do', async () => {
    const reader = await keyOf('read_only')
    const owner = await keyOf('full_access')
    for (const target of ['landings', 'offers']) {
      const refused = await backend.call('POST', '/streams', streamWith({ target }), reader)
      assert.equal(refused.status, 403, JSON.stringify(refused.body))
      const harmless = streamWith({ target, condition: 'not_respond', action: 'disable' })
      const made = await backend.call('POST', '/streams', harmless, reader)
      assert.equal(made.status, 200, JSON.stringify(made.body))
      const [stream] = [made.body].flat()
      const changed = await backend.call(
        'PUT',
        `/streams/${stream.id}`,
        { triggers: streamWith({ target }).triggers },
        reader,
      )
      assert.equal(changed.status, 403)
      assert.equal((await backend.call('PUT', `/streams/${stream.id}`, { name: 'n' }, reader)).status, 200)
      assert.equal((await backend.call('POST', '/streams', streamWith({ target }), owner)).status, 200)
    }
    assert.equal((await backend.store.list('streams')).length, 4)
  })
})
