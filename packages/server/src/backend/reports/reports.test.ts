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
})

describe('reports and logs', () => {
  it('build a report in either vocabulary and tell when and how fast', async () => {
    for (const body of [
      { range: { interval: 'today' }, grouping: ['country'], metrics: ['clicks'] },
      { range: { interval: 'today' }, dimensions: ['country'], measures: ['clicks'] },
    ]) {
      const reply = await backend.call('POST', '/report/build', body)
      assert.equal(reply.status, 200, JSON.stringify(reply.body))
      assert.deepEqual([reply.body.rows, reply.body.total], [[], 0])
      assert.equal(reply.body.meta.datetime, '2026-02-03T14:05:09+00:00')
      assert.match(reply.body.meta.execution_time, /^\d+\.\d{4}$/)
    }
    assert.match(backend.queries[0]?.sql ?? '', /FROM clicks/)
  })

  it('tell currency and zone in the modern dialect', async () => {
    const body = { range: { interval: 'today', timezone: 'Europe/Berlin' } }
    const metaOf = async (path: string, dialect: string) =>
      (await backend.call('POST', path, body, { headers: { 'api-dialect': dialect } })).body.meta
    for (const path of ['/report/build', '/stats', '/clicks/summary', '/clicks/log', '/conversions/log']) {
      const { datetime: _d, execution_time: _t, ...rest } = await metaOf(path, 'modern')
      assert.deepEqual(rest, { currency: 'USD', timezone: 'Europe/Berlin' }, path)
      assert.deepEqual(Object.keys(await metaOf(path, '2017')), ['datetime', 'execution_time'], path)
    }
  })

  it('refuse unknown names with 400 and the valid ones', async () => {
    const reply = await backend.call('POST', '/report/build', { range: { interval: 'today' }, grouping: ['weather'] })
    assert.equal(reply.status, 400)
    assert.match(reply.body.error, /weather.*country/)
    assert.equal(backend.queries.length, 0)
  })

  it('list clicks by POST and conversions by either verb', async () => {
    assert.equal((await backend.call('POST', '/clicks/log', { limit: 5, columns: ['sub_id'] })).status, 200)
    assert.equal((await backend.call('POST', '/conversions/log', { limit: 5 })).status, 200)
    assert.equal((await backend.call('GET', '/conversions/log?limit=5&range[interval]=today')).status, 200)
    assert.equal(backend.queries.length, 6, 'a page and a count each')
  })

  it('describe what can be asked', async () => {
    const { body } = await backend.call('GET', '/report/definition')
    assert.ok(body.dimensions.some((one: { name: string }) => one.name === 'country'))
    assert.ok(body.metrics.some((one: { name: string; unit: string }) => one.name === 'epc' && one.unit === 'money'))
    assert.ok(body.operators.includes('MATCH_REGEXP'))
    for (const name of ['now', 'sign', 'version']) {
      assert.ok(!body.click_log_columns.includes(name) && !body.conversion_log_columns.includes(name), name)
      const log = { limit: 5, columns: [name] }
      assert.equal((await backend.call('POST', '/clicks/log', log)).status, 200, 'clients that know it may ask')
    }
    const wrong = await backend.call('POST', '/clicks/log', { limit: 5, columns: ['versoin'] })
    assert.doesNotMatch(wrong.body.error, /\b(?:now|sign|version)\b/)
  })

  it('name the metric of an own status that is asked for by its name', async () => {
    const { id, number } = await backend.create('conversion_types', { name: 'install', label: 'App install' })
    const hint = async (path: string, metric: string) => {
      const url = `/admin_api/v1${path}`
      const payload = { range: { interval: 'today' }, metrics: ['clicks', metric] }
      const reply = await backend.app.inject({ method: 'POST', url, headers: { 'api-key': TEST_KEY }, payload })
      assert.equal(reply.statusCode, 200, reply.body)
      return String(reply.headers['trackyard-hint'])
    }
    for (const path of ['/report/build', '/stats', '/clicks/summary'])
      for (const written of ['install', 'app install'])
        assert.equal(
          await hint(path, written),
          `metrics: there is no ${written}, so it was left out: did you mean custom_conversion_${number}?`,
        )
    assert.match(await hint('/report/build', 'lead'), /did you mean leads\?/)
    const none = 'metrics: no status of your own has the number 40, so cr_custom_conversion_40 is 0.'
    assert.equal(await hint('/report/build', 'cr_custom_conversion_40'), none)
    await backend.call('DELETE', `/conversion_types/${id}`)
  })

  it('show the postback log', async () => {
    const row = {
      at_ms: TEST_NOW_MS,
      sub_id: 'x',
      outcome: 'refused',
      reason: 'no such status',
      status: '',
      tid: '',
      campaign_id: 0,
      params: '{"payout":"1"}',
      ip: '1.2.3.4',
    }
    backend.answer = { rows: [row], totals: null, rowsBeforeLimit: 1 }
    const { body } = await backend.call('GET', '/logs/postbacks?limit=7&offset=2&query=payout')
    assert.partialDeepStrictEqual(body, [
      { datetime: '2026-02-03 14:05:09', outcome: 'refused', params: { payout: '1' } },
    ])
    assert.deepEqual(backend.queries[0]?.params, { limit: 7, offset: 2, query: 'payout' })
  })

  it('describe filters, actions, types and schemas', async () => {
    for (const path of ['/stream_filters', '/stream_actions', '/streams_actions', '/stream_types', '/stream_schemas']) {
      const { body } = await backend.call('GET', path)
      assert.ok(body.length > 2, path)
      for (const item of body) assert.ok(item.key && item.key === item.value && item.name, path)
    }
  })
})

describe('explain', () => {
  it('tells every stream that was tried, why, and what came later', async () => {
    const campaign = await backend.create('campaigns', { alias: 'why', name: 'Why' })
    const offer = await backend.create('offers', { name: 'Offer', url: 'https://o.example/' })
    const mexico = await backend.create('streams', {
      campaign_id: campaign.id,
      name: 'Mexico',
      filters: [{ name: 'country', mode: 'accept', payload: ['MX'] }],
    })
    const rest = await backend.create('streams', {
      campaign_id: campaign.id,
      name: 'Rest',
      offers: [{ offer_id: offer.id }],
    })
    const subId = `${TEST_NOW_MS.toString(36).padStart(8, '0')}000000abc`
    const click = {
      sub_id: subId,
      datetime: TEST_NOW_MS,
      campaign_id: campaign.id,
      stream_id: rest.id,
      offer_id: offer.id,
      country: 'US',
      sub_id_3: 'zone',
      is_unique_campaign: 1,
      cost: 1500,
      destination: 'https://o.example/',
      landing_clicked_datetime: TEST_NOW_MS + 2000,
      roll: 77,
      trace: `${mexico.id}!country@0;${rest.id}=`,
    }
    await backend.events.insertLines('clicks', [toLine('clicks', click, 1)], 'm')
    const conversion = {
      sub_id: subId,
      conversion_id: `${subId}-1`,
      status: 'sale',
      revenue: 2_500_000,
      postback_datetime: TEST_NOW_MS + 9000,
      params: '{"tid":"T"}',
    }
    await backend.events.insertLines('conversions', [toLine('conversions', conversion, 2)], 'm')

    const { status, body } = await backend.call('GET', `/clicks/${subId}/explain`)
    assert.equal(status, 200)
    assert.partialDeepStrictEqual(body, {
      sub_id: subId,
      datetime: '2026-02-03 14:05:09',
      campaign: { id: campaign.id, name: 'Why' },
      parameters: { sub_id_3: 'zone' },
      detection: { country: 'US', is_bot: false },
      uniqueness: { campaign: true, stream: false },
      choice: {
        stream: { id: rest.id, name: 'Rest' },
        landing: null,
        offer: { id: offer.id, name: 'Offer' },
        roll: 77,
      },
      cost: 0.0015,
      destination: 'https://o.example/',
      conversions: [{ status: 'sale', revenue: 2.5, params: { tid: 'T' } }],
    })
    assert.deepEqual(
      body.events.map((event: { kind: string }) => event.kind),
      ['landing_click', 'conversion'],
    )
    const [first, second] = body.streams
    assert.partialDeepStrictEqual(first, {
      name: 'Mexico',
      verdict: 'filtered',
      failed_filter: { name: 'country', mode: 'accept', payload: ['MX'], changed_since: false },
    })
    assert.match(first.reason, /MX/)
    assert.partialDeepStrictEqual(second, { name: 'Rest', verdict: 'taken', failed_filter: null })

    await backend.call('PUT', `/streams/${mexico.id}`, { filters: [] })
    const later = await backend.call('GET', `/clicks/${subId}/explain`)
    assert.equal(later.body.streams[0].failed_filter.changed_since, true)
  })

  it('answers 404 for clicks nobody made', async () => {
    for (const subId of ['0mf00000000000000', 'x', '%27%20OR%201'])
      assert.equal((await backend.call('GET', `/clicks/${subId}/explain`)).status, 404)
  })
})
