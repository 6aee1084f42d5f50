import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

const NOTHING = { rows: [], totals: null, rowsBeforeLimit: 0 }

describe('options of reports', () => {
  let backend: TestBackend
  before(async () => {
    backend = await openTestBackend()
  })
  after(() => backend.close())
  beforeEach(() => {
    backend.queries.length = 0
    backend.answer = NOTHING
  })
  const ask = (body: object, headers: Record<string, string> = {}) =>
    backend.call(
      'POST',
      '/report/build',
      { range: { interval: 'yesterday' }, metrics: ['clicks'], ...body },
      { headers },
    )

  it('compare, date conversions and draw a trend, in the body and in the query string', async () => {
    backend.answer = {
      rows: [{ c_count: 6, before_c_count: 4, point: '2026-02-02' }],
      totals: null,
      rowsBeforeLimit: 1,
    }
    const { status, body } = await ask({
      compare: 'previous_day',
      trend: 'day',
      conversion_date: 'sale',
      summary: true,
    })
    assert.equal(status, 200, JSON.stringify(body))
    const cells = { clicks: 6, clicks_previous: 4, clicks_change: 2, clicks_change_percent: 50 }
    assert.deepEqual([body.rows, body.summary, body.trend], [[cells], cells, [{ day: '2026-02-02', ...cells }]])
    assert.equal(backend.queries.length, 2, 'the report and its trend')
    const inUrl = '/stats?interval=yesterday&metrics=clicks&compare=previous_day&trend=day&conversion_date=sale'
    assert.deepEqual((await backend.call('GET', inUrl)).body.trend, body.trend)
    assert.match(backend.queries[2]?.sql ?? '', /sale_datetime/)
  })

  it('follow the setting where the request does not say which date conversions have', async () => {
    await backend.call('PUT', '/settings', { report_conversion_date: 'conversion' })
    await ask({})
    await ask({ conversion_date: 'click' })
    await backend.call('DELETE', '/settings/report_conversion_date')
    await ask({})
    assert.deepEqual(
      backend.queries.map(({ sql }) => sql.includes('postback_datetime')),
      [true, false, false],
    )
    const { status, body } = await backend.call('PUT', '/settings', { report_conversion_date: 'payment' })
    assert.deepEqual([status, body], [406, { report_conversion_date: ['must be click, conversion, sale'] }])
  })

  it('are refused with the cure where they make no sense', async () => {
    for (const [body, message] of [
      [{ compare: 'yesteryear' }, /compare: must be one of previous_period/],
      [{ compare: { a: 1 } }, /compare: must be one of/],
      [{ compare: 'previous_day', range: { from: '2026-01-01' } }, /compare: needs a range/],
      [{ trend: "day'; DROP TABLE clicks" }, /trend: must be one of day/],
      [{ trend: 'day_hour', range: { interval: '9_years_ago' } }, /trend: .*Choose longer steps/],
      [{ conversion_date: ['click'] }, /conversion_date: must be one of click/],
      [{ sort: [{ name: 'clicks_change' }] }, /clicks_change needs an earlier period/],
      [{ grouping: ['lable'] }, /Did you mean label\?/],
    ] as const) {
      const reply = await ask(body)
      assert.equal(reply.status, 400, JSON.stringify(body))
      assert.match(reply.body.error, message)
    }
    assert.equal(backend.queries.length, 0)
  })

  it('are hinted at where they are probably meant', async () => {
    const hints = async (body: object): Promise<string> => {
      const sent = { range: { interval: 'today' }, metrics: ['clicks'], ...body }
      const headers = { 'api-key': 'test-key-of-the-administrator' }
      const url = '/admin_api/v1/report/build'
      return String(
        (await backend.app.inject({ method: 'POST', url, headers, payload: sent })).headers['trackyard-hint'],
      )
    }
    assert.match(
      await hints({ comparison: 'previous_day' }),
      /comparison is not known and was ignored: did you mean compare/,
    )
    assert.match(await hints({ trends: 'day' }), /did you mean trend/)
    assert.match(await hints({ metrics: ['clicks_change'] }), /clicks_change needs an earlier period/)
    const url = '/admin_api/v1/clicks/log'
    const headers = { 'api-key': 'test-key-of-the-administrator' }
    const log = await backend.app.inject({ method: 'POST', url, headers, payload: { limit: 1, compare: true } })
    assert.match(String(log.headers['trackyard-hint']), /compare is not known/)
  })

  it('read an offset under its old name, but not the offer of a list', async () => {
    await ask({ offer: 30 })
    assert.ok(Object.values(backend.queries[0]?.params ?? {}).includes(30))
    await backend.call('GET', '/clicks?interval=today&offer=77')
    const { sql = '', params = {} } = backend.queries[1] ?? {}
    assert.equal(params[/offer_id = \{(\w+):UInt32\}/.exec(sql)?.[1] ?? ''], 77)
    assert.equal(params[/OFFSET \{(\w+):/.exec(sql)?.[1] ?? ''], 0, 'rows are filtered by it, not left out')
  })

  it('know groups and labels', async () => {
    const group = await backend.create('groups', { name: 'Spring', type: 'campaigns' })
    const campaign = await backend.create('campaigns', { name: 'One', alias: 'one', group_id: group.id })
    await backend.call('POST', '/report/labels', {
      campaign_id: campaign.id,
      ref_name: 'source',
      items: { 'bad.test': 'blacklist' },
    })
    backend.answer = { rows: [{ d0: group.id, d1: 'blacklist', c_count: 1 }], totals: null, rowsBeforeLimit: 1 }
    const { body } = await ask({ grouping: ['campaign_group', 'label'] })
    assert.deepEqual(body.rows, [{ campaign_group: 'Spring', label: 'blacklist', clicks: 1 }])
    const marked = (index: number): boolean =>
      Object.values(backend.queries[index]?.params ?? {})
        .flat()
        .includes(`${campaign.id} bad.test`)
    assert.ok(marked(0))
    await ask({ filters: [{ name: 'source', operator: 'HAS_LABEL', expression: 'blacklist' }] })
    assert.ok(marked(1))
    await backend.call('POST', '/clicks/log', {
      limit: 1,
      filters: [{ name: 'source', operator: 'NOT_HAS_LABEL', expression: 'blacklist' }],
    })
    assert.ok(marked(2))
  })

  it('use the zone and week of the user who asks, see what that user sees', async () => {
    const user = await backend.create('users', {
      login: 'ann',
      password: 'correct horse battery',
      type: 'USER',
      preferences: { timezone: 'Asia/Kathmandu', first_weekday: 7 },
      access_data: { campaigns_access_type: 'own', reports: ['clicks', 'week', 'source', 'label'] },
    })
    const { key } = (await backend.call('POST', `/users/${user.id}/api_keys`, { name: 'k' })).body
    const { status } = await ask({ grouping: ['week'] }, { 'api-key': key })
    assert.equal(status, 200)
    const params = Object.values(backend.queries[0]?.params ?? {})
    assert.ok(params.includes('Asia/Kathmandu') && params.includes(7), JSON.stringify(params))
    for (const name of ['cost_change', 'epc_low_previous', 'cr_low']) {
      const refused = await ask({ compare: true, sort: [{ name }] }, { 'api-key': key })
      assert.equal(refused.status, 403, name)
    }
    const hidden = await ask({ compare: true, metrics: ['clicks', 'cost'] }, { 'api-key': key })
    assert.doesNotMatch(backend.queries.at(-1)?.sql ?? '', /cost/)
    assert.equal(hidden.status, 200)
    await ask({ grouping: ['source', 'label'] }, { 'api-key': key })
    assert.ok(!JSON.stringify(backend.queries.at(-1)?.params).includes('bad.test'), 'labels of campaigns out of reach')
    const access_data = { campaigns_access_type: 'full_access', resources: ['reports'] }
    await backend.call('PUT', `/users/${user.id}/access`, { access_data })
    for (const body of [
      { grouping: ['label'] },
      { filters: [{ name: 'source', operator: 'HAS_LABEL', expression: 'blacklist' }] },
      { filters: [{ name: 'label', operator: 'IS_SET' }] },
    ]) {
      const refused = await ask(body, { 'api-key': key })
      assert.deepEqual([refused.status, refused.body.error?.includes('open labels')], [403, true], JSON.stringify(body))
    }
  })

  it('are described: every metric with its help, what dates, compares and draws', async () => {
    const { body } = await backend.call('GET', '/report/definition')
    const of = (name: string) => body.metrics.find((one: { name: string }) => one.name === name)
    assert.partialDeepStrictEqual(of('cr'), {
      ...{ unit: 'percent', decimals: 2, denominator: 'Clicks', at_zero: 0, method: null },
      formula: 'Conversions ÷ Clicks × 100',
    })
    assert.match(of('cr_low').method, /^Wilson/)
    assert.match(of('epc_high').help, /Bohm and Zech/)
    assert.deepEqual(
      [body.conversion_dates, body.comparisons, body.compared_figures].map((list) => list.length),
      [3, 5, 3],
    )
    assert.ok(body.trends.includes('weekday'))
    const dimension = (name: string) => body.dimensions.find((one: { name: string }) => one.name === name)
    assert.ok(dimension('source').has_labels && !dimension('country').has_labels && dimension('label'))
  })
})
