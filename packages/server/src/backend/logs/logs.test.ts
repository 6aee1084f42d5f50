import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { toLine } from '../../stores/events/line.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())
beforeEach(() => {
  backend.queries.length = 0
  backend.answer = { rows: [], totals: null, rowsBeforeLimit: 0 }
  backend.systemLines.splice(0, backend.systemLines.length, ...LINES)
})

const LINES = [
  { atMs: TEST_NOW_MS, level: 'info', part: 'backend', message: 'started' },
  {
    atMs: TEST_NOW_MS + 1000,
    level: 'error',
    part: 'tracker',
    message: 'a request failed',
    fields: { error: 'Oops' },
  },
  { atMs: TEST_NOW_MS + 2000, level: 'warn', part: 'ingest', message: 'storing is interrupted' },
] as const
const SUB_ID = `${TEST_NOW_MS.toString(36).padStart(8, '0')}000000abc`
const POSTBACK = {
  ...{ at_ms: TEST_NOW_MS + 1500, seq: 77, sub_id: '', outcome: 'rejected', reason: 'subid is missing', status: '' },
  ...{ tid: '', campaign_id: 0, params: '{"payout":"1"}', ip: '1.2.3.4' },
}

async function someone(access: object): Promise<string> {
  const made = await backend.create('users', {
    ...{ login: `u${Math.random()}`, type: 'USER', new_password: 'a-long-password', access_data: access },
    new_password_confirmation: 'a-long-password',
  })
  await backend.call('PUT', `/users/${made.id}/access`, { access_data: access })
  return (await backend.call('POST', `/users/${made.id}/api_keys`, { name: 'k' })).body.key
}

describe('logs', () => {
  it('are listed by name, by either verb', async () => {
    const names = ['system', 'traffic', 'postbacks', 'ssl', 'sent_postbacks', 'errors', 'audit']
    assert.deepEqual((await backend.call('GET', '/logs/types')).body, names)
    assert.deepEqual((await backend.call('POST', '/logs/types')).body, names)
  })

  it('tell what the processes said, newest first, searched and in pages', async () => {
    const all = (await backend.call('GET', '/logs/system')).body
    assert.deepEqual(
      all.map(({ datetime, jid, level }: Record<string, string>) => [datetime, jid, level]),
      [
        ['2026-02-03 14:05:11', 'ingest', 'warn'],
        ['2026-02-03 14:05:10', 'tracker', 'error'],
        ['2026-02-03 14:05:09', 'backend', 'info'],
      ],
    )
    assert.match(all[1].message, /error tracker: a request failed \{"error":"Oops"\}/)
    const ask = async (query: string) => (await backend.call('GET', `/logs/${query}`)).body
    assert.deepEqual(await ask('system?limit=1&offset=1'), [all[1]])
    assert.equal((await ask('system?query=OOPS')).length, 1)
    assert.equal((await ask('errors')).length, 1)
    assert.deepEqual(await ask('system?level=warn,error'), all.slice(0, 2))
    assert.deepEqual(await ask('system?part=tracker'), [all[1]])
    assert.match((await ask('system?level=loud')).error, /^level: must be one or several of debug, info, warn, error/)
    assert.match((await ask('postbacks?outcome=lost')).error, /^outcome: must be one or several of created, updated/)
    assert.deepEqual(await ask('sent_postbacks'), [])
    assert.deepEqual(await ask('ssl'), [])
  })

  it('tell of words that nothing is called by', async () => {
    const hints = async (query: string) => {
      const reply = await backend.app.inject({ url: `/admin_api/v1/logs/${query}`, headers: { 'api-key': TEST_KEY } })
      return reply.headers['trackyard-hint']?.toString()
    }
    assert.equal(await hints('system?part=trakcer'), 'part: nothing here is from "trakcer": did you mean tracker?')
    assert.equal(await hints('system?part=tracker'), undefined)
    assert.match(
      String(await hints('postbacks?status=leed')),
      /^status: there is no status "leed": did you mean lead\?/,
    )
    assert.match(String(await hints('sent_postbacks?status=leed')), /^status: there is no status "leed"/)
    assert.equal(await hints('postbacks?status=lead'), undefined)
    assert.match(
      String(await hints('audit?entity=campaign:3')),
      /^entity: .*"campaign" is noted: did you mean campaigns\?/,
    )
    assert.equal(await hints('audit?entity=settings'), undefined)
    assert.match(String(await hints('audit?limit=5000')), /^limit: a log answers at most 1000 entries/)
  })

  it('find one entry by its id', async () => {
    const [entry] = (await backend.call('GET', '/logs/errors')).body
    assert.deepEqual((await backend.call('GET', `/logs/${entry.id}`)).body, entry)
    backend.answer = { rows: [POSTBACK], totals: null, rowsBeforeLimit: 1 }
    const [postback] = (await backend.call('GET', '/logs/postbacks')).body
    assert.equal(postback.id, `postbacks-${POSTBACK.at_ms}-77`)
    backend.queries.length = 0
    assert.deepEqual((await backend.call('GET', `/logs/${postback.id}`)).body, postback)
    assert.deepEqual(backend.queries[0]?.params, { limit: 1, offset: 0, at: POSTBACK.at_ms, seq: '77' })
    await backend.create('groups', { name: 'Noted', type: 'campaigns' })
    const [change] = (await backend.call('GET', '/logs/audit')).body
    assert.deepEqual((await backend.call('GET', `/logs/audit-${change.id}`)).body, change)
    assert.deepEqual((await backend.call('GET', `/logs/${change.id}`)).body, change)
  })

  it('show clicks with what became of them', async () => {
    const row = { d0: SUB_ID, d1: TEST_NOW_MS, d2: '203.0.113.9', d3: 'PL', d4: 0, d5: 0, d6: 0, d7: 0 }
    backend.answer = { rows: [{ ...row, d8: 'https://o.example/' }], totals: null, rowsBeforeLimit: 1 }
    const { body } = await backend.call('GET', '/logs/traffic?query=o.example')
    assert.equal(body[0].message, `Click ${SUB_ID} from 203.0.113.9 PL: no campaign → https://o.example/`)
    assert.match(backend.queries[0]?.sql ?? '', /position\(lowerUTF8\(destination\)/)
    assert.equal((await backend.call('GET', `/logs/traffic-${SUB_ID}`)).body.jid, SUB_ID)
  })

  it('come together, newest first', async () => {
    backend.answer = { rows: [POSTBACK], totals: null, rowsBeforeLimit: 1 }
    const { body } = await backend.call('GET', '/logs?limit=4&type=')
    const processes = (await backend.call('GET', '/logs?type=system')).body
    assert.equal(processes.length, 3)
    assert.equal(body.length, 4)
    const times = body.map((entry: { datetime: string }) => entry.datetime)
    assert.deepEqual(times, times.toSorted().reverse())
  })

  it('are narrowed by period, campaign and what became of a postback', async () => {
    const period = 'from=2026-02-03&to=2026-02-03'
    const count = async (path: string) => (await backend.call('GET', path)).body.length
    for (const log of ['system', 'errors', 'audit']) {
      const all = await count(`/logs/${log}`)
      assert.ok(all > 0, log)
      assert.equal(await count(`/logs/${log}?from=2020-01-01&to=2030-01-01`), all, log)
      assert.equal(await count(`/logs/${log}?from=2030-01-01`), 0, log)
      assert.equal(await count(`/logs/${log}?to=2020-01-01`), 0, log)
    }
    await backend.call('GET', `/logs/postbacks?${period}&campaign_id=7&outcome=created&tid=T`)
    assert.partialDeepStrictEqual(backend.queries.at(-1)?.params, {
      ...{ from: Date.UTC(2026, 1, 3), to: Date.UTC(2026, 1, 4), campaign: 7, outcomes: ['created'], tid: 'T' },
    })
    await backend.call('GET', `/logs/traffic?${period}&campaign_id=7`)
    assert.match(backend.queries.at(-1)?.sql ?? '', /campaign_id/)
    for (const [field, value] of [
      ['from', 'yesterday'],
      ['to', '2026-02-31'],
      ['campaign_id', '1 OR 1=1'],
    ] as const)
      for (const log of ['system', 'audit', 'traffic', 'postbacks', 'sent_postbacks']) {
        const { status, body } = await backend.call('GET', `/logs/${log}?${field}=${encodeURIComponent(value)}`)
        assert.equal(status, 400, `${log} ${field}`)
        assert.match(body.error, new RegExp(`^${field}: must be`), `${log} ${field}`)
      }
  })

  it('are emptied by their name, as far as they can be', async () => {
    assert.deepEqual((await backend.call('DELETE', '/logs/errors')).body, { success: true })
    assert.deepEqual((await backend.call('GET', '/logs/errors')).body, [])
    assert.equal((await backend.call('GET', '/logs/system')).body.length, 2)
    const [noted] = (await backend.call('GET', '/logs/audit')).body
    assert.partialDeepStrictEqual(noted, { action: 'delete', entity_type: 'logs', after: { log: 'errors' } })

    for (const [table, log] of [
      ['postback_log', 'postbacks'],
      ['sent_postbacks', 'sent_postbacks'],
    ] as const) {
      await backend.events.insertLines(table, [toLine(table, { datetime: TEST_NOW_MS, sub_id: 'x' }, 1)], 'm')
      assert.deepEqual((await backend.call('DELETE', `/logs/${log}`)).body, { success: true })
      const [row] = (await backend.call('GET', '/logs/audit')).body
      assert.partialDeepStrictEqual(row, { action: 'delete', entity_type: 'logs', after: { log } })
    }
    assert.deepEqual([...backend.events.postbackLog(), ...backend.events.sentPostbacks()], [])
    for (const [name, reason] of [
      ['audit', /record of who changed what/],
      ['traffic', /clicks\/clean/],
    ] as const) {
      const { status, body } = await backend.call('DELETE', `/logs/${name}`)
      assert.equal(status, 400)
      assert.match(body.error, reason)
    }
  })

  const bad: readonly ['GET' | 'PUT' | 'DELETE', string, number, RegExp][] = [
    ['GET', '/logs/nothing', 404, /There is no log.*system, traffic/],
    ['GET', '/logs/constructor', 404, /There is no log/],
    ['GET', '/logs/system-1-abc', 404, /has no entry/],
    ['GET', "/logs/postbacks-1'%20OR%201", 404, /has no entry/],
    ['GET', '/logs/traffic-x', 404, /has no entry/],
    ['GET', '/logs/999999999', 404, /audit has no entry/],
    ['GET', '/logs/system?limit=many', 400, /limit: must be a whole number/],
    ['GET', '/logs/postbacks?limit=-1', 400, /limit: must be a whole number/],
    ['GET', '/logs/audit?offset=x', 400, /offset: must be a whole number/],
    ['GET', '/logs/traffic?offset=1.5', 400, /offset: must be a whole number/],
    ['GET', '/logs?limit=x', 400, /limit: must be a whole number/],
    ['GET', '/logs?offset=99999999999', 400, /offset: must be at most 10000/],
    ['GET', '/logs/audit?entity=campaigns:x', 400, /^entity: must be a kind such as campaigns, or one of it/],
    ['GET', '/logs/audit?user[]=1', 400, /^user: must be a single value\.$/],
    ['GET', '/logs?type=nope', 404, /There is no log/],
    ['PUT', '/logs/system', 400, /cannot be changed/],
    ['PUT', '/logs/audit-1', 400, /cannot be changed/],
    ['DELETE', '/logs/nothing', 404, /There is no log/],
    ['DELETE', '/logs/sent_postbacks-1', 404, /has no entry/],
  ]
  for (const [method, path, expected, words] of bad) {
    it(`${method} ${path} is refused with words`, async () => {
      const { status, body } = await backend.call(method, path, method === 'PUT' ? { message: 'x' } : undefined)
      assert.equal(status, expected, JSON.stringify(body))
      assert.match(body.error, words)
      assert.equal(backend.systemLines.length, 3)
    })
  }

  it('open as far as the user is let in', async () => {
    const key = await someone({ campaigns_access_type: 'own', resources: ['conversions'] })
    const as = { headers: { 'api-key': key } }
    assert.deepEqual((await backend.call('GET', '/logs/types', undefined, as)).body, ['postbacks', 'sent_postbacks'])
    for (const name of ['system', 'errors', 'audit', 'traffic', 'ssl'])
      assert.equal((await backend.call('GET', `/logs/${name}`, undefined, as)).status, 403, name)
    assert.equal((await backend.call('GET', '/logs', undefined, as)).status, 200)
    assert.equal((await backend.call('DELETE', '/logs/postbacks', undefined, as)).status, 403)
    assert.match(backend.queries.at(-1)?.sql ?? '', /campaign_id IN \{/)
  })
})
