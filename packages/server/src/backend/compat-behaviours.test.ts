import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { InjectOptions } from 'fastify'
import { toLine } from '../stores/events/line.ts'
import { routes } from './routes.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from './testing.ts'

let backend: TestBackend
let made = 0
before(async () => {
  backend = await openTestBackend({ validationStatus: 406 })
})
after(() => backend.close())

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
const send = (method: Method, path: string, options: InjectOptions = {}) =>
  backend.app.inject({
    method,
    url: `/admin_api/v1${path}`,
    ...options,
    headers: { 'api-key': TEST_KEY, ...options.headers },
  })
const bare = (headers: Record<string, string>) => backend.app.inject({ url: '/admin_api/v1/campaigns', headers })
const campaign = (fields: object = {}) => backend.create('campaigns', { name: 'C', alias: `c${++made}`, ...fields })
const offer = () => backend.create('offers', { name: 'O', url: 'https://offer.example/' })
const report = async (request: object): Promise<number> => {
  backend.queries.length = 0
  const { status, body } = await backend.call('POST', '/report/build', request)
  if (status === 200) {
    assert.ok(Array.isArray(body.rows))
    assert.ok(Number.isInteger(body.total))
    assert.equal(typeof body.meta.execution_time, 'string')
    assert.match(body.meta.datetime, /^2026-02-03T\d\d:\d\d:\d\d\+00:00$/)
  } else assert.equal(typeof body.error, 'string', JSON.stringify(body))
  return status
}
const TODAY = { interval: 'today' }

/** The behaviours of reference admin-api §10.4, by their numbers there. */
describe('behaviour', () => {
  it('B1: the key comes in either header; without one 401 says so', async () => {
    const right: Record<string, string>[] = [
      { 'api-key': TEST_KEY },
      { 'API-KEY': TEST_KEY },
      { authorization: `Bearer ${TEST_KEY}` },
    ]
    for (const headers of right) assert.equal((await bare(headers)).statusCode, 200)
    const wrong: Record<string, string>[] = [
      {},
      { 'api-key': 'wrong' },
      { 'api-key': '' },
      { authorization: 'Bearer wrong' },
    ]
    for (const headers of wrong) {
      const reply = await bare(headers)
      assert.equal(reply.statusCode, 401)
      assert.equal(typeof reply.json().error, 'string')
    }
  })

  it('B2: JSON is read whatever the type says, and so are both kinds of forms', async () => {
    const json = (name: string) => JSON.stringify({ name, type: 'offers' })
    const types = [
      undefined,
      'application/json; charset=UTF-8',
      'Application/JSON',
      'application/x-www-form-urlencoded',
      'text/plain',
    ]
    for (const [index, type] of types.entries()) {
      const reply = await send('POST', '/groups', {
        payload: json(`B2 ${index}`),
        headers: type ? { 'content-type': type } : {},
      })
      assert.equal(reply.statusCode, 200, type)
      assert.equal(reply.json().name, `B2 ${index}`)
    }
    const urlencoded = {
      payload: 'name=B2+form&type=offers',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }
    assert.equal((await send('POST', '/groups', urlencoded)).json().name, 'B2 form')
    const form = new FormData()
    form.set('name', 'B2 multipart')
    form.set('type', 'offers')
    const sent = new Response(form)
    const payload = Buffer.from(await sent.arrayBuffer())
    const reply = await send('POST', '/groups', {
      payload,
      headers: { 'content-type': sent.headers.get('content-type') ?? '' },
    })
    assert.equal(reply.json().name, 'B2 multipart')
  })

  it('B3: query and body are one on every verb, and the body wins', async () => {
    await backend.create('groups', { name: 'B3', type: 'domains' })
    assert.equal((await backend.call('GET', '/groups', { type: 'domains' })).body.length, 1)
    assert.equal((await backend.call('GET', '/groups?type=offers', { type: 'domains' })).body[0].name, 'B3')
    const { id } = await campaign()
    assert.equal((await backend.call('PUT', `/campaigns/${id}?name=from+query`)).body.name, 'from query')
    assert.equal((await backend.call('DELETE', `/campaigns/${id}`, { id })).status, 200)
  })

  it('B4: actions take an empty body, {}, [] and null', async () => {
    for (const body of [undefined, '', '{}', '[]', 'null']) {
      const { id } = await campaign()
      for (const action of ['disable', 'enable', 'clone'])
        assert.equal((await backend.call('POST', `/campaigns/${id}/${action}`, body)).status, 200, `${action} ${body}`)
      assert.equal((await backend.call('DELETE', `/campaigns/${id}`, body)).status, 200)
      assert.equal((await backend.call('POST', `/campaigns/${id}/restore`, body)).status, 200)
    }
  })

  // B5, success is always 200, and B6, what is a list of one, are in compat-routes.test for every route.

  it('B7: what is refused comes by field with status 406', async () => {
    const { status, body } = await backend.call('POST', '/campaigns', {})
    assert.equal(status, 406)
    for (const field of ['alias', 'name']) assert.ok(Array.isArray(body[field]), JSON.stringify(body))
    assert.deepEqual(body.alias, ['Alias is required'])
  })

  it('B8: ids of nothing are 404 with words, and so are archived campaigns', async () => {
    const { id } = await campaign()
    await backend.call('DELETE', `/campaigns/${id}`)
    const kinds = [
      'campaigns',
      'streams',
      'offers',
      'landing_pages',
      'affiliate_networks',
      'traffic_sources',
      'domains',
    ]
    const paths = [...kinds, 'users', 'groups', 'bots', 'blacklist', 'filters', 'postbacks', 'integrations/facebook']
    for (const path of [`/campaigns/${id}`, ...paths.flatMap((kind) => [`/${kind}/0`, `/${kind}/99999`])]) {
      const { status, body } = await backend.call('GET', path)
      assert.equal(status, 404, path)
      assert.equal(typeof body.error, 'string')
    }
    for (const kind of kinds)
      assert.equal((await backend.call('PUT', `/${kind}/99999`, { name: 'x' })).status, 404, kind)
  })

  it('B9: PUT changes what is sent; lists of a stream are replaced and keep the ids of rows that stay', async () => {
    const [one, two] = [await offer(), await offer()]
    const { id: campaign_id } = await campaign()
    const stream = await backend.create('streams', {
      campaign_id,
      name: 'B9',
      schema: 'landings',
      filters: [{ name: 'country', mode: 'accept', payload: ['MX'] }],
      offers: [
        { offer_id: one.id, share: 50 },
        { offer_id: two.id, share: 50 },
      ],
    })
    const { body } = await backend.call('PUT', `/streams/${stream.id}`, {
      offers: [{ offer_id: two.id, share: '100' }],
    })
    assert.equal(body.name, 'B9')
    assert.deepEqual(body.filters, stream.filters)
    assert.deepEqual(
      body.offers.map((row: { id: number; share: number }) => [row.id, row.share]),
      [[stream.offers[1].id, 100]],
    )
  })

  it('B10: unknown fields are passed over, and what was read can be put back', async () => {
    const { id: campaign_id } = await campaign({ parameters: { sub_id_1: { name: 's1', placeholder: '{s1}' } } })
    const { id: offer_id } = await offer()
    const stream = {
      campaign_id,
      schema: 'landings',
      offers: [{ offer_id }],
      filters: [{ name: 'country', payload: ['MX'] }],
    }
    const things: [string, { id: number }][] = [
      ['campaigns', { id: campaign_id }],
      ['offers', { id: offer_id }],
      ['streams', await backend.create('streams', stream)],
      ['landing_pages', await backend.create('landing_pages', { name: 'B10' })],
      ['affiliate_networks', await backend.create('affiliate_networks', { name: 'B10' })],
      ['traffic_sources', await backend.create('traffic_sources', { name: 'B10' })],
      ['domains', await backend.create('domains', { name: 'b10.example' })],
      ['groups', await backend.create('groups', { name: 'B10', type: 'campaigns' })],
      ['postbacks', await backend.create('postbacks', { name: 'B10', url: 'https://receiver.example/' })],
      ['blacklist', await backend.create('blacklist', { ip: '198.51.100.10' })],
      ['bots', await backend.create('bots', { ip: '203.0.113.10' })],
      ['filters', await backend.create('filters', { name: 'B10', filters: [{ name: 'country', payload: ['US'] }] })],
    ]
    for (const [kind, { id }] of things) {
      const { body: before } = await backend.call('GET', `/${kind}/${id}`)
      const put = await backend.call('PUT', `/${kind}/${id}`, { ...before, id, oid: '7', nobody_knows: { a: [1] } })
      assert.equal(put.status, 200, `${kind} ${JSON.stringify(put.body)}`)
      assert.deepEqual((await backend.call('GET', `/${kind}/${id}`)).body, before, kind)
    }
  })

  it('B11: words in a path go before ids', async () => {
    const words = ['/campaigns/deleted', '/streams/deleted', '/streams/search', '/domains/deleted', '/domains/ip']
    for (const path of [...words, '/logs/types', '/offers/deleted'])
      assert.equal((await backend.call('GET', path)).status, 200, path)
    for (const path of ['/streams/copy', '/streams/move_streams'])
      assert.deepEqual(Object.keys((await backend.call('POST', path, {})).body), ['stream_ids'])
    assert.equal((await backend.call('POST', '/campaigns/clean_archive')).body.success, true)
    assert.match((await backend.call('POST', '/domains/register', {})).body.error, /buys no domains/)
  })

  it('B12: a copy is called Copy of, with alias and token of its own', async () => {
    const original = await campaign({ name: 'B12' })
    const [copy] = (await backend.call('POST', `/campaigns/${original.id}/clone`)).body
    assert.equal(copy.name, 'Copy of B12')
    assert.notEqual(copy.alias, original.alias)
    assert.notEqual(copy.token, original.token)
  })

  it('B13: reports know both vocabularies, together and in part', async () => {
    for (const request of [
      { grouping: ['campaign'], metrics: ['clicks'] },
      { dimensions: ['campaign'], measures: ['clicks'] },
      { grouping: ['campaign'], dimensions: ['country'], metrics: ['clicks'], measures: ['cost'] },
      { grouping: ['campaign'] },
      { measures: ['clicks'] },
      {},
    ])
      assert.equal(await report({ range: TODAY, ...request }), 200, JSON.stringify(request))
  })

  it('B14: ranges are nine intervals, or dates in three forms, with a time zone', async () => {
    const intervals = `today yesterday 7_days_ago first_day_of_this_week 1_month_ago first_day_of_this_month 1_year_ago
      first_day_of_this_year all_time`.split(/\s+/)
    assert.equal(intervals.length, 9)
    const timezone = 'Europe/Madrid'
    for (const interval of intervals) assert.equal(await report({ range: { interval, timezone } }), 200, interval)
    for (const time of ['', ' 10:00', ' 10:00:05']) {
      const range = { from: `2026-02-01${time}`, to: `2026-02-02${time}`, timezone }
      assert.equal(await report({ range, metrics: ['clicks'] }), 200, time)
    }
    assert.equal(await report({ range: { interval: 'today', timezone: 'Mars/Olympus' } }), 400)
    assert.equal(await report({ metrics: ['clicks'], range: { from: 'soon', to: '2026-02-02' } }), 400)
  })

  it('B15: every operator works, side by side, in an OR, and on metrics', async () => {
    const operators: Record<string, unknown> = {
      ...{
        EQUALS: '7',
        NOT_EQUAL: 'x',
        EQUALS_OR_GREATER_THAN: 1,
        EQUALS_OR_LESS_THAN: 1,
        GREATER_THAN: 1,
        LESS_THAN: 1,
      },
      ...{
        MATCH_REGEXP: '/a[0-9]{2}/',
        NOT_MATCH_REGEXP: 'a',
        BEGINS_WITH: 'a',
        ENDS_WITH: 'a',
        CONTAINS: 'a',
        NOT_CONTAIN: 'a',
      },
      ...{ IN_LIST: ['a', 'b'], NOT_IN_LIST: 'a,b', BETWEEN: ['1', '2'], IS_SET: null, IS_NOT_SET: undefined },
    }
    const named = Object.entries(operators).map(([operator, expression]) => ({
      name: 'sub_id_1',
      operator,
      expression,
    }))
    const flags = ['IS_TRUE', 'IS_FALSE'].map((operator) => ({ name: 'is_bot', operator }))
    const labels = ['HAS_LABEL', 'NOT_HAS_LABEL'].map((operator) => ({ name: 'ip', operator, expression: 'blacklist' }))
    const filters = [...named, ...flags, ...labels]
    assert.equal(filters.length, 21)
    const asked = { range: TODAY, grouping: ['campaign'], metrics: ['clicks'] }
    for (const filter of filters) assert.equal(await report({ ...asked, filters: [filter] }), 200, filter.operator)
    assert.equal(await report({ ...asked, filters }), 200)
    assert.equal(await report({ ...asked, filters: { OR: named } }), 200)
    assert.equal(
      await report({ ...asked, filters: [{ name: 'clicks', operator: 'GREATER_THAN', expression: 5 }] }),
      200,
    )
    assert.match(backend.queries[0]?.sql ?? '', /HAVING/)
    assert.equal(await report({ ...asked, filters: [{ name: 'ip', operator: 'RESEMBLES', expression: 'x' }] }), 400)
  })

  it('B16: an unknown dimension or column is refused, an unknown measure left out', async () => {
    assert.equal(await report({ range: TODAY, grouping: ['nonsense'], metrics: ['clicks'] }), 400)
    assert.equal(await report({ range: TODAY, grouping: ['campaign'], metrics: ['clicks', 'nonsense'] }), 200)
    assert.equal((await backend.call('POST', '/clicks/log', { limit: 5, columns: ['nonsense'] })).status, 400)
  })

  // B17, rows, total and meta, is checked by `report` above and in compat-routes.test.

  it('B18: the bot list is text by line, and its count a number', async () => {
    const value = '192.0.2.1\r\n198.51.100.0/24\n203.0.113.5-203.0.113.9'
    assert.deepEqual((await backend.call('PUT', '/botlist', { value })).body, { count: 3 })
    assert.equal((await backend.call('GET', '/botlist')).body.value, value.replace('\r', ''))
    assert.deepEqual((await backend.call('POST', '/botlist/exclude', { value: '192.0.2.1' })).body, { count: 2 })
    assert.deepEqual((await backend.call('POST', '/botlist/add', { ips: ['192.0.2.8'] })).body, { count: 3 })
    assert.equal((await backend.call('PUT', '/botlist', {})).status, 406)
  })

  it('B19: actions have two paths, keys and values', async () => {
    const { body } = await backend.call('GET', '/stream_actions')
    assert.deepEqual((await backend.call('GET', '/streams_actions')).body, body)
    for (const item of body)
      assert.ok(typeof item.key === 'string' && typeof item.value === 'string', JSON.stringify(item))
  })

  it('B20: the conversions log and the names of logs come by either verb', async () => {
    for (const method of ['GET', 'POST'] as const) {
      assert.equal((await backend.call(method, '/conversions/log', { limit: 5 })).status, 200)
      assert.ok((await backend.call(method, '/logs/types')).body.includes('traffic'))
    }
    assert.equal((await backend.call('GET', '/conversions/log?limit=5')).status, 200)
  })

  it('B21: numbers and flags come as text, too', async () => {
    const { id: group_id } = await backend.create('groups', { name: 'B21', type: 'campaigns' })
    const shown = await campaign({
      group_id: String(group_id),
      position: '10',
      cost_value: '1.5',
      cost_auto: '1',
      cookies_ttl: '48',
    })
    assert.partialDeepStrictEqual(shown, { group_id, position: 10, cost_value: 1.5, cost_auto: true, cookies_ttl: 48 })
    assert.equal(
      (await backend.call('PUT', `/campaigns/${shown.id}`, { cost_auto: 0, group_id: null })).body.cost_auto,
      false,
    )
    const stream = await backend.create('streams', {
      campaign_id: String(shown.id),
      name: 7,
      collect_clicks: '0',
      weight: '30',
    })
    assert.partialDeepStrictEqual(stream, { campaign_id: shown.id, name: '7', collect_clicks: false, weight: 30 })
  })

  it('B22: lists hold what the owner of the key may see; what is not allowed is 403 with words', async () => {
    await campaign()
    const password = { new_password: 'long-enough', new_password_confirmation: 'long-enough' }
    const { id } = await backend.create('users', { login: 'b22', type: 'USER', ...password })
    await backend.call('PUT', `/users/${id}/access`, {
      access_data: { campaigns_access_type: 'own', domains_access_type: 'own' },
    })
    const keyOf = async (more: object) =>
      (await backend.call('POST', `/users/${id}/api_keys`, { name: 'k', ...more })).body.key as string
    const as = { headers: { 'api-key': await keyOf({}) } }
    for (const kind of ['campaigns', 'domains', 'offers', 'streams'])
      assert.deepEqual((await backend.call('GET', `/${kind}`, undefined, as)).body, [], kind)
    const { status, body } = await backend.call('POST', '/offers', { name: 'x', url: 'https://a.example/' }, as)
    assert.equal(status, 403)
    assert.match(body.error, /You have no permission/)

    const reader = { headers: { 'api-key': await keyOf({ read_only: true }) } }
    const read = routes
      .filter((route) => route.method === 'POST' && route.access.verb === 'read')
      .map(({ path }) => path)
    for (const path of [
      '/report/build',
      '/clicks/log',
      '/clicks/summary',
      '/clicks/build',
      '/conversions/log',
      '/stats',
      '/logs/types',
    ])
      assert.ok(read.includes(path), path)
    for (const path of read.filter((path) => !path.startsWith('/auth/') && !path.includes(':')))
      assert.equal((await backend.call('POST', path, { limit: 5, range: TODAY }, reader)).status, 200, path)
    for (const [method, path] of [
      ['POST', '/campaigns'],
      ['POST', '/clicks/clean'],
      ['PUT', '/preferences'],
    ] as const)
      assert.equal((await backend.call(method, path, {}, reader)).status, 403, path)
  })

  it('B23: slashes at the end and in pairs do no harm', async () => {
    for (const path of ['/campaigns/', '//campaigns', '/streams//deleted', '/campaigns?', '/campaigns/?limit=1'])
      assert.equal((await backend.call('GET', path)).status, 200, path)
  })

  it('B24: costs are spread by filters of comma lists, and the same again replaces them', async () => {
    const { id } = await campaign()
    const subId = `${TEST_NOW_MS.toString(36).padStart(8, '0')}0000000b2`.slice(0, 16).concat('4')
    const row = { sub_id: subId, datetime: TEST_NOW_MS - 60_000, campaign_id: id, sub_id_1: 'b' }
    await backend.events.insertLines('clicks', [toLine('clicks', row, 1)], 'm')
    const costs = { start_date: '2026-02-03', end_date: '2026-02-03', cost: '12.5', timezone: 'UTC', currency: 'USD' }
    const one = { ...costs, only_campaign_uniques: 0, filters: { sub_id_1: 'a,b' } }
    for (const _ of [1, 2])
      assert.deepEqual((await backend.call('POST', `/campaigns/${id}/update_costs`, one)).body, { success: true })
    const bulk = { campaign_ids: [String(id)], costs: { ...costs, filters: { sub_id_1: 'a,b' } } }
    assert.deepEqual((await backend.call('POST', '/clicks/update_costs', bulk)).body, { success: true })
    assert.equal(Number((await backend.events.loadStates([subId])).get(subId)?.row.cost), 12_500_000)
  })
})
