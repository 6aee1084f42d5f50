import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { compileCampaign } from '@trackyard/core/click/compile.ts'
import { parseSnapshot, readSnapshotHeader, type Snapshot } from '../snapshot.ts'
import { createSnapshotPublisher, publishSnapshot } from './snapshot.ts'
import { openTestBackend, type TestBackend } from './testing.ts'

const directory = mkdtempSync(join(tmpdir(), 'snapshot-'))
const filePath = join(directory, 'inner', 'campaigns.ndjson')
let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(async () => {
  await backend.close()
  rmSync(directory, { recursive: true, force: true })
})

const options = { filePath, baseCurrency: 'USD', nowMs: () => 5 }
async function published(): Promise<Snapshot> {
  await publishSnapshot(backend.store, options)
  const parsed = parseSnapshot(readFileSync(filePath, 'utf8'))
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}

describe('snapshot', () => {
  it('holds what the tracker needs, and lines change only when their campaign does', async () => {
    const network = await backend.create('affiliate_networks', { name: 'Acme', offer_param: 's={subid}' })
    const overflow = await backend.create('offers', { name: 'Overflow', url: 'https://over.example/' })
    const offer = await backend.create('offers', {
      name: 'Offer',
      url: 'https://o.example/',
      affiliate_network_id: network.id,
      alternative_offer_id: overflow.id,
    })
    const source = await backend.create('traffic_sources', { name: 'Push' })
    const first = await backend.create('campaigns', { alias: 'first', name: 'First', traffic_source_id: source.id })
    const second = await backend.create('campaigns', { alias: 'second', name: 'Second' })
    const gone = await backend.create('campaigns', { alias: 'gone', name: 'Gone' })
    await backend.create('streams', {
      campaign_id: first.id,
      offers: [{ offer_id: offer.id }],
      filters: [{ name: 'country', mode: 'accept', payload: ['MX'] }],
    })
    await backend.call('DELETE', `/campaigns/${gone.id}`)
    await backend.call('POST', `/campaigns/${second.id}/disable`)
    await backend.create('domains', { name: 'go.example', default_campaign_id: first.id })
    await backend.create('domains', { name: 'off.example', state: 'disabled' })

    const before = await published()
    assert.equal(statSync(filePath).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(join(directory, 'inner')), ['campaigns.ndjson'], 'no temporary file is left')
    assert.equal(before.header.version, await backend.store.version())
    assert.equal(before.header.settings.postbackKey, 'pbkey123')
    assert.deepEqual(
      before.header.domains.map((domain) => domain.name),
      ['go.example'],
    )
    const [one, two] = before.campaigns.map((campaign) => campaign.bundle())
    assert.deepEqual([one?.campaign.alias, two?.campaign.alias, two?.campaign.state], ['first', 'second', 'disabled'])
    assert.deepEqual(one?.offers.map(({ id }) => id).sort(), [overflow.id, offer.id].sort())
    assert.deepEqual([one?.affiliateNetworks[0]?.name, one?.trafficSource?.name], ['Acme', 'Push'])
    assert.ok(one && compileCampaign(one).ok)

    await backend.call('PUT', `/campaigns/${second.id}`, { name: 'Renamed' })
    const later = await published()
    assert.equal(later.campaigns[0]?.text, before.campaigns[0]?.text)
    assert.notEqual(later.campaigns[1]?.text, before.campaigns[1]?.text)
    assert.ok(later.header.version > before.header.version)

    await backend.call('PUT', `/offers/${offer.id}`, { url: 'https://new.example/' })
    assert.notEqual(
      (await published()).campaigns[0]?.text,
      before.campaigns[0]?.text,
      'an offer belongs to its campaigns',
    )
  })

  it('is refused when it is cut, damaged or of another format', async () => {
    await published()
    const text = readFileSync(filePath, 'utf8')
    for (const broken of [
      '',
      '{}',
      text.slice(0, -1),
      text.slice(0, text.indexOf('\n') + 1),
      text.replace(/"format":\d+/, '"format":9'),
      `${text}x\n`,
    ]) {
      assert.equal(parseSnapshot(broken).ok, false)
    }
  })

  it('follows a change within 200 ms, and many changes together', async () => {
    const failures: unknown[] = []
    const publisher = createSnapshotPublisher(backend.store, options, (error) => failures.push(error))
    await backend.create('offers', { name: 'Late' })
    for (let i = 0; i < 50; i++) publisher.changed()
    await sleep(200)
    const header = readSnapshotHeader(readFileSync(filePath, 'utf8'))
    assert.ok(header.ok)
    assert.equal(header.value.version, await backend.store.version())
    await publisher.close()
    assert.deepEqual(failures, [])
  })

  it('reports that it cannot be written, and tries again', async () => {
    const failures: unknown[] = []
    const publisher = createSnapshotPublisher(backend.store, { ...options, filePath: '/dev/null/no/file' }, (error) =>
      failures.push(error),
    )
    await assert.rejects(publisher.publish())
    publisher.changed()
    await publisher.close()
    assert.equal(failures.length, 1)
  })
})
