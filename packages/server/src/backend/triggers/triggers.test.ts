import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { startFakeLists } from '../../malware/fake-lists.ts'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from '../testing.ts'
import { runTriggers } from './run-triggers.ts'

const MINUTE_MS = 60_000
let backend: TestBackend
let pages: Server
let origin = ''
let lists: Awaited<ReturnType<typeof startFakeLists>>
/** Path → what the site answers there; anything else is 404. */
const site = new Map<string, { status?: number; body?: string | Buffer; type?: string }>()
let campaignId = 0
let nowMs = TEST_NOW_MS
let published = 0

before(async () => {
  pages = createServer((request, response) => {
    const found = site.get(request.url ?? '')
    response.writeHead(found ? (found.status ?? 200) : 404, found?.type ? { 'content-type': found.type } : {})
    response.end(found?.body ?? '')
  })
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`
  lists = await startFakeLists([])
})
after(async () => {
  await lists.close()
  pages.close()
})
beforeEach(async () => {
  backend = await openTestBackend()
  campaignId = (await backend.create('campaigns', { alias: 'go', name: 'Go' })).id
  site.clear()
  lists.list.clear()
  nowMs = TEST_NOW_MS
  published = 0
})
afterEach(() => backend.close())

const run = (settings: { allowPrivateTargets: boolean } = { allowPrivateTargets: true }) =>
  runTriggers(
    { configStore: backend.store, settings, changed: () => void published++, nowMs: () => nowMs },
    new AbortController().signal,
  )
const later = async (minutes: number) => {
  nowMs += minutes * MINUTE_MS
  return run()
}
const streamOf = async (id: number) => (await backend.call('GET', `/streams/${id}`)).body
const redirecting = (path: string, trigger: object) =>
  backend.create('streams', {
    campaign_id: campaignId,
    schema: 'redirect',
    action_payload: `${origin}${path}`,
    triggers: [{ condition: 'not_respond', target: 'stream', action: 'disable', interval: 10, ...trigger }],
  })

describe('triggers', () => {
  it('switch off a stream whose page is dead, say why, and switch it on again', async () => {
    site.set('/?c=', { body: 'ok' })
    const stream = await redirecting('/?c={subid}', { reverse: 1 })
    assert.deepEqual(await run(), [])
    site.delete('/?c=')
    assert.deepEqual(await later(9), [], 'it is not due yet')
    const [said] = await later(1)
    assert.match(said ?? '', /stream \d+: .* answered 404; disabled/)
    let now = await streamOf(stream.id)
    assert.equal(now.state, 'disabled')
    assert.match(now.triggers[0].last_result, /answered 404; disabled/)
    assert.equal(now.triggers[0].next_run_at, Math.floor((nowMs + 10 * MINUTE_MS) / 1000))
    assert.equal(published, 1)
    await later(10)
    assert.equal((await streamOf(stream.id)).state, 'disabled')
    site.set('/?c=', { body: 'ok' })
    await later(10)
    now = await streamOf(stream.id)
    assert.equal(now.state, 'active')
    const { body: events } = await backend.call('GET', `/streams/${stream.id}/events`)
    assert.deepEqual(
      events.map(({ actor, message }: { actor: string; message: string }) => [actor, message]),
      [
        ['trigger', 'Changed state from "disabled" to "active"'],
        ['trigger', 'Changed state from "active" to "disabled"'],
        ['key of the environment', 'Created'],
      ].map(([actor, message], index) => [index === 2 ? events[2].actor : actor, message]),
    )
  })

  it('that ask for every minute are run every minute, although the job comes a little sooner or later', async () => {
    site.set('/', {})
    const stream = await redirecting('/', { interval: 1 })
    const ran = async () => (await streamOf(stream.id)).triggers[0].next_run_at
    let last = 0
    for (const minutes of [0, 0.9, 1.1, 0.95, 0.9]) {
      await later(minutes)
      const next = await ran()
      assert.ok(next > last, `${minutes} minutes later`)
      last = next
    }
    await later(0.3)
    assert.equal(await ran(), last, 'another run within the same minute')
  })

  it('read a page in the charset it says, in its header or itself, up to 1 MB', async () => {
    const word = Buffer.from([0xcf, 0xf0, 0xe8]) // При in windows-1251
    const meta = Buffer.concat([Buffer.from('<meta charset="windows-1251">'), word])
    const far = Buffer.concat([Buffer.from('П'.repeat(524_287)), Buffer.from('При')])
    const pages: readonly [body: Buffer, type: string, isFound: boolean][] = [
      [word, 'text/html; charset=windows-1251', true],
      [meta, 'text/html', true],
      [Buffer.from('При'), 'text/html', true],
      [word, 'text/html', false],
      [far, 'text/html', false],
    ]
    for (const [body, type, isFound] of pages) {
      site.set('/', { body, type })
      const stream = await redirecting('/', { condition: 'not_contains', pattern: 'При' })
      await run()
      assert.equal((await streamOf(stream.id)).state, isFound ? 'active' : 'disabled', type)
    }
  })

  it('leave alone what people switched off, and what people switched on again', async () => {
    const stream = await redirecting('/gone', { reverse: 1 })
    await run()
    assert.equal((await streamOf(stream.id)).state, 'disabled')
    await backend.call('POST', `/streams/${stream.id}/enable`)
    site.set('/gone', {})
    await later(10)
    await backend.call('POST', `/streams/${stream.id}/disable`)
    await later(10)
    assert.equal((await streamOf(stream.id)).state, 'disabled')
  })

  it('take the next alternative that responds, in turn', async () => {
    site.set('/b', {})
    site.set('/c', {})
    const lines = ['/a', '/b', '/c'].map((path) => `${origin}${path}`).join('\n')
    const stream = await redirecting('/gone', { action: 'replace_url', alternative_urls: lines })
    await run()
    assert.equal((await streamOf(stream.id)).action_payload, `${origin}/b`)
    site.delete('/b')
    await later(10)
    assert.equal((await streamOf(stream.id)).action_payload, `${origin}/c`)
    site.delete('/c')
    const [said] = await later(10)
    assert.equal(said, undefined)
    const { action_payload: url, state, triggers } = await streamOf(stream.id)
    assert.deepEqual([url, state], [`${origin}/c`, 'active'])
    assert.match(triggers[0].last_result, /no alternative passes the check, so nothing was changed/)
  })

  it('follow a page that names the URL, but only to a web address', async () => {
    site.set('/names', { body: `  ${origin}/fresh?c={subid}\n` })
    const stream = await redirecting('/old', {
      condition: 'always',
      action: 'grab_from_page',
      grab_from_page: `${origin}/names`,
    })
    await run()
    assert.equal((await streamOf(stream.id)).action_payload, `${origin}/fresh?c={subid}`)
    for (const body of ['javascript:alert(1)', 'two words', '', 'https://{keyword}/']) {
      site.set('/names', { body })
      await later(10)
      assert.equal((await streamOf(stream.id)).action_payload, `${origin}/fresh?c={subid}`)
    }
  })

  it('switch off a dead landing page in the stream, not the stream; replace the URL of a dead offer for all', async () => {
    site.set('/lp2', {})
    site.set('/offer-new', {})
    const pagesOf = await Promise.all(
      ['/lp1', '/lp2'].map((path) =>
        backend.create('landing_pages', { name: path, action_payload: `${origin}${path}` }),
      ),
    )
    const offer = await backend.create('offers', { name: 'o', action_payload: `${origin}/offer` })
    const stream = await backend.create('streams', {
      campaign_id: campaignId,
      landings: pagesOf.map(({ id }) => ({ landing_id: id })),
      offers: [{ offer_id: offer.id }],
      triggers: [
        { condition: 'not_respond', target: 'landings', action: 'disable' },
        { condition: 'not_respond', target: 'offers', action: 'replace_url', alternative_urls: `${origin}/offer-new` },
      ],
    })
    await run()
    const now = await streamOf(stream.id)
    assert.deepEqual(
      [now.state, now.landings.map(({ state }: { state: string }) => state)],
      ['active', ['disabled', 'active']],
    )
    assert.equal((await backend.call('GET', `/offers/${offer.id}`)).body.action_payload, `${origin}/offer-new`)
    const { body: events } = await backend.call('GET', `/streams/${stream.id}/events`)
    const row = (state: string) => `[{"landing_id":${pagesOf[0]?.id},"share":100,"state":"${state}"}]`
    assert.ok(
      events.some(
        ({ message }: { message: string }) =>
          message === `Changed landings from ${row('active')} to ${row('disabled')}`,
      ),
    )
    assert.ok(
      events.some(({ message }: { message: string }) =>
        message.startsWith(`Offer ${offer.id}: Changed action_payload`),
      ),
    )
  })

  it('protect visitors from pages on malware lists: moved only to one that is on none, else switched off', async () => {
    await backend.call('PUT', '/settings', { safe_browsing_key: 'k', safe_browsing_url: lists.url })
    const lines = `${origin}/a\n${origin}/b`
    const stream = await redirecting('/page', {
      condition: 'av_detected',
      action: 'replace_url',
      alternative_urls: lines,
    })
    await run()
    assert.equal((await streamOf(stream.id)).action_payload, `${origin}/page`)
    lists.list.add(`${origin}/page`).add(`${origin}/a`)
    await later(10)
    assert.deepEqual(
      [(await streamOf(stream.id)).action_payload, (await streamOf(stream.id)).state],
      [`${origin}/b`, 'active'],
    )
    lists.list.add(`${origin}/b`)
    await later(10)
    assert.deepEqual(
      [(await streamOf(stream.id)).action_payload, (await streamOf(stream.id)).state],
      [`${origin}/b`, 'disabled'],
    )
  })

  it('look into the page for links to pages on malware lists, when asked to', async () => {
    await backend.call('PUT', '/settings', { safe_browsing_key: 'k', safe_browsing_url: lists.url })
    site.set('/page', { body: `<script src='/x.js'></script><a href="https://bad.example/#top">` })
    lists.list.add('https://bad.example/')
    const plain = await redirecting('/page', { condition: 'av_detected' })
    const scanning = await redirecting('/page', { condition: 'av_detected', scan_page: 1 })
    await run()
    assert.equal((await streamOf(plain.id)).state, 'active')
    assert.equal((await streamOf(scanning.id)).state, 'disabled')
  })

  it('ask no private address unless that is allowed, and judge nothing by it', async () => {
    const stream = await redirecting('/gone', {})
    assert.deepEqual(await run({ allowPrivateTargets: false }), [])
    const { state, triggers } = await streamOf(stream.id)
    assert.equal(state, 'active')
    assert.match(triggers[0].last_result, /was not checked: .*private address/)
  })

  it('run at once when they were changed, and keep what they remember otherwise', async () => {
    site.set('/', {})
    const stream = await redirecting('/', { interval: 600 })
    await run()
    const { triggers } = await streamOf(stream.id)
    assert.ok(triggers[0].next_run_at > 0)
    await backend.call('PUT', `/streams/${stream.id}`, { name: 'n', triggers })
    assert.equal((await streamOf(stream.id)).triggers[0].next_run_at, triggers[0].next_run_at)
    await backend.call('PUT', `/streams/${stream.id}`, { triggers: [{ ...triggers[0], interval: 5 }] })
    assert.equal((await streamOf(stream.id)).triggers[0].next_run_at, 0)
    assert.equal((await streamOf(stream.id)).triggers[0].id, triggers[0].id)
  })

  it('rest while they, their stream or their campaign are switched off', async () => {
    const resting = await redirecting('/gone', { enabled: false })
    const archived = await redirecting('/gone', {})
    await backend.call('DELETE', `/streams/${archived.id}`)
    await backend.call('PUT', `/campaigns/${campaignId}`, { state: 'disabled' })
    await redirecting('/gone', {})
    assert.deepEqual(await run(), [])
    await backend.call('PUT', `/campaigns/${campaignId}`, { state: 'active' })
    assert.equal((await run()).length, 1)
    assert.equal((await streamOf(resting.id)).state, 'active')
  })

  it('that were stored before they were checked are shown and never run', async () => {
    const stream = await redirecting('/gone', {})
    const stored = await backend.store.get('streams', stream.id)
    assert.ok(stored)
    const { id, created_at_ms: _, updated_at_ms: __, ...fields } = stored
    const odd = { id: 7, condition: 'nonsense', note: 'x' } as unknown as (typeof stored.triggers)[number]
    await backend.store.change({ actor: 'test', atMs: 1 }, async (writer) => {
      await writer.update('streams', id, { ...fields, triggers: [odd] })
      return { ok: true, value: undefined }
    })
    assert.deepEqual(await run(), [])
    const [shown] = (await streamOf(id)).triggers
    assert.deepEqual([shown.condition, shown.enabled, shown.next_run_at], ['nonsense', false, 0])
  })

  it('that cannot work are refused with field and cure, and nothing is written', async () => {
    const base = {
      condition: 'not_respond',
      target: 'selected_page',
      selected_page: 'https://x.example/',
      action: 'disable',
    }
    const cases: readonly [object | string | number, string][] = [
      [{ ...base, condition: undefined }, 'triggers.0.condition'],
      [{ ...base, condition: "'; DROP TABLE streams" }, 'triggers.0.condition'],
      [{ ...base, target: 7 }, 'triggers.0.target'],
      [{ ...base, action: ['disable'] }, 'triggers.0.action'],
      [{ ...base, interval: 0.5 }, 'triggers.0.interval'],
      [{ ...base, interval: 'soon' }, 'triggers.0.interval'],
      [{ ...base, selected_page: 'javascript:alert(1)' }, 'triggers.0.selected_page'],
      [{ ...base, selected_page: '' }, 'triggers.0.selected_page'],
      [{ ...base, condition: 'not_contains' }, 'triggers.0.pattern'],
      [{ ...base, action: 'grab_from_page' }, 'triggers.0.grab_from_page'],
      [{ ...base, action: 'replace_url' }, 'triggers.0.alternative_urls'],
      [{ ...base, action: 'replace_url', alternative_urls: 'ftp://x' }, 'triggers.0.alternative_urls'],
      [{ ...base, target: 'stream' }, 'triggers.0.target'],
      [{ ...base, action: 'replace_url', alternative_urls: 'https://y.example/' }, 'triggers.0.target'],
      ['text', 'triggers.0'],
      [5, 'triggers.0'],
    ]
    for (const [trigger, at] of cases) {
      const { status, body } = await backend.call('POST', '/streams', { campaign_id: campaignId, triggers: [trigger] })
      assert.equal(status, 406, JSON.stringify([trigger, body]))
      assert.ok(JSON.stringify(body).includes(at), `${at}: ${JSON.stringify(body)}`)
    }
    assert.equal((await backend.store.list('streams')).length, 0)
  })
})
