import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import { toLine } from '../../stores/events/line.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from '../testing.ts'

let backend: TestBackend
let version = 0
const clicksOf = async (fields: object, count: number): Promise<{ campaign: number; subIds: string[] }> => {
  const { id: campaign } = await backend.create('campaigns', { name: 'Costs', alias: `c${++version}`, ...fields })
  const rows = Array.from({ length: count }, (_, index) => {
    const datetime = TEST_NOW_MS - (count - index) * 1000
    return { sub_id: createSubId(datetime, version / 1000), datetime, campaign_id: campaign }
  })
  await backend.events.insertLines(
    'clicks',
    rows.map((row) => toLine('clicks', row, version)),
    'm',
  )
  return { campaign, subIds: rows.map(({ sub_id }) => sub_id) }
}
const rowOf = (subId: string | undefined) => backend.events.clicks().find(({ row }) => row.sub_id === subId)?.row
const reasonOf = async (subId: string | undefined) =>
  (await backend.call('GET', `/clicks/${subId}/explain`)).body.cost_reason
const PERIOD = { start_date: '2026-02-03', end_date: '2026-02-03' }

before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

describe('a refused cost update', () => {
  it('names the slot that the parameter of a source fills, and says nothing of campaigns', async () => {
    const source = await backend.create('traffic_sources', {
      name: 'Zones',
      parameters: { sub_id_1: { name: 'zone', placeholder: '{zone}' }, sub_id_2: { name: 'site', placeholder: '{s}' } },
    })
    const { campaign } = await clicksOf(
      { traffic_source_id: source.id, parameters: { sub_id_7: { name: 'site', placeholder: '{site}' } } },
      1,
    )
    const entry = { ...PERIOD, cost: 1, filters: { zone: '7', site: 'a', country: 'PL' } }
    const one = await backend.call('POST', `/campaigns/${campaign}/update_costs`, entry)
    assert.equal(one.status, 406)
    assert.match(one.body['filters.zone'][0], /the parameter zone fills sub_id_1, use that/)
    assert.match(one.body['filters.site'][0], /site fills sub_id_2 or sub_id_7/)
    assert.match(one.body['filters.country'][0], /cannot be filtered by: use keyword/)
    const bulk = await backend.app.inject({
      method: 'POST',
      url: '/admin_api/v1/clicks/update_costs',
      headers: { 'api-key': TEST_KEY },
      payload: { campaign_ids: [campaign, 99_999], costs: [entry] },
    })
    assert.equal(bulk.statusCode, 406)
    assert.match(bulk.json()['costs.0.filters.zone'][0], /fills sub_id_1/)
    assert.equal(bulk.headers['trackyard-hint'], undefined)
  })
})

describe('what clicks cost', () => {
  it('in another currency comes by the rate of the period, and clicks know what it was', async () => {
    await backend.call('POST', '/currencies/XTS/rates', { rate: '1.1', from: '2026-01-01' })
    backend.wait(1001)
    const { campaign, subIds } = await clicksOf({}, 44)
    const { status } = await backend.call('POST', `/campaigns/${campaign}/update_costs`, {
      ...{ ...PERIOD, cost: 10, currency: 'xts' },
    })
    assert.equal(status, 200)
    const rows = subIds.map(rowOf)
    assert.equal(
      rows.reduce((sum, row) => sum + Number(row?.cost), 0),
      11_000_000,
    )
    assert.deepEqual(
      rows.map((row) => row?.cost),
      subIds.map(() => 250_000),
    )
    assert.deepEqual([rows[0]?.cost_original, rows[0]?.cost_currency, rows[0]?.cost_rate], [227_273, 'XTS', 1.1])
    assert.equal(await reasonOf(subIds[0]), 'The click itself costs 0.25 (0.227273 XTS at 1.1).')
  })

  it('by conversion is charged when one is added, kept when it is rejected, gone when it is removed', async () => {
    const { campaign, subIds } = await clicksOf({ cost_type: 'CPA', cost_value: 3 }, 2)
    const [click_id] = subIds
    await backend.call('POST', '/conversions', { click_id, status: 'lead', tid: 'A' })
    await backend.call('POST', '/conversions', { click_id, status: 'deposit', tid: 'B' })
    assert.equal(rowOf(click_id)?.cost, 6_000_000)
    await backend.call('PUT', `/conversions/${click_id}-1`, { status: 'rejected' })
    assert.equal(rowOf(click_id)?.cost, 6_000_000)
    await backend.call('DELETE', `/conversions/${click_id}-2`)
    assert.equal(rowOf(click_id)?.cost, 3_000_000)
    assert.equal(await reasonOf(click_id), 'The click itself costs 0. 3 was charged for its conversion.')
    await backend.call('POST', `/campaigns/${campaign}/update_costs`, { ...PERIOD, cost: 1 })
    assert.deepEqual(
      subIds.map(rowOf).map((row) => row?.cost),
      [500_000, 500_000],
    )
    await backend.call('POST', '/conversions', { click_id, status: 'sale', tid: 'C' })
    assert.equal(rowOf(click_id)?.cost, 500_000, 'a further sale is a rebill, and costs nothing')
    assert.match(await reasonOf(click_id), /^The click itself costs 0\.5\. 3 had been charged for conversions before/)
    const charged = backend.events.conversions().filter(({ row }) => row.sub_id === click_id)
    assert.deepEqual(charged.map(({ row }) => [row.conversion_id, row.conversion_cost, row.settled]).sort(), [
      [`${click_id}-1`, 500_000, 3_000_000],
      [`${click_id}-2`, undefined, undefined],
    ])
  })

  it('of nothing is explained where the link should have named it', async () => {
    const { subIds } = await clicksOf({ cost_auto: true }, 1)
    assert.match(
      await reasonOf(subIds[0]),
      /costs 0: with cost_auto that is so where the link names no amount, and where the cost model charges nothing for the click\.$/,
    )
  })
  it('without a zone is for days of UTC, which is told where reports show others', async () => {
    const { campaign } = await clicksOf({}, 1)
    const hintOf = async (url: string, payload: object) => {
      const headers = { 'api-key': TEST_KEY, 'content-type': 'application/json' }
      const reply = await backend.app.inject({ method: 'POST', url: `/admin_api/v1${url}`, headers, payload })
      assert.equal(reply.statusCode, 200, reply.body)
      return String(reply.headers['trackyard-hint'] ?? '')
    }
    const one = `/campaigns/${campaign}/update_costs`
    const cost = { ...PERIOD, cost: 1 }
    assert.doesNotMatch(await hintOf(one, cost), /UTC/)
    await backend.call('PUT', '/settings', { timezone: 'Europe/Berlin' })
    const told = /^timezone: dates were taken in UTC, your reports are in Europe\/Berlin: send timezone/
    assert.match(await hintOf(one, cost), told)
    assert.match(await hintOf('/clicks/clean', PERIOD), told)
    assert.doesNotMatch(await hintOf(one, { ...cost, timezone: 'UTC' }), /UTC/)
    const many = { campaign_ids: [campaign], costs: [{ ...cost, timezone: 'UTC' }] }
    assert.doesNotMatch(await hintOf('/clicks/update_costs', many), /UTC/)
  })
})
