import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { toLine } from '../stores/events/line.ts'
import { later, n8n, official, type Row, things } from './compat-routes-table.ts'
import { routes } from './routes.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from './testing.ts'

describe('the routes of the reference', () => {
  let backend: TestBackend
  let made = 0
  const fresh = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('#', () => String(++made)))

  const send = (method: Row[1], path: string, body?: object) =>
    backend.app.inject({
      method,
      url: `/admin_api/v1${path}`,
      headers: { 'api-key': TEST_KEY },
      ...(body ? { payload: JSON.stringify(body) } : {}),
    })
  const make = async (name: string): Promise<string> => {
    const [path, body] = things[name] ?? assert.fail(`nothing is called ${name}`)
    const reply = await send('POST', `/${path}`, fresh(body))
    assert.equal(reply.statusCode, 200, reply.body)
    const [one] = [reply.json()].flat()
    return String(one.id)
  }
  const subId = (): string => `${TEST_NOW_MS.toString(36).padStart(8, '0')}${String(++made).padStart(9, '0')}`
  const makeClick = async (): Promise<string> => {
    const click = subId()
    const row = { sub_id: click, datetime: TEST_NOW_MS, campaign_id: 1 }
    await backend.events.insertLines('clicks', [toLine('clicks', row, 1)], 'm')
    return click
  }
  const idOf = async (name: string): Promise<string> => {
    if (name === 'click') return makeClick()
    if (name === 'line') return 'audit-1'
    if (name === 'conversion') {
      const reply = await send('POST', '/conversions', { click_id: await makeClick(), status: 'lead' })
      return reply.json().conversion_id
    }
    if (!name.startsWith('archived ')) return make(name)
    const id = await make(name.slice(9))
    const reply = await send('DELETE', `/${things[name.slice(9)]?.[0]}/${id}`)
    assert.equal(reply.statusCode, 200, reply.body)
    return id
  }
  const filled = async (text: string): Promise<string> => {
    let result = text
    for (const [place, name = ''] of text.matchAll(/\{([a-z ]+)\}/g)) result = result.replace(place, await idOf(name))
    return result
  }

  before(async () => {
    backend = await openTestBackend({ validationStatus: 406 })
    for (const name of [
      'offer',
      'campaign',
      'stream',
      'network',
      'page',
      'group',
      'source',
      'domain',
      'user',
      'entry',
      'bot',
    ])
      await make(name)
    for (const name of ['postback', 'set', 'account']) await make(name)
    await idOf('archived offer')
    await send('POST', '/integrations/facebook/1/campaign', { campaign_id: 1 })
    const labels = { campaign_id: 1, ref_name: 'ip', items: { '192.0.2.7': 'blacklist' } }
    assert.equal((await send('POST', '/report/labels', labels)).statusCode, 200)
    backend.answer = { rows: [{ d0: subId(), d1: TEST_NOW_MS }], totals: {}, rowsBeforeLimit: 1 }
  })
  after(() => backend.close())

  for (const [name, rows] of Object.entries({ official, later, n8n }))
    describe(name, () => {
      for (const [number, method, path, shape, body] of rows)
        it(`${number}: ${method} ${path}`, async () => {
          backend.systemLines.push({ atMs: TEST_NOW_MS, level: 'info', part: 'backend', message: 'started' })
          const sent = body && JSON.parse(await filled(JSON.stringify(fresh(body))))
          const reply = await send(method, await filled(path), sent)
          if (typeof shape === 'number') return void assert.equal(reply.statusCode, shape, reply.body)
          assert.equal(reply.statusCode, 200, reply.body.slice(0, 500))
          const [form = '', ...keys] = shape.split(' ')
          if (form === 'bytes') {
            assert.equal(reply.headers['content-type'], 'application/octet-stream')
            return
          }
          assert.equal(String(reply.headers['content-type']).split(';')[0], 'application/json')
          holds(reply.json(), form, keys)
        })
    })

  it('131: POST /admin/?batch and ?bulk', async () => {
    for (const flag of ['batch', 'bulk', 'bulk=']) {
      const { app } = backend
      const headers = { 'api-key': TEST_KEY }
      const postData = { range: { interval: 'today' }, dimensions: ['campaign'], measures: ['clicks'] }
      const payload = JSON.stringify([{ method: 'POST', object: 'reports.build', postData }])
      const reply = await app.inject({ method: 'POST', url: `/admin/?${flag}`, headers, payload })
      assert.equal(reply.statusCode, 200, reply.body)
      const [{ body, ...rest }] = reply.json()
      assert.deepEqual(rest, { statusCode: 200, headers: [] })
      holds(body, 'log', [])
    }
  })

  it('are all there are numbers for: 117, 13 that are below the API, and 44 of the n8n resources', () => {
    assert.deepEqual(
      official.map(([number]) => number),
      Array.from({ length: 117 }, (_, index) => index + 1),
    )
    assert.deepEqual(
      later.map(([number]) => number),
      Array.from({ length: 13 }, (_, index) => index + 118),
    )
    // PUT and DELETE of one log entry are in logs.test: what happened cannot be changed.
    assert.equal(n8n.length + 2, 44)
    assert.ok(routes.length >= official.length + later.length + n8n.length)
  })
})

function holds(body: unknown, form: string, keys: readonly string[]): void {
  if (form === 'list' || form === 'one') {
    assert.ok(Array.isArray(body), `a list: ${JSON.stringify(body)}`)
    if (form === 'one') assert.equal(body.length, 1)
    if (keys.length === 0) return
    assert.ok(body.length > 0, 'there is one to look at')
    for (const one of body) holds(one, 'object', keys)
    return
  }
  assert.ok(typeof body === 'object' && body !== null && !Array.isArray(body), `an object: ${JSON.stringify(body)}`)
  for (const key of keys) assert.ok(key in body, `${key} in ${JSON.stringify(body)}`)
  if (form === 'success') assert.ok('success' in body && body.success === true, JSON.stringify(body))
  if (form !== 'log') return
  const { rows, total, meta }: { rows?: unknown; total?: unknown; meta?: unknown } = body
  assert.ok(Array.isArray(rows))
  assert.ok(Number.isInteger(total))
  assert.ok(typeof meta === 'object' && meta !== null && 'execution_time' in meta && 'datetime' in meta)
  assert.equal(typeof meta.execution_time, 'string')
  assert.match(String(meta.datetime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/)
}
