import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { compileCampaign } from '@trackyard/core/click/compile.ts'
import { parseSnapshot, readSnapshotHeader, type Snapshot } from '../snapshot.ts'
import { loadSnapshot } from '../snapshot-files.ts'
import { loadContent } from './bundles.ts'
import { createSnapshotPublisher, publishSnapshot } from './snapshot.ts'
import { createShardFiles } from './snapshot-shards.ts'
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
  const loaded = loadSnapshot(filePath)
  assert.ok(loaded.ok, JSON.stringify(loaded))
  return loaded.value
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
    const [shard] = before.header.shards
    assert.deepEqual(
      readdirSync(join(directory, 'inner')).sort(),
      [shard?.file, 'campaigns.ndjson'],
      'no temporary file is left',
    )
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

  it('is refused when its head is cut, damaged or of another format', async () => {
    await published()
    const text = readFileSync(filePath, 'utf8')
    for (const broken of ['', '{}', text.slice(0, -1), text.replace(/"format":\d+/, '"format":9'), `${text}x\n`]) {
      assert.equal(parseSnapshot(broken).ok, false)
    }
  })

  it('is refused when a shard is missing, cut or changed; a backend that starts mends it', async () => {
    const { header } = await published()
    const path = join(directory, 'inner', header.shards[0]?.file ?? '')
    const text = readFileSync(path, 'utf8')
    for (const broken of [null, '', text.slice(0, -1), text.replace('First', 'Fired')]) {
      if (broken === null) rmSync(path)
      else writeFileSync(path, broken)
      const refused = loadSnapshot(filePath)
      assert.match(
        refused.ok ? '' : (refused.problems[0]?.message ?? ''),
        /campaigns-\w+\.ndjson (is damaged|cannot be)/,
      )
      await published()
      assert.equal(readFileSync(path, 'utf8'), text)
    }
  })

  it('of an earlier version, with everything in one file, is read', async () => {
    const { header, campaigns } = await published()
    const old = { ...header, format: 2, shards: undefined }
    const text = [JSON.stringify(old), ...campaigns.map((campaign) => campaign.text), ''].join('\n')
    const parsed = parseSnapshot(text)
    assert.ok(parsed.ok)
    assert.deepEqual(
      parsed.value.campaigns.map((campaign) => campaign.text),
      campaigns.map((campaign) => campaign.text),
    )
    for (const broken of [text.slice(0, -1), text.slice(0, text.indexOf('\n') + 1), `${text}x\n`])
      assert.equal(parseSnapshot(broken).ok, false)
  })

  it('removes shards that no snapshot names any more, its own and those of a backend before it', async () => {
    const inner = join(directory, 'shards')
    mkdirSync(inner)
    writeFileSync(join(inner, `campaigns-${'0'.repeat(32)}.ndjson`), '')
    writeFileSync(join(inner, `campaigns-${'0'.repeat(32)}.ndjson.0a1b2c3d.tmp`), '')
    writeFileSync(join(inner, 'campaigns.ndjson'), '')
    const files = createShardFiles(inner, 0)
    for (const name of ['One', 'Two']) {
      await backend.call('PUT', '/campaigns/1', { name })
      const shards = await files.publish(await loadContent(backend.store), { nowMs: 5, keepMs: 1000 })
      await files.removeOld()
      assert.deepEqual(readdirSync(inner).sort(), [...shards.map(({ file }) => file), 'campaigns.ndjson'].sort())
    }
    const patient = createShardFiles(inner)
    const [before] = await patient.publish(await loadContent(backend.store), { nowMs: 5, keepMs: 1000 })
    await backend.call('PUT', '/campaigns/1', { name: 'Three' })
    await patient.publish(await loadContent(backend.store), { nowMs: 5, keepMs: 1000 })
    await patient.removeOld()
    assert.ok(existsSync(join(inner, before?.file ?? '')), 'a tracker may be reading it just now')
  })

  it('follows a change by itself, and many changes together', async () => {
    const failures: unknown[] = []
    const publisher = createSnapshotPublisher(backend.store, options, (error) => failures.push(error))
    await backend.create('offers', { name: 'Late' })
    for (let i = 0; i < 50; i++) publisher.changed()
    const published = (): number | null => {
      const header = readSnapshotHeader(readFileSync(filePath, 'utf8'))
      return header.ok ? header.value.version : null
    }
    const version = await backend.store.version()
    // How soon is measured by the benchmark; here a busy machine may take its time.
    for (let waited = 0; published() !== version && waited < 10_000; waited += 20) await sleep(20)
    assert.equal(published(), version)
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
