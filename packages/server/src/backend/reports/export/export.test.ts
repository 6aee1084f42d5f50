import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { openTestBackend, TEST_KEY, type TestBackend } from '../../testing.ts'

const today = { range: { interval: 'today' } }

describe('exports', () => {
  let backend: TestBackend
  before(async () => {
    backend = await openTestBackend()
  })
  after(() => backend.close())
  beforeEach(() => {
    backend.queries.length = 0
    backend.answer = { rows: [], totals: null, rowsBeforeLimit: 0 }
  })
  const ask = async (path: string, body: object, key = TEST_KEY) => {
    const reply = await backend.app.inject({
      method: 'POST',
      url: `/admin_api/v1${path}`,
      headers: { 'api-key': key },
      payload: JSON.stringify(body),
    })
    return { status: reply.statusCode, headers: reply.headers, text: reply.body }
  }

  it('answer a report as CSV, with the totals as its last row', async () => {
    backend.answer = {
      rows: [
        { d0: 'US', c_count: 3 },
        { d0: '', c_count: 1 },
      ],
      totals: { c_count: 4 },
      rowsBeforeLimit: 2,
    }
    const report = { ...today, grouping: ['country'], metrics: ['clicks'], summary: true }
    const { status, headers, text } = await ask('/report/build', { ...report, format: 'CSV' })
    assert.equal(status, 200, text)
    assert.equal(headers['content-type'], 'text/csv; charset=utf-8')
    assert.equal(headers['content-disposition'], 'attachment; filename="report-2026-02-03-USD-UTC.csv"')
    assert.deepEqual([headers['trackyard-currency'], headers['trackyard-timezone']], ['USD', 'UTC'])
    assert.equal(text, 'Country;Clicks\r\nUnited States;3\r\n;1\r\nTotal;4\r\n')
    assert.equal(headers['trackyard-hint'], undefined)
    const comma = await ask('/report/build', { ...report, format: 'csv', separator: ',', bom: 1, summary: false })
    assert.equal(comma.text, '\ufeffCountry,Clicks\r\nUnited States,3\r\n,1\r\n')
  })

  it('have between cells what the setting says, unless the request does', async () => {
    const set = (value: string) => backend.call('PUT', '/settings', { csv_delimiter: value })
    const head = async (more: object = {}) =>
      (await ask('/clicks/log', { ...today, columns: ['ip', 'host'], format: 'csv', ...more })).text
    assert.equal((await set('\t')).status, 200)
    assert.equal(await head(), 'IP\tHost\r\n')
    assert.equal(await head({ separator: ',' }), 'IP,Host\r\n')
    assert.equal((await set('|')).status, 406)
    assert.equal(await head({ separator: null }), 'IP\tHost\r\n')
    assert.equal((await set('')).status, 200)
    assert.equal(await head(), 'IP;Host\r\n')
  })

  it('answer logs with the columns in the order asked for, also when there are no rows', async () => {
    backend.answer = {
      ...backend.answer,
      rows: [{ d0: '2026-02-03 10:00:00.000', d2: '=HYPERLINK("x")', c_sum_cost: 50_000 }],
    }
    const columns = ['datetime', 'cost', 'keyword']
    const { text } = await ask('/clicks/log', { ...today, columns, format: 'csv' })
    assert.match(text, /^Time;Cost;Keyword\r\n[^;]+;0\.05;"'=HYPERLINK\(""x""\)"\r\n$/)
    backend.answer = { ...backend.answer, rows: [] }
    const named = { ...today, columns, format: 'csv', headers: 'names' }
    assert.equal((await ask('/clicks/log', named)).text, 'datetime;cost;keyword\r\n')
    const inUrl = await backend.app.inject({
      url: '/admin_api/v1/conversions/log?interval=today&columns=tid,status&format=csv&separator=tab',
      headers: { 'api-key': TEST_KEY },
    })
    assert.equal(inUrl.body, 'TID\tStatus\r\n')
  })

  it('call metrics of own statuses as the user does', async () => {
    const { number } = await backend.create('conversion_types', { name: 'install', label: 'App install' })
    const metric = `custom_conversion_${number}`
    const report = { ...today, grouping: ['campaign_id'], metrics: [metric, `${metric}_revenue`], format: 'csv' }
    const { text } = await ask('/report/build', report)
    assert.equal(text, 'Campaign ID;App install;Revenue (App install)\r\n')
    const { metrics } = (await backend.call('GET', '/report/definition')).body
    const [told] = metrics.filter(({ name }: { name: string }) => name === metric)
    assert.equal(told.label, 'App install')
    assert.match(told.help, /your own status App install/)
  })

  it('answer a workbook', async () => {
    const { headers, text } = await ask('/clicks/log', { ...today, columns: ['sub_id'], format: 'xlsx' })
    assert.match(String(headers['content-type']), /spreadsheetml/)
    assert.match(String(headers['content-disposition']), /"clicks-2026-02-03-USD-UTC\.xlsx"/)
    assert.ok(text.startsWith('PK'))
  })

  it('hold every row unless a limit is asked for', async () => {
    const limitOf = async (more: object) => {
      backend.queries.length = 0
      const { status, text, headers } = await ask('/clicks/log', {
        ...today,
        columns: ['sub_id'],
        format: 'csv',
        ...more,
      })
      assert.equal(status, 200, text)
      assert.equal(headers['trackyard-hint'], undefined)
      return Object.values(backend.queries[0]?.params ?? {}).filter((value) => typeof value === 'number')
    }
    assert.ok((await limitOf({})).includes(4_294_967_295))
    assert.ok((await limitOf({ limit: 0 })).includes(4_294_967_295))
    assert.ok((await limitOf({ limit: 250_000 })).includes(250_000))
    backend.queries.length = 0
    await ask('/report/build', { ...today, grouping: ['sub_id'], metrics: ['clicks'], format: 'csv' })
    assert.ok(Object.values(backend.queries[0]?.params ?? {}).includes(4_294_967_295))
  })

  it('refuse what makes no file, and name field and cure', async () => {
    for (const [body, words] of [
      [{ format: 'pdf' }, /^format: must be json, csv or xlsx/],
      [{ format: ['csv'] }, /^format: must be/],
      [{ format: 'csv', separator: '--' }, /^separator: must be ; or , or tab/],
      [{ format: 'csv', headers: 'pretty' }, /^headers: must be titles or names/],
      [{ format: 'csv', bom: 'perhaps' }, /^bom: must be true or false/],
      [{ format: 'csv', columns: ['weather'] }, /weather/],
      [{ format: 'csv', range: null }, /Name a range or a limit/],
      [{ format: 'csv', cursor: 'x' }, /^cursor: must be that of the answer before/],
    ] as const) {
      const { status, headers, text } = await ask('/clicks/log', { ...today, ...body })
      assert.equal(status, 400, text)
      assert.match(String(headers['content-type']), /^application\/json/)
      assert.match(JSON.parse(text).error, words)
    }
    assert.equal(backend.queries.length, 0)
    assert.match(
      String((await ask('/report/build', { ...today, trend: 'day', format: 'csv' })).headers['trackyard-hint']),
      /^trend: a file has the rows/,
    )
  })

  it('keep to what their reader may see', async () => {
    const password = { new_password: 'long-enough', new_password_confirmation: 'long-enough' }
    const reports = ['campaign_id', 'clicks', 'datetime']
    const access_data = { campaigns_access_type: 'own', resources: ['reports', 'clicks', 'campaigns'], reports }
    const { id } = await backend.create('users', { login: 'ann', type: 'USER', access_data, ...password })
    const { key } = (await backend.call('POST', `/users/${id}/api_keys`, { name: 'x' })).body
    await backend.create('campaigns', { name: 'not hers', alias: 'nothers' })
    const own = await backend.call(
      'POST',
      '/campaigns',
      { name: 'hers', alias: 'hers' },
      { headers: { 'api-key': key } },
    )
    backend.queries.length = 0
    for (const [path, body] of [
      ['/clicks/log', { columns: ['datetime', 'ip'] }],
      ['/report/build', { grouping: ['campaign_id', 'ip'], metrics: ['clicks', 'cost'], summary: true }],
    ] as const) {
      const file = await ask(path, { ...today, ...body, format: 'csv' }, key)
      assert.equal(file.status, 200, file.text)
      assert.doesNotMatch(file.text, /\bip\b|cost/i)
    }
    assert.equal(backend.queries.length, 3)
    for (const { sql, params } of backend.queries) {
      assert.match(sql, /campaign_id IN \{/)
      assert.ok(Object.values(params).some((value) => JSON.stringify(value) === `[${own.body.id}]`))
    }
    const refused = await ask('/clicks/log', { ...today, columns: ['ip'], format: 'csv' }, key)
    assert.equal(refused.status, 403, refused.text)
    assert.equal((await ask('/conversions/log', { ...today, format: 'csv' }, key)).status, 403)
  })
})
