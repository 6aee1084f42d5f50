import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

describe('offers and domains', () => {
  it('name the affiliate network, which counts its offers', async () => {
    const network = await backend.create('affiliate_networks', { name: 'Counted' })
    const offer = await backend.create('offers', { name: 'x', affiliate_network_id: network.id })
    assert.equal(offer.affiliate_network, 'Counted')
    assert.equal((await backend.call('GET', `/affiliate_networks/${network.id}`)).body.offers, 1)
    const unknown = await backend.call('POST', '/offers', { name: 'x', affiliate_network_id: 9999 })
    assert.deepEqual(unknown.body, { affiliate_network_id: ['There is no affiliate network 9999'] })
  })

  it('take a changed url out of a whole object', async () => {
    const offer = await backend.create('offers', { name: 'x', url: 'https://a.example/' })
    const changed = await backend.call('PUT', `/offers/${offer.id}`, { ...offer, url: 'https://b.example/' })
    assert.equal(changed.body.action_payload, 'https://b.example/')
    const modern = await backend.call('PUT', `/offers/${offer.id}`, {
      ...changed.body,
      action_payload: 'https://c.example/',
    })
    assert.equal(modern.body.url, 'https://c.example/')
  })

  it('show domains as they were written, and tell them apart by host', async () => {
    const made = await backend.create('domains', { name: ' HTTPS://Shown.example/path' })
    assert.equal(made.name, 'https://shown.example')
    const path = `/domains/${made.id}`
    assert.deepEqual((await backend.call('PUT', path, { ...made, notes: 'n' })).body.name, made.name)
    assert.equal((await backend.call('PUT', path, { notes: 'm' })).body.name, made.name)
    assert.equal((await backend.call('GET', path)).body.name, made.name)
    assert.equal((await backend.store.get('domains', made.id))?.name, 'shown.example')
    assert.equal((await backend.call('POST', '/domains', { name: 'shown.example' })).status, 406)
    assert.equal((await backend.call('PUT', path, { name: 'shown.example' })).body.name, 'shown.example')
    assert.equal('scheme' in made, false)
  })

  it('create several domains at once and answer a list', async () => {
    const { body } = await backend.call('POST', '/domains', { name: 'a.example, b.example' })
    assert.deepEqual(
      body.map((domain: { name: string }) => domain.name),
      ['a.example', 'b.example'],
    )
    const again = await backend.call('POST', '/domains', { name: 'c.example,a.example' })
    assert.equal(again.status, 406)
    const names = (await backend.call('GET', '/domains')).body.map((domain: { name: string }) => domain.name)
    assert.ok(!names.includes('c.example'), 'all or none')
    assert.match(String(again.body.name), /^a\.example: Name is already used by domain \d+$/)
    const twice = await backend.call('POST', '/domains', { name: 'c.example c.example' })
    assert.equal(twice.body.length, 1)
  })
})
