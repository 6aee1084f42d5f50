import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { DIALECTS } from '../dialect/dialect.ts'
import { routes } from '../routes.ts'
import { openTestBackend, TEST_KEY, type TestBackend } from '../testing.ts'
import { unknownFieldHints } from './unknown-fields.ts'

describe('fields that nobody reads', () => {
  let backend: TestBackend
  before(async () => {
    backend = await openTestBackend()
  })
  after(() => backend.close())

  const hintsOf = async (method: 'POST' | 'PUT' | 'GET', path: string, payload: object, dialect = 'modern') => {
    const reply = await backend.app.inject({
      method,
      url: `/admin_api/v1${path}`,
      headers: { 'api-key': TEST_KEY, 'api-dialect': dialect },
      payload: JSON.stringify(payload),
    })
    // Other doubts about what was sent are not the subject here.
    const hints = [reply.headers['trackyard-hint'] ?? []]
      .flat()
      .map(String)
      .filter((hint) => /is not (read|a field)/.test(hint))
    return { status: reply.statusCode, hints, body: reply.body === '' ? undefined : reply.json() }
  }

  it('are named, with what was probably meant', async () => {
    const { status, hints } = await hintsOf('POST', '/offers', { name: 'Tea', payuot_value: 2 })
    assert.equal(status, 200)
    assert.deepEqual(hints, ['"payuot_value" is not a field of an offer; did you mean "payout_value"?'])
  })
  it('are named when nothing like them is known', async () => {
    const { hints } = await hintsOf('POST', '/offers', { name: 'Coffee', qqqqqqqq: 2 })
    assert.deepEqual(hints, ['"qqqqqqqq" is not a field of an offer, so it was ignored.'])
  })
  it('are named when a field is refused, which is where it helps most', async () => {
    const { status, hints } = await hintsOf('POST', '/campaigns', { alias: 'abc', nmae: 'Tea' })
    assert.equal(status, 406)
    assert.deepEqual(hints, ['"nmae" is not a field of a campaign; did you mean "name"?'])
  })
  it('are named by route where no entity is written', async () => {
    const { hints } = await hintsOf('GET', '/streams/search?qury=x', {})
    assert.deepEqual(hints, ['"qury" is not read by GET /streams/search; did you mean "query"?'])
  })
  it('are named by lists, which most ignore pages and filters', async () => {
    for (const [path, hints] of [
      [
        '/offers?limit=5&page=2',
        [
          '"limit" is not read by GET /offers, so it was ignored.',
          '"page" is not read by GET /offers, so it was ignored.',
        ],
      ],
      ['/campaigns?state=disabled', ['"state" is not read by GET /campaigns, so it was ignored.']],
      ['/campaigns?ofset=1', ['"ofset" is not read by GET /campaigns; did you mean "offset"?']],
      ['/users?limit=abc', ['"limit" is not read by GET /users, so it was ignored.']],
      ['/domains?_=1', []],
    ] as const)
      assert.deepEqual(await hintsOf('GET', path, {}).then((one) => [path, one.status, one.hints]), [path, 200, hints])
  })
  it('are none of those that go by another name', async () => {
    for (const name of ['sub_id', 'subid', 'payout', 'transaction_id']) {
      const { hints } = await hintsOf('POST', '/conversions', { [name]: '' })
      assert.deepEqual([name, hints], [name, []])
    }
  })
  it('do not make headers of any length or with any character', async () => {
    const { hints } = await hintsOf('POST', '/groups', { name: 'A', type: 'offers', ['ü\r\n'.repeat(999)]: 1 })
    assert.ok(hints.every((hint) => /^[\x20-\x7e]{1,300}$/.test(hint)))
  })

  for (const dialect of DIALECTS)
    it(`are none when a whole object is put back: ${dialect}`, async () => {
      const suffix = `-${dialect}`
      const made: Record<string, object> = {
        campaigns: { name: 'C', alias: `c${suffix}` },
        offers: { name: 'O' },
        landing_pages: { name: 'L' },
        affiliate_networks: { name: `N${suffix}` },
        traffic_sources: { name: 'T' },
        domains: { name: `go${suffix}.example.com` },
        groups: { name: `G${suffix}`, type: 'campaigns' },
        bots: { value: dialect === '2017' ? '203.0.113.7' : '203.0.113.8' },
        filters: { name: `F${suffix}`, filters: [{ name: 'country', payload: ['US'] }] },
      }
      for (const [kind, fields] of Object.entries(made)) {
        const created = await hintsOf('POST', `/${kind}`, fields, dialect)
        assert.equal(created.status, 200, JSON.stringify(created.body))
        const id = [created.body].flat()[0].id
        const { body } = await hintsOf('GET', `/${kind}/${id}`, {}, dialect)
        const put = await hintsOf('PUT', `/${kind}/${id}`, [body].flat()[0], dialect)
        assert.deepEqual([kind, put.status, put.hints], [kind, 200, []])
      }
    })

  it('are none in the samples of the first Admin API', () => {
    const cases = z
      .object({
        cases: z.array(z.looseObject({ request: z.string(), body: z.record(z.string(), z.unknown()).optional() })),
      })
      .parse(JSON.parse(readFileSync(new URL('../dialect/seed-2017.cases.json', import.meta.url), 'utf8')))
    for (const { request, body = {} } of cases.cases) {
      const [method, path = ''] = request.split(' ')
      const route = routes.find(
        (one) =>
          one.method === method && new RegExp(`^${one.path.replace(/:\w+/g, '[^/]+')}$`).test(path.split('?')[0] ?? ''),
      )
      assert.ok(route, request)
      assert.deepEqual([request, unknownFieldHints(route, body)], [request, []])
    }
  })
})
