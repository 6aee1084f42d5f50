import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

describe('campaigns', () => {
  it('get a token of 32 lower-case letters and digits', async () => {
    const { token } = await backend.create('campaigns', { alias: 'tok', name: 'Tok' })
    assert.match(token, /^[a-z0-9]{32}$/)
  })

  it('share no alias, but an archived one gives its alias free', async () => {
    const first = await backend.create('campaigns', { alias: 'twin', name: 'One' })
    const second = await backend.call('POST', '/campaigns', { alias: 'twin', name: 'Two' })
    assert.deepEqual(second, { status: 406, body: { alias: [`Alias is already used by campaign ${first.id}`] } })
    await backend.call('DELETE', `/campaigns/${first.id}`)
    await backend.create('campaigns', { alias: 'twin', name: 'Two' })
    const restored = await backend.call('POST', `/campaigns/${first.id}/restore`)
    assert.equal(restored.status, 406, 'restoring may not take the alias back')
  })

  it('take no reserved alias, whatever its case, nor the postback key', async () => {
    for (const alias of [
      'admin',
      'Admin_API',
      'click_api',
      'js',
      'lander',
      'robots.txt',
      'healthz',
      'readyz',
      'metrics',
      'api.php',
      'gateway.php',
      'pbkey123',
      '..',
    ]) {
      const { status, body } = await backend.call('POST', '/campaigns', { alias, name: 'x' })
      assert.deepEqual([status, Object.keys(body)], [406, ['alias']], alias)
    }
    assert.equal((await backend.call('POST', '/campaigns', { alias: 'a/b', name: 'x' })).status, 406)
  })

  it('take a number for an alias, and none that differs from another by blanks alone', async () => {
    assert.equal((await backend.create('campaigns', { alias: 1001, name: 'Number' })).alias, '1001')
    const { body } = await backend.call('POST', '/campaigns', { alias: ' 1001 ', name: 'Blanks' })
    assert.match(String(body.alias), /already used/)
  })

  it('are disabled, enabled, archived, listed as deleted and restored', async () => {
    const { id } = await backend.create('campaigns', { alias: 'life', name: 'Life' })
    assert.equal((await backend.call('POST', `/campaigns/${id}/disable`)).body[0].state, 'disabled')
    assert.equal((await backend.call('POST', `/campaigns/${id}/enable`, '[]')).body[0].state, 'active')
    await backend.call('DELETE', `/campaigns/${id}`)
    assert.equal((await backend.call('POST', `/campaigns/${id}/enable`)).status, 404)
    assert.equal((await backend.call('DELETE', `/campaigns/${id}`)).status, 404)
    const deleted = (await backend.call('GET', '/campaigns/deleted')).body
    assert.ok(deleted.some((campaign: { id: number }) => campaign.id === id))
    assert.equal((await backend.call('POST', `/campaigns/${id}/restore`, { cost: 1 })).body[0].state, 'active')
    assert.equal((await backend.call('GET', `/campaigns/${id}`)).status, 200)
    assert.equal((await backend.call('POST', '/campaigns/9999/restore')).status, 404)
  })

  it('come in pages when asked', async () => {
    const all = (await backend.call('GET', '/campaigns')).body
    assert.deepEqual((await backend.call('GET', '/campaigns?limit=1&offset=1')).body, [all[1]])
    assert.deepEqual((await backend.call('GET', '/campaigns?limit=&offset=')).body, all)
    assert.deepEqual((await backend.call('GET', '/campaigns?limit=0')).body, all)
    assert.deepEqual((await backend.call('GET', '/campaigns?offset=1')).body, all.slice(1))
    const { id } = await backend.create('campaigns', { alias: 'events', name: 'x' })
    const stream = await backend.create('streams', { campaign_id: id })
    for (const path of ['/campaigns', '/bots', `/streams/${stream.id}/events`, '/logs', '/logs/audit', '/clicks'])
      for (const limit of ['nonsense', '-1', '1.5', '1e400', 'limit=1']) {
        const { status, body } = await backend.call('GET', `${path}?limit=${limit}`)
        assert.equal(status, 400, path)
        assert.equal(body.error, 'limit: must be a whole number from 0 on.', path)
      }
    const { body } = await backend.call('GET', '/campaigns?limit=1&offset=-1')
    assert.equal(body.error, 'offset: must be a whole number from 0 on.')
    for (const path of ['/streams', '/logs/traffic', '/logs/sent_postbacks', '/logs/audit'])
      for (const campaign of ['abc', '-3', '1.5']) {
        const { status, body } = await backend.call('GET', `${path}?campaign_id=${campaign}`)
        assert.deepEqual([path, status, body.error], [path, 400, 'campaign_id: must be the id of a campaign.'])
      }
    assert.equal((await backend.call('GET', `/streams?campaign_id=${id}`)).body.length, 1)
    assert.equal((await backend.call('GET', '/streams?campaign_id=')).body.length > 0, true)
  })

  it('cost money of any currency, that of the installation unless they name one', async () => {
    const campaign = await backend.create('campaigns', {
      alias: 'euro',
      name: 'E',
      cost_currency: 'eur',
      cost_value: 1,
    })
    assert.deepEqual([campaign.cost_currency, campaign.cost_value], ['EUR', 1])
    assert.equal((await backend.create('campaigns', { alias: 'base', name: 'B' })).cost_currency, 'USD')
    const wrong = await backend.call('POST', '/offers', { name: 'x', payout_currency: '€', payout_value: '2' })
    assert.deepEqual(Object.keys(wrong.body), ['payout_currency'])
  })

  it('cost nothing less than nothing, nor do offers', async () => {
    const { id } = await backend.create('campaigns', { alias: 'price', name: 'Price', cost_value: '0' })
    const offer = await backend.create('offers', { name: 'Pays', payout_value: 0 })
    const cases: readonly ['POST' | 'PUT', string, object, string][] = [
      ['POST', '/campaigns', { alias: 'minus', name: 'x', cost_value: -3 }, 'cost_value'],
      ['PUT', `/campaigns/${id}`, { cost_value: '-0.01' }, 'cost_value'],
      ['PUT', `/campaigns/${id}`, { traffic_loss: -1 }, 'traffic_loss'],
      ['PUT', `/campaigns/${id}`, { traffic_loss: 100 }, 'traffic_loss'],
      ['POST', '/offers', { name: 'x', payout_value: -1 }, 'payout_value'],
      ['PUT', `/offers/${offer.id}`, { payout_value: '$-2' }, 'payout_value'],
    ]
    for (const [method, path, input, field] of cases) {
      const { status, body } = await backend.call(method, path, input)
      assert.deepEqual([status, Object.keys(body)], [406, [field]], JSON.stringify(input))
      assert.match(body[field][0], /must be (0 or more|at (least|most))/)
    }
  })

  it('accept sources, domains and groups that do not exist', async () => {
    const made = await backend.create('campaigns', {
      alias: 'loose',
      name: 'x',
      traffic_source_id: 77,
      domain_id: 78,
      group_id: 79,
    })
    assert.deepEqual([made.traffic_source_id, made.domain_id, made.group_id], [77, 78, 79])
  })
})
