import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type SpawnedStore, spawnStore } from '../../store/spawn-store.ts'
import { openClickHouseEvents } from '../../stores/events/clickhouse.ts'
import { toLine } from '../../stores/events/line.ts'
import type { EventQueries, EventStore } from '../../stores/events/port.ts'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from '../testing.ts'

let backend: TestBackend
let server: SpawnedStore
let store: EventStore & EventQueries
before(async () => {
  backend = await openTestBackend()
  server = await spawnStore()
  const { socketPath, password } = server
  store = openClickHouseEvents({ url: 'http://localhost', socketPath, password, database: 'sent' })
  await store.migrate()
  // The clock of these tests stands still, the store's does not: to it their lines are old.
  await store.query({ sql: 'ALTER TABLE sent_postbacks REMOVE TTL', params: {} }).catch(() => undefined)
})
after(async () => {
  await store?.close()
  await server?.stop()
  await backend.close()
})
beforeEach(() => {
  backend.queries.length = 0
  backend.repeated.length = 0
})

const NOTHING = { rows: [], totals: null, rowsBeforeLimit: 0 }
const idOf = (n: number): string => `msg_${String(n).padStart(27, '0')}`
const subIdOf = (n: number): string => `${TEST_NOW_MS.toString(36).padStart(8, '0')}${String(n).padStart(9, '0')}`
const COMMON = { campaign_id: 1, status: 'sale', original_status: 'approved', tid: 'T', revenue: 12_500_000 }
const attempt = (n: number, attempt: number, outcome: string, more: Record<string, string | number> = {}) => ({
  ...{ ...COMMON, datetime: TEST_NOW_MS + n * 1000 + attempt, message_id: idOf(n), attempt, outcome, postback: 's1' },
  ...{ sub_id: subIdOf(n), conversion_id: `${subIdOf(n)}-1`, method: 'GET', url: `https://pb.example/?n=${n}` },
  ...{ headers: '{"user-agent":"Trackyard"}', http_status: 503, answer: 'busy', reason: 'it is so', ...more },
})
/** Asks as a client does, with the real store behind. */
async function ask(method: 'GET' | 'POST', path: string, payload?: object, headers: Record<string, string> = {}) {
  backend.answer = NOTHING
  backend.queries.length = 0
  const first = await backend.call(method, path, payload, { headers })
  const [query] = backend.queries
  if (query === undefined) return first
  backend.answer = await store.query(query)
  return backend.call(method, path, payload, { headers })
}

async function someone(access: object): Promise<string> {
  const made = await backend.create('users', {
    ...{ login: `u${Math.random()}`, type: 'USER', new_password: 'a-long-password', access_data: access },
    new_password_confirmation: 'a-long-password',
  })
  await backend.call('PUT', `/users/${made.id}/access`, { access_data: access })
  return (await backend.call('POST', `/users/${made.id}/api_keys`, { name: 'k' })).body.key
}

describe('the log of sent postbacks', () => {
  before(async () => {
    await backend.create('campaigns', { name: 'One', alias: 'one' })
    await backend.create('campaigns', { name: 'Two', alias: 'two' })
    await backend.create('traffic_sources', { name: 'Source' })
    const lines = [
      attempt(1, 1, 'retrying', { next_try_datetime: TEST_NOW_MS + 60_000 }),
      attempt(1, 2, 'delivered', { http_status: 200, answer: 'fine', duration_ms: 12 }),
      attempt(2, 1, 'failed', { body: 'a=Needle' }),
      attempt(3, 1, 'gone', { postback: 't1', campaign_id: 2, status: 'lead' }),
      attempt(4, 0, 'skipped', { postback: 'c2-4', campaign_id: 2 }),
      attempt(5, 1, 'retrying', { postback: 'c1-2' }),
    ].map((row) => toLine('sent_postbacks', row, row.datetime))
    await store.insertLines('sent_postbacks', lines, 'a')
    // As after a crash: the same lines once more.
    await store.insertLines('sent_postbacks', lines.slice(0, 3), 'b')
    for (const n of [1, 2, 3, 5]) {
      const click = { sub_id: subIdOf(n), datetime: TEST_NOW_MS, campaign_id: n === 3 ? 2 : 1, country: 'MX' }
      const row = { ...click, conversion_id: `${subIdOf(n)}-1`, status: 'rejected', revenue: 1, postback_datetime: 5 }
      await backend.events.insertLines('clicks', [toLine('clicks', click, 1)], 'c')
      await backend.events.insertLines('conversions', [toLine('conversions', row, 1)], 'c')
    }
  })

  it('shows every attempt once, newest first, with request and answer', async () => {
    const { body } = await ask('GET', '/logs/sent_postbacks')
    assert.deepEqual(
      body.map(({ message_id, attempt, outcome }: Record<string, string>) => [message_id, attempt, outcome]),
      [
        [idOf(5), 1, 'retrying'],
        [idOf(4), 0, 'skipped'],
        [idOf(3), 1, 'gone'],
        [idOf(2), 1, 'failed'],
        [idOf(1), 2, 'delivered'],
        [idOf(1), 1, 'retrying'],
      ],
    )
    assert.deepEqual(body[4], {
      id: `sent_postbacks-${TEST_NOW_MS + 1002}-${idOf(1)}-2`,
      ...{ datetime: '2026-02-03 14:05:10', jid: subIdOf(1), message_id: idOf(1), outcome: 'delivered' },
      ...{ reason: 'it is so', postback: 's1', sub_id: subIdOf(1), conversion_id: `${subIdOf(1)}-1`, status: 'sale' },
      ...{ tid: 'T', method: 'GET', url: 'https://pb.example/?n=1', attempt: 2, campaign_id: 1, body: '' },
      ...{ headers: { 'user-agent': 'Trackyard' }, http_status: 200, answer: 'fine', duration_ms: 12, next_try: null },
      message: `delivered: sale of click ${subIdOf(1)} to GET https://pb.example/?n=1. it is so`,
    })
    assert.equal(body[5].next_try, '2026-02-03 14:06:09')
    assert.deepEqual((await ask('GET', `/logs/${body[4].id}`)).body, body[4])
  })

  it('is narrowed by everything an entry is looked for by', async () => {
    const found = async (query: string) => (await ask('GET', `/logs/sent_postbacks?${query}`)).body.length
    assert.equal(await found('outcome=failed,gone'), 2)
    assert.equal(await found('postback=s1'), 3)
    assert.equal(await found('campaign_id=2&outcome=skipped'), 1)
    assert.equal(await found(`sub_id=${subIdOf(5)}`), 1)
    assert.equal(await found(`conversion_id=${subIdOf(1)}-1&limit=1`), 1)
    assert.equal(await found('status=lead'), 1)
    assert.equal(await found(`message_id=${idOf(1)}`), 2)
    assert.equal(await found('tid=T'), 6)
    assert.equal(await found('tid=t'), 0)
    assert.equal(await found('http_status=200'), 1)
    assert.equal(await found('query=needle'), 1)
    assert.equal(await found('from=2026-02-03 14:05:12'), 3)
    assert.equal(await found('to=2026-02-03 14:05:10'), 2)
    assert.equal(await found('from=2026-02-03&to=2026-02-03'), 6)
    for (const [query, words] of [
      ['outcome=lost', /outcome: must be one or several of delivered/],
      ['postback=x1', /postback: must be the key of a postback such as s3/],
      ['campaign_id=one', /campaign_id: must be the id/],
      ['http_status=ok', /http_status: must be a status such as 503/],
      ['from=yesterday', /from: must be a date/],
    ] as const) {
      const { status, body } = await backend.call('GET', `/logs/sent_postbacks?${query}`)
      assert.equal(status, 400, query)
      assert.match(body.error, words)
    }
  })

  it('shows users what is of their campaigns, and of sources and stored postbacks what they may see', async () => {
    const sections = { resources: ['conversions', 'campaigns', 'traffic_sources'] }
    const two = { campaigns_access_type: 'to_groups_and_selected', campaigns_selected_entities: [2], ...sections }
    const seen = async (access: object) =>
      (await ask('GET', '/logs/sent_postbacks', undefined, { 'api-key': await someone(access) })).body.map(
        ({ postback }: Record<string, string>) => postback,
      )
    assert.deepEqual(await seen(two), ['c2-4'])
    assert.deepEqual(await seen({ ...two, traffic_sources_access_type: 'read_only' }), ['c2-4', 't1'])
    assert.deepEqual(await seen({ campaigns_access_type: 'read_only', ...sections }), ['c1-2', 'c2-4'])
    const blind = await someone({ ...two, reports: ['clicks'] })
    assert.equal((await ask('GET', '/logs/sent_postbacks', undefined, { 'api-key': blind })).status, 403)
  })

  it('sends again what did not arrive: the click as it is, the conversion as it was told', async () => {
    const { body } = await ask('POST', '/logs/replay_sent_postbacks', { from: '2026-02-03' })
    assert.deepEqual(body, {
      replayed: 2,
      not_replayed: [{ message_id: idOf(4), reason: 'its click or its conversion is there no more' }],
    })
    const [second, third] = backend.repeated
    assert.deepEqual([second?.id, second?.lane, second?.subId], [idOf(2), 's1', subIdOf(2)])
    assert.deepEqual(JSON.parse(second?.occasion ?? ''), {
      click: { sub_id: subIdOf(2), datetime: TEST_NOW_MS, campaign_id: 1, country: 'MX' },
      conversion: {
        ...{ conversion_id: `${subIdOf(2)}-1`, tid: 'T', status: 'sale', original_status: 'approved' },
        ...{ revenue: 12_500_000, postback_datetime: 5 },
      },
    })
    assert.equal(third?.id, idOf(3))
    const [noted] = (await backend.call('GET', '/logs/audit')).body
    assert.partialDeepStrictEqual(noted, { action: 'run', after: { replay: 'sent_postbacks', messages: 2 } })
  })

  it('sends again what is named, whatever came of it, and what is chosen by outcome', async () => {
    const again = async (payload: object) => {
      backend.repeated.length = 0
      const { status, body } = await ask('POST', '/logs/replay_sent_postbacks', payload)
      assert.equal(status, 200, JSON.stringify(body))
      return backend.repeated.map(({ id }) => id)
    }
    const entry = `sent_postbacks-${TEST_NOW_MS + 1002}-${idOf(1)}-2`
    assert.deepEqual(await again({ ids: [entry, idOf(5)] }), [idOf(1), idOf(5)])
    assert.deepEqual(await again({ ids: idOf(1) }), [idOf(1)])
    assert.deepEqual(await again({ outcome: 'delivered' }), [idOf(1)])
    assert.deepEqual(await again({ outcome: ['retrying'] }), [idOf(5)])
    assert.deepEqual(await again({ campaign_id: 1, limit: 5 }), [idOf(2)])
    assert.deepEqual(await again({ sub_id: 'nobody' }), [])
    assert.deepEqual(await again({ tid: 'T', campaign_id: 1 }), [idOf(2)])
    assert.deepEqual(await again({ tid: 'other', campaign_id: 1 }), [])
    assert.deepEqual(await again({ to: '2026-02-03 14:05:10', outcome: 'retrying', sub_id: subIdOf(1) }), [])
  })

  it('tells in a dry run what would be sent, and sends nothing', async () => {
    for (const dry_run of [true, '1']) {
      const { status, body } = await ask('POST', '/logs/replay_sent_postbacks', { from: '2026-02-03', dry_run })
      assert.equal(status, 200)
      const { messages, ...rest } = body
      assert.deepEqual(rest, {
        ...{ dry_run: true, replayed: 0, would_replay: 2 },
        not_replayed: [{ message_id: idOf(4), reason: 'its click or its conversion is there no more' }],
      })
      assert.deepEqual(messages[0], {
        ...{ message_id: idOf(2), postback: 's1', sub_id: subIdOf(2), conversion_id: `${subIdOf(2)}-1` },
        ...{ status: 'sale', tid: 'T', revenue: 12.5 },
      })
      assert.equal(messages[1].message_id, idOf(3))
    }
    const unclear = await ask('POST', '/logs/replay_sent_postbacks', { outcome: 'failed', dry_run: 'perhaps' })
    assert.equal(unclear.status, 406)
    assert.deepEqual(Object.keys(unclear.body), ['dry_run'])
    assert.deepEqual(backend.repeated, [])
  })

  it('sends again for users what is of campaigns they may change', async () => {
    const own = { campaigns_access_type: 'to_groups_and_selected', campaigns_selected_entities: [1] }
    const all = { ids: [1, 2, 3, 5].map(idOf) }
    const again = async (access: object) => {
      backend.repeated.length = 0
      const key = await someone(access)
      const { status } = await ask('POST', '/logs/replay_sent_postbacks', all, { 'api-key': key })
      return [status, backend.repeated.map(({ id }) => id)]
    }
    assert.deepEqual(await again(own), [200, [idOf(5)]])
    assert.deepEqual(await again({ campaigns_access_type: 'read_only' }), [403, []])
  })

  it('tells what is wrong with a replay, and sends nothing', async () => {
    for (const payload of [
      {},
      { ids: 'x' },
      { ids: ["msg_'; DROP TABLE jobs; --"] },
      { ids: [[]], outcome: 'failed' },
      { ids: { a: 1 } },
      { outcome: 'lost' },
      { campaign_id: -1 },
      { campaign_id: 1, limit: 'many' },
      { campaign_id: 1, limit: 0 },
      { from: 'then', outcome: 'failed' },
      { postback: '__proto__' },
      { limit: 10 },
      { outcome: 'failed', tid: ['T'] },
      { outcome: 'failed', sub_id: { is: 'x' } },
    ]) {
      const { status, body } = await backend.call('POST', '/logs/replay_sent_postbacks', payload)
      assert.ok(status === 400 || (status === 200 && body.replayed === 0), `${JSON.stringify(payload)}: ${status}`)
      if (status === 400) assert.match(body.error, /^[a-z_]+: must be|^Say which/, JSON.stringify(payload))
    }
    assert.deepEqual(backend.repeated, [])
  })
})
