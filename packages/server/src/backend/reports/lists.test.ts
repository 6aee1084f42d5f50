import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { HINT_HEADER } from '../http/hints.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())
beforeEach(() => {
  backend.queries.length = 0
  backend.answer = { rows: [], totals: null, rowsBeforeLimit: 0 }
})

const SUB_ID = `${TEST_NOW_MS.toString(36).padStart(8, '0')}000000abc`
const hintsOf = async (method: 'GET' | 'POST', url: string, payload: object = {}): Promise<string> => {
  const headers = { 'api-key': TEST_KEY }
  const reply = await backend.app.inject({ method, url: `/admin_api/v1${url}`, payload, headers })
  assert.equal(reply.statusCode, 200, reply.body)
  return [reply.headers[HINT_HEADER]].flat().join('\n')
}

describe('lists of clicks and conversions', () => {
  it('take plain parameters as filters', async () => {
    const url =
      '/clicks?interval=today&campaign=3,4&offer=Slim&country=us&is_bot=0&conversions=1&sub_id_2=a,b&limit=7&offset=2&sort=-datetime'
    const { status, body } = await backend.call('GET', url)
    assert.equal(status, 200, JSON.stringify(body))
    assert.deepEqual([body.rows, body.total], [[], 0])
    const [page] = backend.queries
    assert.match(page?.sql ?? '', /FROM clicks/)
    assert.match(page?.sql ?? '', /campaign_id IN .*\n.*offer_id IN .*\n.*country IN .*\n/)
    assert.match(page?.sql ?? '', /ORDER BY datetime DESC/)
    const values = JSON.stringify(Object.values(page?.params ?? {}))
    for (const value of ['[3,4]', '["a","b"]', '"US"', ',7,', ',2'])
      assert.ok(values.includes(value), `${value} in ${values}`)
  })

  it('list conversions by status and transaction id', async () => {
    const { status } = await backend.call('GET', '/conversions?limit=5&status=lead,sale&tid=T-1')
    assert.equal(status, 200)
    assert.match(backend.queries[0]?.sql ?? '', /FROM conversions FINAL/)
  })

  it('say that there is no such status, archived ones apart', async () => {
    const { id } = await backend.create('conversion_types', { name: 'install', aliases: ['app_open'] })
    assert.equal(await hintsOf('GET', '/conversions?limit=5&status=lead,Sale,install'), '')
    assert.equal(
      await hintsOf('GET', '/conversions?limit=5&status=sales,sold,app_open'),
      [
        'status: there is no status "sales": did you mean sale?',
        'status: there is no status "sold". Statuses: lead, sale, rejected, rebill, registration, deposit, trash, install.',
        'status: there is no status "app_open": did you mean install?',
      ].join('\n'),
    )
    const filters = [{ name: 'status', operator: 'EQUALS', expression: 'sold' }]
    assert.match(await hintsOf('POST', '/conversions/log', { limit: 5, filters }), /no status "sold"/)
    await backend.call('DELETE', `/conversion_types/${id}`)
    assert.equal(await hintsOf('GET', '/conversions?limit=5&status=install'), '')
  })

  it('say that there is no such country', async () => {
    const hint = 'country: no visitor comes from "Germny": did you mean Germany?'
    assert.equal(await hintsOf('GET', '/clicks?limit=5&country=Germny,US'), hint)
    const filters = [{ name: 'country', operator: 'EQUALS', expression: 'Germny' }]
    assert.equal(await hintsOf('POST', '/clicks/log', { limit: 5, filters }), hint)
    const report = { range: 'today', grouping: ['country'], metrics: ['clicks'], filters }
    assert.equal(await hintsOf('POST', '/report/build', report), hint)
  })

  it('answer one click with every column, looked for on its day', async () => {
    backend.answer = { rows: [{ d0: SUB_ID }], totals: null, rowsBeforeLimit: 1 }
    const { status, body } = await backend.call('GET', `/clicks/${SUB_ID.toUpperCase()}`)
    assert.equal(status, 200)
    assert.equal(body.sub_id, SUB_ID)
    for (const column of ['sub_id', 'cost', 'revenue', 'leads']) assert.ok(column in body, column)
    assert.ok(!('sign' in body))
    const values = JSON.stringify(backend.queries[0]?.params)
    assert.match(values, /2026-02-03 00:00:00.*2026-02-04 00:00:00/)
  })

  it('answer one conversion by the id of the log', async () => {
    backend.answer = { rows: [{ d0: SUB_ID }], totals: null, rowsBeforeLimit: 1 }
    const { status } = await backend.call('GET', `/conversions/${SUB_ID}-1`)
    assert.equal(status, 200)
    assert.ok(Object.values(backend.queries[0]?.params ?? {}).includes(`${SUB_ID}-1`))
  })

  it('answer 404 with words for clicks and conversions nobody made', async () => {
    for (const id of ['x', SUB_ID, 'zzzzzzzzzzzzzzzzz', "1'%20OR%201=1--", '00000000000000000', `${SUB_ID}-1`]) {
      for (const kind of ['clicks', 'conversions']) {
        const { status, body } = await backend.call('GET', `/${kind}/${id}`)
        assert.equal(status, 404, `${kind} ${id}`)
        assert.match(body.error, kind === 'clicks' ? /There is no click/ : /There is no conversion/)
      }
    }
  })
})

describe('figures', () => {
  it('are of today and the usual ones when nothing is said', async () => {
    backend.answer = { rows: [{ c_count: 5 }], totals: null, rowsBeforeLimit: 1 }
    for (const [method, path] of [
      ['GET', '/stats'],
      ['POST', '/stats'],
      ['GET', '/traffic'],
    ] as const) {
      const { status, body } = await backend.call(method, path)
      assert.equal(status, 200)
      assert.equal(body.rows.length, 1)
      assert.partialDeepStrictEqual(body.rows[0], { clicks: 5, conversions: 0, revenue: 0, roi: 0 })
    }
    assert.match(JSON.stringify(backend.queries[0]?.params), /2026-02-03 00:00:00.*2026-02-04 00:00:00/)
  })

  it('are grouped by names in the query string', async () => {
    const { status } = await backend.call(
      'GET',
      '/stats?grouping=country,day&metrics=clicks&from=2026-02-01&to=2026-02-02',
    )
    assert.equal(status, 200)
    assert.match(backend.queries[0]?.sql ?? '', /GROUP BY d0, d1/)
  })

  it('come as totals in one row and as summary', async () => {
    backend.answer = { rows: [{ c_count: 5 }], totals: null, rowsBeforeLimit: 1 }
    const { body } = await backend.call('POST', '/clicks/summary', { range: 'today', grouping: ['day'] })
    assert.equal(body.rows[0].clicks, 5)
    assert.deepEqual(body.summary, body.rows[0])
    assert.doesNotMatch(backend.queries[0]?.sql ?? '', /GROUP BY/)
    assert.match(
      await hintsOf('POST', '/clicks/summary', { range: 'today', grouping: ['day'] }),
      /grouping was ignored/,
    )
  })

  it('are the same under every name of the report', async () => {
    const body = { range: { interval: 'today' }, grouping: ['day'], metrics: ['clicks'] }
    await backend.call('POST', '/report/build', body)
    await backend.call('POST', '/clicks/build', body)
    await backend.call('GET', '/report?interval=today&grouping=day&metrics=clicks')
    const [first, ...others] = backend.queries.map(({ sql, params }) => JSON.stringify([sql, params]))
    assert.deepEqual(others, [first, first])
  })
})

describe('requests of reports', () => {
  const today = { range: { interval: 'today' } }
  const bad: readonly [string, object, RegExp][] = [
    ['no range', {}, /Name a range or a limit/],
    ['a limit of text', { limit: 'many' }, /limit: must be a whole number/],
    ['a negative limit', { limit: -1 }, /limit: must be a whole number from 0 on/],
    ['a broken limit', { limit: 1.5 }, /limit: must be a whole number/],
    ['a negative offset', { limit: 1, offset: -3 }, /offset: must be a whole number/],
    ['an endless limit', { limit: '1e400' }, /limit: must be a whole number/],
    ['columns that are no list', { ...today, columns: { a: 1 } }, /columns: must be a list of names/],
    ['filters of text', { ...today, filters: 'country' }, /filters: must be a list such as/],
    ['a filter of numbers', { ...today, filters: [1] }, /filters\.0: must be a list such as/],
    ['a filter without a name', { ...today, filters: [{ operator: 'EQUALS' }] }, /filters\.0\.name/],
    ['a filter without an operator', { ...today, filters: [{ name: 'city' }] }, /filters\.0\.operator.*EQUALS/],
    ['filters joined by OR that are none', { ...today, filters: [{ OR: [] }] }, /filters\.0\.name: must be the name/],
    [
      'an unknown operator',
      { ...today, filters: [{ name: 'city', operator: 'LIKE', expression: 'x' }] },
      /There is no operator "LIKE"/,
    ],
    [
      'an unknown filter column',
      { ...today, filters: [{ name: 'weather', operator: 'IS_SET' }] },
      /"weather".*Valid: .*city/,
    ],
    ['an unknown sort key', { ...today, sort: [{ name: 'clcks' }] }, /There is no sort key "clcks".*Valid: /],
    ['an odd direction', { ...today, sort: [{ name: 'clicks', order: 'up' }] }, /sort\.0\.order: must be asc or desc/],
    ['an unknown interval', { range: { interval: 'last_30_days' } }, /last_30_days.*Valid: today/],
    ['a range of numbers', { range: 5 }, /range: must be an object/],
    ['a date in words', { range: { from: 'monday' } }, /monday is not a date/],
    ['a range back to front', { range: { from: '2026-02-05', to: '2026-02-01' } }, /2026-02-05.*2026-02-01.*swap/],
    ['an unknown zone', { range: { interval: 'today', timezone: 'Mars' } }, /no time zone Mars/],
    ['an injection', { ...today, columns: ["sub_id'; DROP TABLE clicks --"] }, /There is no/],
  ]
  const routes = [
    '/report/build',
    '/clicks/build',
    '/clicks/summary',
    '/clicks/log',
    '/conversions/log',
    '/stats',
  ] as const
  for (const [what, body, message] of bad) {
    for (const path of routes.filter((one) => !(what === 'no range' && one === '/stats')))
      it(`with ${what} are refused by ${path}`, async () => {
        const reply = await backend.call('POST', path, body)
        assert.equal(reply.status, 400, JSON.stringify(reply.body))
        assert.match(reply.body.error, message)
        assert.equal(backend.queries.length, 0)
      })
  }

  const badLists: readonly [string, RegExp][] = [
    ['', /Name an interval, dates or a limit/],
    ['?campaign=3', /Name an interval, dates or a limit/],
    ['?limit=x', /limit: must be a whole number/],
    ['?limit=-5', /limit: must be a whole number/],
    ['?interval=someday', /no interval someday/],
    ['?from=2026-02-05&to=2026-02-01', /from \(2026-02-05\) is after to \(2026-02-01\)/],
    ['?limit=1&is_bot=maybe', /is_bot: must be true or false/],
    ['?limit=1&country[x]=1', /country: must be a value/],
    ['?limit=1&ip=1.2.3.4&filters=oops', /filters: must be a list/],
    ['?limit=1&sort=weather', /There is no sort key "weather".*Valid: /],
    ['?limit=1&columns=sub_id,nope', /There is no column "nope"/],
  ]
  for (const path of ['/clicks', '/conversions']) {
    for (const [query, message] of badLists)
      it(`are refused by GET ${path}${query}`, async () => {
        const { status, body } = await backend.call('GET', `${path}${query}`)
        assert.equal(status, 400, JSON.stringify(body))
        assert.match(body.error, message)
        assert.equal(backend.queries.length, 0)
      })
  }

  it('bind what looks like SQL', async () => {
    const evil = "x' OR 1=1 --"
    await backend.call('GET', `/clicks?limit=1&source=${encodeURIComponent(evil)}`)
    assert.ok(!backend.queries.some(({ sql }) => sql.includes('OR 1=1')))
  })

  it('are told of fields nobody reads, and what was probably meant', async () => {
    const hints: readonly [object, RegExp][] = [
      [{ filter: [] }, /field filter is not known.*did you mean filters\?/],
      [{ totals: true }, /did you mean summary/],
      [{ dimension: 'day' }, /did you mean dimensions/],
      [{ metrcs: ['clicks'] }, /did you mean metrics/],
      [{ weather: 1 }, /field weather is not known and was ignored$/],
      [{ range: { interval: 'today', tz: 'UTC' } }, /range\.tz.*did you mean range\.timezone/],
      [{ limit: 500_000 }, /at most 100000 rows/],
    ]
    for (const [body, hint] of hints) assert.match(await hintsOf('POST', '/report/build', { ...today, ...body }), hint)
    assert.equal(await hintsOf('POST', '/report/build', { ...today, extended: true, summary: true }), '')
    assert.equal(await hintsOf('GET', '/clicks?limit=1&campaign=3'), '')
    assert.match(await hintsOf('GET', '/clicks?limit=1&campain=3'), /did you mean campaign/)
  })
})
