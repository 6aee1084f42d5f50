import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { isPrivateAddress } from '../../outgoing/private-addresses.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from '../testing.ts'
import { checkDomain } from './check-domain.ts'
import { type Network, network } from './probe.ts'

const options = { allowPrivateTargets: false, ownPort: 8080 }
const at = (addresses: readonly string[], probe: Network['probe']): Network => ({
  resolve: async () => addresses,
  probe,
})
const refused = async () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))
const healthy = async () => ({ status: 200, location: '', body: 'ok' })

describe('the check of a domain', () => {
  it('finds a Trackyard on port 80, on 443 or on the port of the tracker', async () => {
    for (const open of [80, 443, 8080]) {
      const found = await checkDomain(
        'go.example',
        options,
        at(['93.184.216.34'], (target) => (target.port === open ? healthy() : refused())),
      )
      assert.deepEqual(found, { network_status: 'active', error_description: '', error_solution: '' })
    }
  })

  it('tells a name that does not exist, one of another site, and one where nobody answers', async () => {
    const gone: Network = {
      resolve: async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })),
      probe: healthy,
    }
    assert.match((await checkDomain('no.example', options, gone)).error_description, /there is no such name/)
    const other = at(['93.184.216.34'], async () => ({ status: 200, location: '', body: '<html>' }))
    assert.match((await checkDomain('no.example', options, other)).error_description, /another site answers/)
    const silent = await checkDomain('no.example', options, at(['93.184.216.34'], refused))
    assert.match(silent.error_description, /port 80: the connection is refused; port 443/)
    assert.match(silent.error_solution, /ports 80 and 443/)
  })

  it('does not knock at private addresses unless it may', async () => {
    let knocks = 0
    const inside = at(['10.0.0.7', '127.0.0.1'], async () => {
      knocks++
      return healthy()
    })
    assert.match((await checkDomain('in.example', options, inside)).error_description, /private address/)
    assert.equal(knocks, 0)
    const allowed = await checkDomain('in.example', { ...options, allowPrivateTargets: true }, inside)
    assert.equal(allowed.network_status, 'active')
  })

  it('knows private addresses in every notation', () => {
    for (const address of [
      '127.0.0.1',
      '10.1.2.3',
      '172.20.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
    ]) {
      assert.ok(isPrivateAddress(address), address)
      assert.ok(isPrivateAddress(`::ffff:${address}`), address)
    }
    for (const address of [
      '::1',
      '::',
      'fe80::1',
      'fc00::1',
      'fd12::1',
      'ff02::1',
      '2001:db8::1',
      '::ffff:7f00:1',
      'nonsense',
    ])
      assert.ok(isPrivateAddress(address), address)
    for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111', '93.184.216.34'])
      assert.ok(!isPrivateAddress(address), address)
  })
})

describe('the network', () => {
  it('is asked for /healthz with the host of the domain, and no answer is waited for forever', async () => {
    const server = createServer((request, response) => response.end(`${request.url} ${request.headers.host}`))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const target = { protocol: 'http', host: 'go.example', address: '127.0.0.1', port } as const
    assert.deepEqual(await network.probe(target), { status: 200, location: '', body: '/healthz go.example' })
    await new Promise((resolve) => server.close(resolve))
    await assert.rejects(network.probe(target))
    assert.ok((await network.resolve('localhost')).every(isPrivateAddress))
  })
})

describe('is_ssl of a domain', () => {
  let backend: TestBackend
  before(async () => {
    backend = await openTestBackend()
  })
  after(() => backend.close())

  const send = async (method: 'POST' | 'PUT', path: string, payload: object) => {
    const url = `/admin_api/v1${path}`
    const reply = await backend.app.inject({ method, url, payload, headers: { 'api-key': TEST_KEY } })
    const domain = [reply.json()].flat()[0]
    return { domain, status: reply.statusCode, hints: String(reply.headers['trackyard-hint'] ?? '') }
  }
  const linkOf = async (id: number) => {
    const campaign = await backend.create('campaigns', { name: 'x', alias: `of-${id}-${Math.random()}`, domain_id: id })
    return campaign.domain
  }

  it('is taken as it is sent, and links follow it', async () => {
    const { domain, hints } = await send('POST', '/domains', { name: 'plain.example' })
    assert.deepEqual([domain.is_ssl, await linkOf(domain.id), hints], [false, 'http://plain.example/', ''])
    const on = await send('PUT', `/domains/${domain.id}`, { is_ssl: '1' })
    assert.deepEqual([on.domain.is_ssl, await linkOf(domain.id)], [true, 'https://plain.example/'])
    assert.match(on.hints, /^is_ssl: Trackyard gets no certificates; the web server in front .* plain\.example\.$/)
    assert.equal((await send('PUT', `/domains/${domain.id}`, on.domain)).hints, '')
    assert.equal((await send('PUT', `/domains/${domain.id}`, { is_ssl: false })).domain.is_ssl, false)
    const wrong = await send('PUT', `/domains/${domain.id}`, { is_ssl: 'maybe' })
    assert.deepEqual([wrong.status, wrong.domain], [406, { is_ssl: ['must be true or false'] }])
  })

  it('is true where visitors are sent to https, or the name says so', async () => {
    for (const fields of [{ name: 'to.example', ssl_redirect: true }, { name: 'https://named.example' }]) {
      const { domain, hints } = await send('POST', '/domains', fields)
      assert.deepEqual([domain.is_ssl, hints], [true, ''])
      const off = await send('PUT', `/domains/${domain.id}`, { is_ssl: false })
      assert.deepEqual([off.domain.is_ssl, /^is_ssl stays true/.test(off.hints)], [true, true])
    }
  })
})

describe('POST /domains/{id}/check', () => {
  let backend: TestBackend
  before(async () => {
    backend = await openTestBackend()
  })
  after(() => backend.close())

  it('stores what it found and shows it; clients cannot write it', async () => {
    const made = await backend.create('domains', { name: 'localhost', network_status: 'active', check_retries: 9 })
    assert.deepEqual([made.network_status, made.check_retries, made.next_check_at], ['pending', 0, null])
    const { status, body } = await backend.call('POST', `/domains/${made.id}/check`)
    assert.equal(status, 200)
    assert.equal(body.length, 1)
    assert.partialDeepStrictEqual(body[0], { network_status: 'error', status: 'error', check_retries: 1 })
    assert.match(body[0].error_description, /private address/)
    assert.equal(body[0].next_check_at, '2026-02-03 14:10:09')
    assert.deepEqual((await backend.call('GET', `/domains/${made.id}`)).body, body[0])
    const put = await backend.call('PUT', `/domains/${made.id}`, { ...body[0], network_status: 'active', notes: 'x' })
    assert.deepEqual([put.body.network_status, put.body.notes], ['error', 'x'])
    assert.equal((await backend.store.get('domains', made.id))?.next_check_at_ms, TEST_NOW_MS + 300_000)
    assert.equal((await backend.call('POST', '/domains/9999/check')).status, 404)
  })

  it('is told which addresses the server has', async () => {
    const { body } = await backend.call('GET', '/domains/ip')
    assert.deepEqual(Object.keys(body), ['ipv4', 'ipv6'])
  })
})
