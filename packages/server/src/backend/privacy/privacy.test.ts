import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { PERSONAL_CLICK_COLUMNS } from '@trackyard/core/events/personal-columns.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import { toLine } from '../../stores/events/line.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from '../testing.ts'
import { compactErased } from './compact-erased.ts'
import { removeArchived } from './remove-archived.ts'
import { dropOutdated } from './retention.ts'

const DAY_MS = 86_400_000
let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

const inTurn = <T>(work: () => Promise<T>): Promise<T> => work()
const personal = Object.fromEntries(PERSONAL_CLICK_COLUMNS.map((name) => [name, `secret ${name}`]))

/** A click with a conversion and a line in each log; answers its id. */
async function visit(datetime: number, chance: number): Promise<string> {
  const sub_id = createSubId(datetime, chance)
  const row = { sub_id, datetime, campaign_id: 1, country: 'PL', ...personal, cost: 30, sales: 1, sale_revenue: 900 }
  const params = '{"subid":"secret","status":"sale"}'
  const conversion = { ...row, conversion_id: `${sub_id}-1`, tid: 'T1', status: 'sale', revenue: 900, params }
  const { events } = backend
  await events.insertLines('clicks', [toLine('clicks', row, 5)], 'm')
  await events.insertLines('conversions', [toLine('conversions', conversion, 5)], 'm')
  const line = { datetime, seq: 5, sub_id, outcome: 'created', params, ip: 'secret' }
  await events.insertLines('postback_log', [toLine('postback_log', line, 5)], 'm')
  const sent = { datetime, message_id: `msg_${sub_id}`, attempt: 1, sub_id, url: 'https://secret', answer: 'secret' }
  await events.insertLines('sent_postbacks', [toLine('sent_postbacks', sent, 5)], 'm')
  return sub_id
}

describe('erasing visitors', () => {
  it('empties what may tell who they were, and leaves money, counts and everybody else', async () => {
    const [erased, other] = [await visit(TEST_NOW_MS, 0.1), await visit(TEST_NOW_MS + 1, 0.2)]
    const kept = (await backend.events.loadStates([other])).get(other)
    const { status, body } = await backend.call('POST', '/clicks/erase', { sub_ids: [erased] })
    assert.equal(status, 200)
    assert.partialDeepStrictEqual(body, { success: true, clicks: 1, is_complete: true })
    assert.ok(body.erased.includes('ip') && body.remains.length > 0)
    const { sub_id, ...left } = (await backend.events.loadStates([erased])).get(erased)?.row ?? {}
    assert.deepEqual([sub_id, JSON.stringify(left).includes('secret')], [erased, false])
    assert.partialDeepStrictEqual(left, { datetime: TEST_NOW_MS, country: 'PL', cost: 30, sales: 1, sale_revenue: 900 })
    const [conversion] = (await backend.events.loadConversions([erased])).get(erased) ?? []
    assert.ok(!JSON.stringify(conversion).includes('secret'))
    assert.partialDeepStrictEqual(conversion?.row, { status: 'sale', tid: 'T1', revenue: 900 })
    const lines = [...backend.events.postbackLog(), ...backend.events.sentPostbacks()]
    assert.deepEqual(
      lines.map((line) => [line.sub_id, JSON.stringify(line).includes('secret')]),
      [erased, other, erased, other].map((id) => [id, id === other]),
    )
    assert.deepEqual((await backend.events.loadStates([other])).get(other), kept)
    const audit = (await backend.call('GET', '/logs/audit')).body
    assert.ok(!JSON.stringify(audit).includes(erased))
    assert.partialDeepStrictEqual(audit[0], { action: 'run', after: { erase: ['sub_id'], clicks: 1 } })
  })

  it('finds them by address, and does the same again without harm', async () => {
    const erased = await visit(TEST_NOW_MS + 2, 0.3)
    backend.answer = { rows: [{ sub_id: erased }], totals: null, rowsBeforeLimit: 1 }
    const dry = await backend.call('POST', '/clicks/erase', { ip: '2001:db8:0::1', dry_run: true })
    assert.deepEqual([dry.body.dry_run, dry.body.clicks], [true, 1])
    assert.equal((await backend.events.loadStates([erased])).get(erased)?.row.ip, 'secret ip')
    for (let again = 0; again < 2; again++) {
      const { body } = await backend.call('POST', '/clicks/erase', { ip: '2001:db8:0::1' })
      assert.deepEqual([body.clicks, backend.queries.at(-1)?.params.ip], [1, '2001:db8:0::1'])
    }
    assert.equal((await backend.events.loadStates([erased])).get(erased)?.row.ip, undefined)
    assert.ok(!JSON.stringify((await backend.call('GET', '/logs/audit')).body).includes('2001:db8'))
    assert.deepEqual(backend.events.oddStates(), [])
  })

  it('has its months written anew once that is stored', async () => {
    const compacted: string[] = []
    const deps = {
      configStore: backend.store,
      eventStore: { compact: async (table: string, month: string | null) => void compacted.push(`${table} ${month}`) },
    }
    assert.equal(await compactErased({ ...deps, nowMs: () => TEST_NOW_MS }), '')
    const later = { ...deps, nowMs: () => TEST_NOW_MS + 3_600_000 }
    assert.equal(await compactErased(later), 'rewrote 2026-02')
    assert.deepEqual(compacted, [
      ...['postback_log null', 'sent_postbacks null', 'clicks 2026-02', 'conversions 2026-02'],
    ])
    assert.equal(await compactErased(later), '')
  })

  it('refuses what cannot be meant, and changes nothing then', async () => {
    const before_ = backend.eventWriter.appended.length
    for (const [payload, field] of [
      [{}, 'sub_id'],
      [{ ip: 'not an address' }, 'ip'],
      [{ ip: "1.2.3.4' OR 1=1 --" }, 'ip'],
      [{ sub_id: 'short' }, 'sub_id'],
      [{ sub_ids: ["x'; DROP TABLE clicks --"] }, 'sub_ids'],
      [{ sub_ids: { a: 1 } }, 'sub_ids'],
    ] as const) {
      const { status, body } = await backend.call('POST', '/clicks/erase', payload)
      assert.equal(status, 406, JSON.stringify([payload, body]))
      assert.match(JSON.stringify(body[field]), /must|name/, JSON.stringify(payload))
    }
    assert.equal(backend.eventWriter.appended.length, before_)
    const reply = await backend.app.inject({
      ...{ method: 'POST', url: '/admin_api/v1/clicks/erase', headers: { 'api-key': TEST_KEY } },
      payload: { sub_id: 'ml6o7rbc00000zzzz' },
    })
    assert.match(String(reply.headers['trackyard-hint']), /There is no click ml6o7rbc00000zzzz/)
    assert.equal(reply.json().clicks, 0)
  })
})

describe('retention', () => {
  it('drops months that are past their days, clicks with their conversions, and tells before what it will', async () => {
    const ids: string[] = []
    for (const [month, day] of [
      [9, 30],
      [10, 1],
      [11, 31],
      [0, 15],
    ] as const)
      ids.push(await visit(Date.UTC(month === 0 ? 2026 : 2025, month, day), 0.5))
    const deps = { configStore: backend.store, eventStore: backend.events, inTurn, nowMs: () => TEST_NOW_MS }
    await backend.call('POST', '/settings', { sent_postbacks_ttl: 0 })
    assert.equal(await dropOutdated(deps), '')
    const tried = (await backend.call('GET', '/retention?stats_ttl=60')).body
    assert.partialDeepStrictEqual(tried[1], { table: 'clicks', days: 60, drops: [{ month: '2025-10' }, {}] })
    assert.equal((await backend.call('GET', '/retention?stats_ttl=soon')).status, 406)
    assert.equal(await dropOutdated(deps), '')
    await backend.call('POST', '/settings', { stats_ttl: 60, postback_log_ttl: 90, sent_postbacks_ttl: 65 })
    const { body } = await backend.call('GET', '/retention')
    const drops = body.map((one: { table: string; days: number; drops: { month: string }[] }) => [
      ...[one.table, one.days, one.drops.map(({ month }) => month).join()],
    ])
    // 60 days before 3 February is 5 December: November is past, December is kept whole.
    assert.deepEqual(drops, [
      ['conversions', 60, '2025-10,2025-11'],
      ['clicks', 60, '2025-10,2025-11'],
      ['postback_log', 90, '2025-10'],
      // 65 days before is 30 November; the day is past when it is over.
      ['sent_postbacks', 65, '2025-10-30,2025-11-01'],
    ])
    assert.equal((await backend.events.loadStates(ids)).size, 4)
    assert.match(await dropOutdated(deps), /^dropped conversions of 2025-10, 2025-11 \(2 rows; stats_ttl is 60 days\);/)
    assert.deepEqual([...(await backend.events.loadStates(ids)).keys()], ids.slice(2))
    assert.deepEqual(
      backend.events.sentPostbacks().flatMap(({ sub_id }) => (ids.includes(String(sub_id)) ? [sub_id] : [])),
      ids.slice(2),
    )
    assert.deepEqual([...(await backend.events.loadConversions(ids)).keys()].sort(), ids.slice(2).sort())
    assert.deepEqual([await dropOutdated(deps), backend.events.oddStates()], ['', []])
    await assert.rejects(
      dropOutdated({
        ...deps,
        nowMs: () => TEST_NOW_MS + 90 * DAY_MS,
        inTurn: () => Promise.reject(new Error('busy')),
      }),
      /busy/,
    )
    assert.equal((await backend.events.loadStates(ids)).size, 2)
  })

  it('deletes what has been archived for long, unless something names it', async () => {
    const offer = await backend.create('offers', { name: 'Named', action_payload: 'https://o.example/' })
    const free = await backend.create('offers', { name: 'Free' })
    const kept = await backend.create('campaigns', { name: 'Kept', alias: 'kept' })
    const gone = await backend.create('campaigns', { name: 'Gone', alias: 'gone' })
    const stream = {
      campaign_id: kept.id,
      name: 's',
      type: 'regular',
      schema: 'landings',
      offers: [{ offer_id: offer.id }],
    }
    const named = await backend.create('streams', stream)
    assert.equal((await backend.store.get('streams', named.id))?.offers[0]?.offer_id, offer.id)
    for (const path of [`/offers/${offer.id}`, `/offers/${free.id}`, `/campaigns/${gone.id}`])
      assert.equal((await backend.call('DELETE', path)).status, 200)
    let nowMs = TEST_NOW_MS + 59 * DAY_MS
    let changes = 0
    const deps = {
      ...{ configStore: backend.store, files: backend.files, changed: () => void changes++, nowMs: () => nowMs },
    }
    assert.equal(await removeArchived(deps), '')
    nowMs += 2 * DAY_MS
    assert.equal(await removeArchived(deps), 'deleted for good: 1 campaigns, 1 offers, archived for more than 60 days')
    assert.deepEqual([await removeArchived(deps), changes], ['', 1])
    assert.equal(await backend.store.get('offers', free.id), null)
    assert.notEqual(await backend.store.get('offers', offer.id), null)
    assert.deepEqual(
      (await backend.store.list('campaigns', { includeDeleted: true })).map(({ id }) => id),
      [kept.id],
    )
  })
})
