import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

const TOKEN = 'EAAB-very-long-token-9876'

describe('/integrations', () => {
  let backend: TestBackend
  before(async () => {
    backend = await openTestBackend()
  })
  after(() => backend.close())

  it('facebook: accounts are kept, their secrets sealed and shown masked', async () => {
    const sent = {
      name: 'Main',
      ad_account_id: 'act_1',
      token: TOKEN,
      proxy_enabled: 1,
      proxy: { protocol: 'socks5', address: 'p.example', port: '1080', login: 'me', password: 'proxypass' },
    }
    const { status, body } = await backend.call('POST', '/integrations/facebook', sent)
    assert.equal(status, 200)
    assert.deepEqual(body, {
      id: body.id,
      integration: 'facebook',
      name: 'Main',
      ad_account_id: 'act_1',
      token: '********9876',
      proxy_enabled: true,
      proxy: { protocol: 'socks5', address: 'p.example', port: 1080, login: 'me', password: '********' },
      last_error: null,
      last_raw_error: null,
    })
    const path = `/integrations/facebook/${body.id}`
    assert.deepEqual((await backend.call('GET', path)).body, { data: body })
    assert.deepEqual((await backend.call('GET', '/integrations/facebook')).body, { data: [body] })
    const before = await backend.store.get('integrations', body.id)
    const put = await backend.call('PUT', path, { ...body, name: 'Second', last_error: 'made up' })
    assert.deepEqual(put.body, { data: { ...body, name: 'Second' } })
    const stored = await backend.store.get('integrations', body.id)
    assert.deepEqual([stored?.token, stored?.proxy], [before?.token, before?.proxy])
    const everything = JSON.stringify([stored, await backend.store.listAudit({ limit: 100 })])
    assert.doesNotMatch(everything, /EAAB-very|proxypass/)
    assert.deepEqual((await backend.call('DELETE', path)).body, { success: true })
    assert.equal((await backend.call('GET', path)).status, 404)
  })

  it('facebook: campaigns are attached and taken off', async () => {
    const { body } = await backend.call('POST', '/integrations/facebook', { name: 'Main' })
    const campaign = await backend.create('campaigns', { name: 'Spring MX', alias: 'mx' })
    const path = `/integrations/facebook/${body.id}/campaign`
    for (let time = 0; time < 2; time++)
      assert.deepEqual((await backend.call('POST', path, { campaign_id: String(campaign.id) })).body, { success: true })
    assert.deepEqual((await backend.call('GET', path)).body, [{ name: 'Spring MX', value: campaign.id }])
    for (const [payload, status] of [
      [{}, 406],
      [{ campaign_id: 'x' }, 406],
      [{ campaign_id: 999 }, 406],
      [{ campaign_id: [1] }, 406],
    ] as const)
      assert.equal((await backend.call('POST', path, payload)).status, status)
    assert.deepEqual((await backend.call('DELETE', path, { campaign_id: campaign.id })).body, { success: true })
    assert.deepEqual((await backend.call('GET', path)).body, [])
    for (const method of ['GET', 'POST', 'DELETE'] as const)
      assert.equal((await backend.call(method, '/integrations/facebook/99/campaign', { campaign_id: 1 })).status, 404)
  })

  it('facebook: tell what is wrong', async () => {
    const { length } = (await backend.call('GET', '/integrations/facebook')).body.data
    for (const [payload, at] of [
      [{}, 'name'],
      [{ name: ['x'] }, 'name'],
      [{ name: 'x', token: {} }, 'token'],
      [{ name: 'x', proxy_enabled: 'maybe' }, 'proxy_enabled'],
      [{ name: 'x', proxy: 'http://p.example' }, 'proxy'],
      [{ name: 'x', proxy: { protocol: 'ftp' } }, 'proxy.protocol'],
      [{ name: 'x', proxy: { port: 70_000 } }, 'proxy.port'],
    ] as const) {
      const { status, body } = await backend.call('POST', '/integrations/facebook', payload)
      assert.deepEqual([status, Object.keys(body)], [406, [at]], JSON.stringify(payload))
    }
    assert.equal((await backend.call('GET', '/integrations/facebook')).body.data.length, length)
    for (const method of ['GET', 'PUT', 'DELETE'] as const)
      assert.equal((await backend.call(method, '/integrations/facebook/99')).status, 404)
  })

  it('avscan: the key is kept and shown masked', async () => {
    assert.deepEqual((await backend.call('GET', '/integrations/avscan')).body, { avscan_key: '' })
    const put = await backend.call('PUT', '/integrations/avscan?avscan_key=0123456789abcdefXYZ')
    assert.deepEqual(put.body, { avscan_key: '********fXYZ' })
    assert.deepEqual((await backend.call('PUT', '/integrations/avscan', put.body)).body, put.body)
    for (const payload of [{}, { avscan_key: [1] }])
      assert.equal((await backend.call('PUT', '/integrations/avscan', payload)).status, 406)
    assert.equal((await backend.call('PUT', '/integrations/avscan', { avscan_key: '' })).body.avscan_key, '')
  })

  it('services that hide pages from reviewers are refused in clear words', async () => {
    assert.deepEqual((await backend.call('GET', '/integrations/imklo')).body, { imklo_api_url: '' })
    for (const payload of [{}, { imklo_api_url: 'https://x.example' }]) {
      const { status, body } = await backend.call('PUT', '/integrations/imklo', payload)
      assert.equal(status, 422)
      assert.match(body.error, /no integration with imklo.*reviewers/)
    }
    assert.equal((await backend.call('PUT', '/integrations/imklo', { imklo_api_url: '' })).status, 200)
    assert.equal((await backend.call('PUT', '/integrations/hideclick', { hideclick_api_url: 'x' })).status, 422)
  })

  it('buying a domain is refused with what to do instead', async () => {
    const { status, body } = await backend.call('POST', '/domains/register', { name: 'go.example' })
    assert.equal(status, 422)
    assert.match(body.error, /POST domains/)
  })
})
