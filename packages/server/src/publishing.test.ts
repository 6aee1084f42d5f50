import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type SQLInputValue, StatementSync } from 'node:sqlite'
import { after, describe, it, mock } from 'node:test'
import type { EntityKind, FieldsOf } from '@trackyard/core/entities/index.ts'
import { parseNewFields } from '@trackyard/core/entities/parse.ts'
import { ok } from '@trackyard/core/result.ts'
import fc from 'fast-check'
import { ensureSecrets } from './backend/secrets.ts'
import { createSnapshotPublisher, publishSnapshot } from './backend/snapshot.ts'
import type { Log } from './log.ts'
import { loadSnapshot } from './snapshot-files.ts'
import type { ConfigWriter } from './stores/config/port.ts'
import { openSqliteConfigStore } from './stores/config/sqlite.ts'
import type { Site } from './tracker/site.ts'
import { createSiteLoader } from './tracker/site-feed.ts'

const directory = mkdtempSync(join(tmpdir(), 'publishing-'))
after(() => rmSync(directory, { recursive: true, force: true }))
let directories = 0
const nextPath = () => join(directory, String(directories++), 'campaigns.ndjson')

const KINDS = [
  'campaigns',
  'streams',
  'offers',
  'landing_pages',
  'affiliate_networks',
  'traffic_sources',
  'filters',
  'domains',
] as const

describe('publishing a change', () => {
  it('of one campaign of 1000 writes one shard, compiles one campaign and reads only what was changed', async (t) => {
    const yard = await openYard(1000)
    const [before, filesBefore] = [await yard.live(), yard.files()]
    const rows = countRows()
    t.after(rows.stop)
    await yard.change((writer) => writer.update('campaigns', 500, campaign('renamed')))
    const site = await yard.live()
    // Besides the campaign, its version and the like: counters, secrets and settings.
    assert.ok(rows.read < 60, `${rows.read} rows were read`)
    assert.equal(yard.files().filter((file) => !filesBefore.includes(file)).length, 1)
    const compiled = ids(1000).filter((id) => site.byId(id) !== before.byId(id))
    assert.deepEqual(compiled, [500])
    assert.equal(site.byAlias('renamed'), site.byId(500))
    await yard.close()
  })

  it('that visitors do not see writes and compiles nothing', async () => {
    const yard = await openYard(100)
    const [before, filesBefore] = [await yard.live(), yard.files()]
    await yard.change((writer) => writer.insert('offers', fieldsOf('offers', { name: 'Nobody uses it' })))
    const site = await yard.live()
    assert.deepEqual(yard.files(), filesBefore)
    assert.ok(ids(100).every((id) => site.byId(id) === before.byId(id)))
    assert.ok(site.header.version > before.header.version)
    await yard.close()
  })

  it('of names of parameters compiles all campaigns', async () => {
    const yard = await openYard(3)
    const before = await yard.live()
    await yard.change((writer) => writer.setMeta('setting:keyword_aliases', '["kw"]'))
    const site = await yard.live()
    assert.ok(ids(3).every((id) => site.byId(id) !== before.byId(id)))
    await yard.close()
  })

  for (const kind of KINDS)
    it(`of one of ${kind} reaches visitors`, async () => {
      const yard = await openYard(3)
      await yard.live()
      await yard.change((writer) => carryOut(writer, { what: 'save', kind, id: 2, other: 2 }))
      assert.deepEqual(told(await yard.live()), told(await yard.whole()))
      await yard.close()
    })

  it('however many follow one another, serves what publishing everything would', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.array(someWrite, { maxLength: 3 }), { maxLength: 7 }), async (changes) => {
        const yard = await openYard(130)
        for (const writes of changes) {
          await yard.change(async (writer) => {
            for (const write of writes) await carryOut(writer, write)
          })
          yard.wait(20 * MINUTE_MS)
          const site = await yard.live()
          assert.deepEqual(told(site), told(await yard.whole()))
        }
        await yard.close()
      }),
      { numRuns: 25 },
    ))
})

describe('a tracker', () => {
  it('keeps its site and tells when a shard is missing or damaged, and takes the next snapshot that is whole', async () => {
    const yard = await openYard(3)
    const first = await yard.live()
    for (const spoil of [(path: string) => rmSync(path), (path: string) => writeFileSync(path, 'broken\n')]) {
      await yard.change((writer) => writer.update('campaigns', 2, campaign(`next${yard.errors.length}`)))
      const known = yard.files()
      await yard.publisher.publish()
      const [fresh = ''] = yard.files().filter((file) => !known.includes(file))
      const path = join(dirname(yard.options.filePath), fresh)
      const text = readFileSync(path)
      spoil(path)
      const told = yard.errors.length
      assert.equal(await yard.load(), null)
      assert.equal(yard.errors.length, told + 1)
      assert.equal(await yard.load(), null)
      assert.equal(yard.errors.length, told + 1, 'it is told once')
      writeFileSync(path, text)
      await yard.publisher.publish()
      const site = await yard.load()
      assert.equal(site?.campaignCount, 3)
      assert.equal(site?.byId(1), first.byId(1))
    }
    await yard.close()
  })

  it('says nothing of a shard that is gone because there is a newer snapshot, and takes that one', async () => {
    const yard = await openYard(100)
    const { filePath } = yard.options
    await yard.publisher.publish()
    const { header } = written(filePath)
    const [kept, gone] = header.shards
    assert.ok(kept && gone)
    const reading = yard.load()
    // It has read the head and the first shard by now.
    rmSync(join(dirname(filePath), gone.file))
    writeFileSync(filePath, `${JSON.stringify({ ...header, campaignCount: kept.campaignCount, shards: [kept] })}\n`)
    assert.equal(await reading, null)
    assert.deepEqual(yard.errors, [])
    assert.equal((await yard.load())?.campaignCount, kept.campaignCount)
    await yard.close()
  })

  it('starts from the snapshot of a version that had one file, and goes on with shards', async () => {
    const yard = await openYard(3)
    const { filePath } = yard.options
    await yard.publisher.publish()
    const { header, lines } = written(filePath)
    const old = { ...header, format: 2, shards: undefined }
    writeFileSync(filePath, [JSON.stringify(old), ...lines, ''].join('\n'))
    const load = createSiteLoader(filePath, yard.log)
    const before = await load()
    assert.equal(before?.byAlias('c2')?.compiled.id, 2)
    await yard.publisher.publish()
    assert.equal((await load())?.byAlias('c2')?.compiled.id, 2)
    assert.deepEqual(yard.errors, [])
    await yard.close()
  })
})

const MINUTE_MS = 60_000
const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const ids = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

/** A store with campaigns c1, c2 … that is published into a directory of its own, and a tracker's loader there. */
async function openYard(campaigns: number) {
  const store = await openSqliteConfigStore(':memory:')
  let nowMs = 1_700_000_000_000
  await ensureSecrets(store, { postbackKey: 'key', adminPassword: '' }, nowMs)
  const options = { filePath: nextPath(), baseCurrency: 'USD', nowMs: () => nowMs }
  const publisher = createSnapshotPublisher(store, options, (error) => assert.fail(String(error)))
  const errors: string[] = []
  const log: Log = { ...SILENT, error: (message) => void errors.push(message) }
  const load = createSiteLoader(options.filePath, log)
  const change = async (work: (writer: ConfigWriter) => Promise<unknown>): Promise<void> => {
    await store.change({ actor: 'tester', atMs: nowMs }, async (writer) => ok(await work(writer)))
  }
  await change(async (writer) => {
    await writer.setMeta('setting:lp_offer_token_ttl', '30')
    for (const kind of KINDS)
      if (kind !== 'campaigns' && kind !== 'streams')
        await writer.insert<EntityKind>(kind, await fieldsFor(writer, kind, 1))
    await writer.insertMany(
      'campaigns',
      ids(campaigns).map((id) => campaign(`c${id}`)),
    )
    const streams = ids(campaigns).map((id) => fieldsFor(writer, 'streams', id))
    await writer.insertMany<EntityKind>('streams', await Promise.all(streams))
  })
  return {
    store,
    options,
    publisher,
    errors,
    log,
    load,
    change,
    wait(ms: number): void {
      nowMs += ms
    },
    files: () => readdirSync(dirname(options.filePath)).filter((name) => name !== 'campaigns.ndjson'),
    /** Publishes, and what the tracker serves then. */
    async live(): Promise<Site> {
      await publisher.publish()
      const site = await load()
      assert.ok(site)
      return site
    },
    /** What a tracker serves from files that were all written now; those published before say the same. */
    async whole(): Promise<Site> {
      const path = nextPath()
      await publishSnapshot(store, { ...options, filePath: path })
      assert.deepEqual(written(options.filePath), written(path))
      const site = await createSiteLoader(path, SILENT)()
      assert.ok(site)
      return site
    },
    async close(): Promise<void> {
      await publisher.close()
      await store.close()
    },
  }
}

/** Everything visitors can meet, as data. */
const told = (site: Site) => ({
  header: site.header,
  count: site.campaignCount,
  longest: site.longestUniquenessMs,
  campaigns: ids(140).map((id) => site.byPass(id)?.compiled.bundle),
  live: ids(140).map((id) => site.byId(id)?.compiled.alias),
  aliases: ids(140).map((id) => site.byAlias(`c${id}`)?.compiled.id),
})

/** Everything in the files of a snapshot. */
function written(path: string) {
  const loaded = loadSnapshot(path)
  assert.ok(loaded.ok, JSON.stringify(loaded))
  return { header: loaded.value.header, lines: loaded.value.campaigns.map(({ text }) => text) }
}

interface Write {
  readonly what: 'insert' | 'save' | 'archive' | 'restore' | 'remove' | 'keep archived for'
  readonly kind: (typeof KINDS)[number]
  readonly id: number
  readonly other: number
}
/** At the edges of shards, and some that do not exist at first. */
const someId = fc.constantFrom(1, 2, 15, 16, 63, 64, 127, 128, 130, 131)
const someWrite: fc.Arbitrary<Write> = fc.record({
  what: fc.constantFrom('insert', 'save', 'save', 'archive', 'restore', 'remove', 'keep archived for'),
  kind: fc.constantFrom('campaigns', 'streams', 'streams', ...KINDS),
  id: someId,
  other: someId,
})

async function carryOut(writer: ConfigWriter, { what, kind, id: number, other }: Write): Promise<void> {
  // Of what campaigns are made of there are few.
  const id = kind === 'campaigns' || kind === 'streams' ? number : 1 + (number % 2)
  if (what === 'keep archived for') return writer.setMeta('setting:lp_offer_token_ttl', String(other))
  const found = await writer.get(kind, id)
  if (what === 'insert') await writer.insert<EntityKind>(kind, await fieldsFor(writer, kind, other))
  if (!found) return
  if (what === 'remove') await writer.remove(kind, id)
  if (what === 'save') await writer.update<EntityKind>(kind, id, await fieldsFor(writer, kind, other))
  if (what === 'archive') await writer.update<EntityKind>(kind, id, { ...found, state: 'deleted' })
  // Others may have taken the name of other kinds.
  if (what === 'restore' && kind === 'streams') await writer.update<EntityKind>(kind, id, { ...found, state: 'active' })
}

/** Fields with what they refer to, which may not exist; unique ones are new. */
async function fieldsFor(writer: ConfigWriter, kind: EntityKind, other: number) {
  const name = `n${await writer.nextId('names')}`
  const part = other > 130 ? 2 : 1
  const input: Partial<Record<EntityKind, object>> = {
    campaigns: { alias: name, traffic_source_id: 1 },
    streams: {
      campaign_id: other,
      offers: [{ id: 1, offer_id: part }],
      landings: [{ id: 1, landing_id: part }],
      filters: [{ id: 1, name: 'filter_set', payload: [1] }],
    },
    offers: {
      affiliate_network_id: 1,
      alternative_offer_id: part === 1 ? null : 1,
      action_payload: `https://${name}.example/`,
    },
    landing_pages: { action_payload: `https://${name}.example/` },
    filters: { filters: [{ id: 1, name: 'country', payload: ['US'] }] },
    domains: { name: `${name}.example` },
  }
  return fieldsOf(kind, { name, ...input[kind] })
}

function fieldsOf<Kind extends EntityKind>(kind: Kind, input: Readonly<Record<string, unknown>>): FieldsOf<Kind> {
  const parsed = parseNewFields(kind, input)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}

const campaign = (alias: string) => fieldsOf('campaigns', { name: alias, alias, traffic_source_id: 1 })

/** Counts what is read from databases. */
function countRows() {
  const counted = { read: 0, stop: () => all.mock.restore() }
  const original = StatementSync.prototype.all
  const all = mock.method(
    StatementSync.prototype,
    'all',
    function (this: StatementSync, ...parameters: SQLInputValue[]) {
      const rows = original.apply<StatementSync, SQLInputValue[], ReturnType<StatementSync['all']>>(this, parameters)
      counted.read += rows.length
      return rows
    },
  )
  return counted
}
