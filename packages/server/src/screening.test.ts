import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { UNKNOWN_GEO } from '@trackyard/core/click/click.ts'
import { clickColumns } from '@trackyard/core/events/click-columns.ts'
import { fromStoreLine } from '@trackyard/core/events/store-line.ts'
import { createSnapshotPublisher, type SnapshotPublisher } from './backend/snapshot.ts'
import { openTestBackend, type TestBackend } from './backend/testing.ts'
import { createLog } from './log.ts'
import { createMemoryVisitorStore } from './stores/visitors/memory.ts'
import { createDeviceParser } from './tracker/device.ts'
import type { FrontReply } from './tracker/front.ts'
import { createHandler } from './tracker/handle.ts'
import { readOrigin } from './tracker/headers.ts'
import { createIdentify } from './tracker/identity.ts'
import { NO_LOCAL_PAGES } from './tracker/local-pages.ts'
import { createTrackerMetrics } from './tracker/metrics.ts'
import { NO_FETCHES } from './tracker/remote/carry-out.ts'
import { followSnapshot, type SiteFeed } from './tracker/site-feed.ts'
import { atOnce } from './tracker/turn.ts'

const BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const directory = mkdtempSync(join(tmpdir(), 'screening-'))
const filePath = join(directory, 'campaigns.ndjson')
let backend: TestBackend
let publisher: SnapshotPublisher
let feed: SiteFeed
const written: string[] = []
let campaignId = 0

before(async () => {
  backend = await openTestBackend()
  publisher = createSnapshotPublisher(backend.store, { filePath, baseCurrency: 'USD', nowMs: () => 5 }, (error) =>
    assert.fail(String(error)),
  )
  const campaign = await backend.create('campaigns', { alias: 'go', name: 'Go' })
  campaignId = campaign.id
  const stream = { campaign_id: campaign.id, schema: 'redirect' }
  const human = [{ name: 'bot', mode: 'reject' }]
  await backend.create('streams', { ...stream, action_payload: 'https://people.example/', filters: human })
  await backend.create('streams', { ...stream, action_payload: 'https://bots.example/', type: 'default' })
  await publisher.publish()
  feed = await followSnapshot(filePath, createLog('test', 'error'))
})
after(async () => {
  feed.close()
  await publisher.close()
  await backend.close()
  rmSync(directory, { recursive: true, force: true })
})

/** Publishes what was changed and waits until the tracker serves it. */
async function live(): Promise<void> {
  await publisher.publish()
  const version = await backend.store.version()
  for (let tries = 0; tries < 3000 && feed.current()?.header.version !== version; tries++) await sleep(10)
  assert.equal(feed.current()?.header.version, version, 'a change is live')
}

const zero = () => 0
const deps = {
  senses: { geo: { find: () => UNKNOWN_GEO }, devices: createDeviceParser(), nowMs: Date.now, chance: Math.random },
  visitors: createMemoryVisitorStore({ nowMs: Date.now, keepMs: () => 1000 }),
  spool: {
    append(payload: string, done: (durable: boolean) => void) {
      written.push(payload)
      done(true)
    },
  },
  identify: createIdentify('secret'),
  metrics: createTrackerMetrics({
    spoolPosition: zero,
    spoolFailing: zero,
    spoolLost: zero,
    visitorsKnown: zero,
    snapshotVersion: zero,
  }),
  macroFile: () => '',
  localPages: NO_LOCAL_PAGES,
  carryOut: NO_FETCHES,
  later: atOnce,
  indexing: () => [],
}

function visit(ip: string, query = '', userAgent = BROWSER) {
  const handle = createHandler(
    () => feed.current(),
    (request) => readOrigin(request.headers, request.socketAddress, null),
    deps,
    { ready: () => undefined, metrics: () => undefined },
    createLog('test', 'error'),
  )
  let reply: FrontReply | undefined
  const request = {
    method: 'GET',
    url: `/go${query}`,
    headers: { host: 'go.example', 'user-agent': userAgent },
    socketAddress: ip,
    isTls: false,
    readBody: async () => null,
  }
  handle(request, (answer) => {
    reply = answer
  })
  assert.ok(reply)
  const row = fromStoreLine(clickColumns, written.at(-1)?.split('\t')[3] ?? '')
  const at = reply.headers.findIndex((name) => name.toLowerCase() === 'location')
  const goal = at === -1 ? '' : new URL(reply.headers[at + 1] ?? '').hostname
  return {
    status: reply.status,
    goal,
    body: String(reply.body),
    isBot: row.is_bot === 1,
    trace: String(row.trace ?? ''),
    row,
  }
}

describe('lists take effect on the next click', () => {
  it('an address on the bot list makes a bot, and off it a visitor again', async () => {
    assert.partialDeepStrictEqual(visit('203.0.113.7'), { goal: 'people.example', isBot: false })
    await backend.call('POST', '/botlist/add', { value: '203.0.113.0/29\nua:ProbeX' })
    await live()
    const listed = visit('203.0.113.7')
    assert.partialDeepStrictEqual(listed, { status: 302, goal: 'bots.example', isBot: true })
    assert.match(listed.trace, /^#bot:ip;\d+!bot@0;/)
    assert.equal(visit('203.0.113.8').isBot, false)
    assert.match(visit('203.0.113.8', '', `${BROWSER} probex/1`).trace, /^#bot:user_agent;/)
    assert.equal(readdirSync(directory).filter((name) => name.startsWith('bots-')).length, 1)
    await backend.call('POST', '/botlist/exclude', { value: '203.0.113.7' })
    await live()
    assert.equal(visit('203.0.113.7').isBot, false)
    assert.equal(visit('203.0.113.6').isBot, true)
    await backend.call('DELETE', '/botlist')
    await live()
    assert.equal(feed.current()?.screen, null)
    await backend.call('PUT', `/campaigns/${campaignId}`, { notes: 'x' })
    await live()
  })
  it('a black list entry turns the visitor away, and the click is kept with its reason', async () => {
    const entry = await backend.create('blacklist', { ip: '198.51.100.7', campaign_ids: [campaignId] })
    await live()
    const blocked = visit('198.51.100.7')
    assert.partialDeepStrictEqual(blocked, {
      status: 403,
      body: '',
      goal: '',
      isBot: true,
      trace: `#block:${entry.id}`,
    })
    assert.equal(blocked.row.stream_id ?? 0, 0)
    await backend.call('PUT', `/blacklist/${entry.id}`, { action: 'flag' })
    await live()
    assert.partialDeepStrictEqual(visit('198.51.100.7'), { status: 302, goal: 'bots.example', isBot: true })
    await backend.call('PUT', `/blacklist/${entry.id}`, { type: 'parameter', parameter: 'pub', value: 'bad*' })
    await live()
    assert.equal(visit('198.51.100.7').isBot, false)
    assert.equal(visit('198.51.100.7', '?pub=BADzone').isBot, true)
    await backend.call('DELETE', `/blacklist/${entry.id}`)
    await live()
    assert.equal(visit('198.51.100.7', '?pub=BADzone').isBot, false)
  })
  it('a stored filter set that changes changes the streams that name it', async () => {
    const set = await backend.create('filters', { name: 'Zone', filters: [{ name: 'sub_id_1', payload: ['a'] }] })
    await backend.create('streams', {
      campaign_id: campaignId,
      type: 'forced',
      schema: 'redirect',
      action_payload: 'https://set.example/',
      filters: [{ name: 'filter_set', payload: [set.id] }],
    })
    await live()
    assert.equal(visit('192.0.2.1', '?sub_id_1=a').goal, 'set.example')
    assert.equal(visit('192.0.2.1', '?sub_id_1=b').goal, 'people.example')
    await backend.call('PUT', `/filters/${set.id}`, { filters: [{ name: 'sub_id_1', payload: ['b'] }] })
    await live()
    assert.equal(visit('192.0.2.1', '?sub_id_1=a').goal, 'people.example')
    assert.equal(visit('192.0.2.1', '?sub_id_1=b').goal, 'set.example')
  })
  it('a damaged file of addresses leaves the last good list in force', async () => {
    await backend.call('PUT', '/botlist', { value: '203.0.113.7' })
    await live()
    feed.close()
    const [name = ''] = readdirSync(directory).filter((one) => one.startsWith('bots-'))
    const log = { ...createLog('test', 'error'), error: () => undefined }
    writeFileSync(join(directory, name), 'broken')
    feed = await followSnapshot(filePath, log)
    assert.equal(visit('203.0.113.7').isBot, false, 'a tracker that starts now has no list, and serves')
    assert.equal(visit('203.0.113.7').status, 302)
  })
})
