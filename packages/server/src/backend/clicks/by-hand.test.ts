import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import { toLine } from '../../stores/events/line.ts'
import { HINT_HEADER } from '../http/hints.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from '../testing.ts'

const DAY_MS = 86_400_000
let backend: TestBackend
let campaign = 0
let other = 0
/** Three clicks a day apart in `campaign`, the last one of a bot, and one in `other`. */
let subIds: string[] = []
let version = 0

const id = (index: number): string => subIds[index] ?? ''
const costs = (): (number | undefined)[] => {
  const known = new Map(backend.events.clicks().map(({ row }) => [row.sub_id, Number(row.cost ?? 0)]))
  return subIds.map((subId) => known.get(subId))
}
const rowOf = (index: number) => backend.events.clicks().find(({ row }) => row.sub_id === id(index))?.row ?? {}
/** Status and hints. */
async function send(path: string, payload: object): Promise<[number, string]> {
  const headers = { 'api-key': TEST_KEY }
  const reply = await backend.app.inject({ method: 'POST', url: `/admin_api/v1${path}`, payload, headers })
  return [reply.statusCode, [reply.headers[HINT_HEADER] ?? []].flat().join('\n')]
}
const audit = async () => (await backend.store.listAudit({ limit: 1 }))[0]

before(async () => {
  backend = await openTestBackend()
  campaign = (await backend.create('campaigns', { name: 'One', alias: 'one' })).id
  other = (await backend.create('campaigns', { name: 'Other', alias: 'other' })).id
})
after(() => backend.close())
beforeEach(async () => {
  await backend.call('POST', '/clicks/clean', { start_date: '1970-01-01', end_date: '2100-01-01' })
  const rows = [0, 1, 2, 3].map((index) => {
    const datetime = TEST_NOW_MS - (3 - index) * DAY_MS
    version++
    return {
      ...{ sub_id: createSubId(datetime, version / 10_000), datetime, cost: 100_000, sub_id_1: `z${index}` },
      ...{ campaign_id: index === 3 ? other : campaign, is_bot: index === 2 ? 1 : 0, is_unique_campaign: index % 2 },
    }
  })
  subIds = rows.map(({ sub_id }) => sub_id)
  await backend.events.insertLines(
    'clicks',
    rows.map((row) => toLine('clicks', row, version)),
    'm',
  )
})

const PERIOD = { start_date: '2026-01-31', end_date: '2026-02-03 14:05' }

describe('costs set by hand', () => {
  it('spread a total over the clicks of a campaign, exactly, and again replace it', async () => {
    for (const cost of ['9', '0.000003', 1]) {
      const { status, body } = await backend.call('POST', `/campaigns/${campaign}/update_costs`, { ...PERIOD, cost })
      assert.deepEqual([status, body], [200, { success: true }])
    }
    assert.deepEqual(costs(), [500_000, 500_000, 100_000, 100_000])
    const note = await audit()
    assert.deepEqual([note?.action, note?.kind, note?.entityId], ['run', 'campaigns', campaign])
  })

  it('reach what filters, uniqueness, bots and time zone say', async () => {
    const path = `/campaigns/${campaign}/update_costs`
    await backend.call('POST', path, { ...PERIOD, cost: '0.000003', skip_bots: 0 })
    assert.deepEqual(costs(), [1, 1, 1, 100_000])
    await backend.call('POST', path, { ...PERIOD, cost: 7, only_campaign_uniques: '1' })
    assert.deepEqual(costs(), [1, 7_000_000, 1, 100_000])
    await backend.call('POST', path, { ...PERIOD, cost: 3, filters: { sub_id_1: 'z0, zz', keyword: '' } })
    assert.deepEqual(costs(), [3_000_000, 7_000_000, 1, 100_000])
    // The first click came on the 31st in UTC, and on the 1st in Kiritimati.
    const kiritimati = { start_date: '2026-02-01', end_date: '2026-02-01', timezone: 'Pacific/Kiritimati' }
    await backend.call('POST', path, { ...kiritimati, cost: 4 })
    assert.deepEqual(costs(), [4_000_000, 7_000_000, 1, 100_000])
  })

  it('make one pool of several campaigns; an entry goes before what stands beside the list', async () => {
    const { status } = await backend.call('POST', '/clicks/update_costs', {
      campaign_ids: [String(campaign), other],
      ...{ timezone: 'Nowhere/Never', currency: 'usd', only_campaign_uniques: 1 },
      costs: [{ ...PERIOD, cost: '0.9', timezone: 'UTC', only_campaign_uniques: 0 }],
    })
    assert.equal(status, 200)
    assert.deepEqual(costs(), [300_000, 300_000, 100_000, 300_000])
    const one = { ...PERIOD, cost: '0.2' }
    assert.equal(
      (await backend.call('POST', '/clicks/update_costs', { campaign_ids: `${campaign}`, costs: one })).status,
      200,
    )
    assert.deepEqual(costs(), [100_000, 100_000, 100_000, 300_000])
  })

  it('refuse what cannot be meant, naming field and cure, and change nothing', async () => {
    const good = { ...PERIOD, cost: 5 }
    const campaignPath = `/campaigns/${campaign}/update_costs`
    const bulk = { campaign_ids: [campaign], costs: [good] }
    const cases: readonly [string, unknown, number, RegExp][] = [
      [campaignPath, {}, 406, /start_date.*end_date.*cost/],
      [campaignPath, { ...good, start_date: '2026-02-30' }, 406, /"start_date":\["must be a date such as/],
      [campaignPath, { ...good, end_date: 7 }, 406, /"end_date":\["must be a date such as/],
      [campaignPath, { ...good, cost: '{cost}' }, 406, /"cost":\["must be an amount/],
      [campaignPath, { ...good, cost: -1 }, 406, /"cost":\["must be 0 or more/],
      [campaignPath, { ...good, cost: [5] }, 406, /"cost":\["must be an amount/],
      [campaignPath, { ...good, timezone: 'Mars/Base' }, 406, /"timezone":\["must be an IANA time zone/],
      [campaignPath, { ...good, currency: 'EURO' }, 406, /"currency":\["EURO has no exchange rate/],
      [campaignPath, { ...good, currency: '€' }, 406, /"currency":\["must be a three-letter/],
      [campaignPath, { ...good, only_campaign_uniques: 'perhaps' }, 406, /only_campaign_uniques/],
      [campaignPath, { ...good, filters: 'sub_id_1' }, 406, /"filters":\["must be an object/],
      [campaignPath, { ...good, filters: { country: 'PL' } }, 406, /filters.country.*cannot be filtered by/],
      [campaignPath, { ...good, filters: { constructor: 'x' } }, 406, /cannot be filtered by/],
      [campaignPath, { ...good, filters: { sub_id_1: { a: 1 } } }, 406, /filters.sub_id_1.*must be a value/],
      [campaignPath, { ...good, filters: { cost: 'much' } }, 406, /filters.cost.*amounts/],
      [campaignPath, { ...good, filters: { currency: 'EUR' } }, 406, /filters.currency.*must be USD/],
      ['/campaigns/99999/update_costs', good, 404, /99999/],
      ["/campaigns/1'/update_costs", good, 404, /error/],
      ['/clicks/update_costs', {}, 406, /campaign_ids.*costs/],
      ['/clicks/update_costs', { ...bulk, campaign_ids: ['x'] }, 406, /campaign_ids.0/],
      ['/clicks/update_costs', { ...bulk, costs: [] }, 406, /"costs":\["must hold at least one/],
      ['/clicks/update_costs', { ...bulk, costs: [good, { ...good, cost: 'x' }] }, 406, /"costs.1.cost"/],
      ['/clicks/update_costs', { ...bulk, costs: 'x' }, 406, /"costs":\["must be a list/],
      ['/clicks/update_costs', { ...bulk, costs: [3] }, 406, /costs.0/],
      ['/clicks/clean', {}, 406, /start_date.*end_date/],
      ['/clicks/clean', { ...PERIOD, start_date: "' OR 1=1" }, 406, /"start_date":\["must be a date/],
      ['/clicks/clean', { ...PERIOD, campaign_id: 'all' }, 406, /campaign_id/],
    ]
    const count = backend.eventWriter.appended.length
    for (const [path, body, status, words] of cases) {
      const answer = await backend.call('POST', path, body)
      assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`)
      assert.match(JSON.stringify(answer.body), words)
    }
    assert.equal(backend.eventWriter.appended.length, count)
  })

  it('tell how many clicks a cleaning would remove, and remove none in a dry run', async () => {
    const all = { start_date: '1970-01-01', end_date: '2100-01-01' }
    for (const [more, clicks] of [
      [{}, 4],
      [{ campaign_id: campaign }, 3],
      [{ campaign_id: 999 }, 0],
      [{ end_date: '1970-01-01', start_date: '1970-01-02' }, 0],
    ] as const) {
      const { body } = await backend.call('POST', '/clicks/clean', { ...all, ...more, dry_run: 1 })
      assert.deepEqual(body, { success: true, dry_run: true, clicks }, JSON.stringify(more))
    }
    assert.equal(backend.events.clicks().length, 4)
    assert.deepEqual((await backend.call('POST', '/clicks/clean', { ...all, dry_run: '0' })).body, { success: true })
    assert.equal(backend.events.clicks().length, 0)
  })

  it('say when no click was found, and how many bots were left out', async () => {
    const day = { start_date: '2026-02-02', end_date: '2026-02-02' }
    const entry = { ...day, cost: 1, filters: { sub_id_1: 'nothing' } }
    const campaignPath = `/campaigns/${campaign}/update_costs`
    const none = 'No click of this period and filter was found, so nothing was changed yet'
    const cases: readonly [path: string, body: object, hint: string][] = [
      [campaignPath, { ...day, cost: 1 }, `${none}; 1 bot was left out: send skip_bots=0 to include them.`],
      [campaignPath, entry, `${none}.`],
      [campaignPath, { ...day, cost: 1, skip_bots: 0 }, ''],
      ['/clicks/update_costs', { campaign_ids: [campaign], costs: entry }, `${none}.`],
      [
        '/clicks/update_costs',
        { campaign_ids: [campaign], costs: [{ ...PERIOD, cost: 1 }, entry] },
        `costs.1: ${none}.`,
      ],
      ['/clicks/clean', { ...day, campaign_id: other }, 'No click of this period was found, so nothing was removed.'],
      ['/clicks/clean', { ...day, campaign_id: campaign }, ''],
    ]
    for (const [path, body, hint] of cases) assert.deepEqual(await send(path, body), [200, hint])
  })

  it('are made all the same when nobody can count, or the audit log cannot be written', async (t) => {
    t.mock.method(backend.events, 'countEach', () => Promise.reject(new Error('the store is gone')), { times: 1 })
    t.mock.method(backend.store, 'change', () => Promise.reject(new Error('database is locked')))
    assert.deepEqual(await send(`/campaigns/${campaign}/update_costs`, { ...PERIOD, cost: 1 }), [
      200,
      'The change is made, but could not be written down in the audit log: the configuration cannot be written.',
    ])
    assert.deepEqual(costs(), [500_000, 500_000, 100_000, 100_000])
    const told = JSON.stringify(backend.errors.splice(0))
    assert.match(told, /could not be counted.*the store is gone.*audit log.*database is locked/)
  })

  it('say when there was nothing to do', async () => {
    const backwards = {
      start_date: '2026-02-03',
      end_date: '2026-02-01',
      cost: 1,
      campaign_ids: [campaign],
      costs: [PERIOD],
    }
    for (const path of [`/campaigns/${campaign}/update_costs`, '/clicks/clean']) {
      const headers = { 'api-key': 'test-key-of-the-administrator' }
      const reply = await backend.app.inject({
        method: 'POST',
        url: `/admin_api/v1${path}`,
        payload: backwards,
        headers,
      })
      assert.equal(reply.statusCode, 200)
      assert.match(String(reply.headers['trackyard-hint']), /end_date is before start_date/)
    }
    assert.deepEqual(costs(), [100_000, 100_000, 100_000, 100_000])
  })
})

describe('single clicks changed by hand', () => {
  it('take new parameters and costs', async () => {
    const { status, body } = await backend.call('PUT', `/clicks/${id(0).toUpperCase()}`, {
      ...{ sub_id_1: '', sub_id_2: 17, keyword: "it's", cost: '0.25', country: 'XX', unknown: 1 },
    })
    assert.equal(status, 200)
    const shown = { sub_id: id(0), campaign_id: campaign, cost: 0.25, sub_id_2: '17', keyword: "it's" }
    assert.deepEqual(body, { ...shown, datetime: '2026-01-31 14:05:09' })
    const { sub_id_1, sub_id_2, cost, country } = rowOf(0)
    assert.deepEqual([sub_id_1, sub_id_2, cost, country], [undefined, '17', 250_000, undefined])
    const note = await audit()
    assert.deepEqual(note?.before, { sub_id: id(0), sub_id_1: 'z0', sub_id_2: '', keyword: '', cost: 0.1 })
    assert.deepEqual(note?.after, { sub_id: id(0), sub_id_1: '', sub_id_2: '17', keyword: "it's", cost: 0.25 })
  })

  it('are taken down when the store says so already: a change on its way may say otherwise', async () => {
    const count = backend.eventWriter.appended.length
    const { status } = await backend.call('PUT', `/clicks/${id(0)}`, { sub_id_2: '17', cost: 0.25 })
    assert.equal(status, 200)
    const [event] = backend.eventWriter.appended.slice(count)
    assert.deepEqual(event?.kind === 'click_edit' && [event.slots, event.costMicros], [{ sub_id_2: '17' }, 250_000])
  })

  it('are removed with their conversions', async () => {
    await backend.call('POST', '/conversions', { click_id: id(1), revenue: 3 })
    assert.deepEqual(await backend.call('DELETE', `/clicks/${id(1)}`), { status: 200, body: { success: true } })
    assert.deepEqual(costs(), [100_000, undefined, 100_000, 100_000])
    assert.deepEqual(backend.events.conversions(), [])
    assert.equal((await backend.call('DELETE', `/clicks/${id(1)}`)).status, 404)
  })

  it('are removed by period', async () => {
    const period = { start_date: '2026-02-01 14:05', end_date: '2026-02-03 14:05' }
    assert.equal((await backend.call('POST', '/clicks/clean', { ...period, campaign_id: campaign })).status, 200)
    assert.deepEqual(costs(), [100_000, undefined, undefined, 100_000])
  })

  it('refuse what cannot be meant', async () => {
    const count = backend.eventWriter.appended.length
    const cases: readonly ['PUT' | 'DELETE', string, unknown, number, RegExp][] = [
      ['PUT', id(0), { cost: -1 }, 406, /"cost":\["must be 0 or more/],
      ['PUT', id(0), { cost: 'cheap' }, 406, /"cost":\["must be an amount/],
      ['PUT', id(0), { sub_id_1: ['a'] }, 406, /"sub_id_1":\["must be text/],
      ['PUT', id(0), { keyword: 'x'.repeat(1001) }, 406, /"keyword":\["must be at most 1000/],
      [
        'PUT',
        id(0),
        { cost: 1, currency: 'EURO' },
        406,
        /"currency":\["EURO has no exchange rate \(did you mean EUR\?\)/,
      ],
      ['PUT', id(0), {}, 200, /sub_id/],
      ['PUT', 'zzzzzzzzzzzzzzzzz', { cost: 1 }, 404, /no click/],
      ['PUT', "a'b", { cost: 1 }, 404, /no click/],
      ['DELETE', 'nonsense', undefined, 404, /no click/],
    ]
    for (const [method, which, body, status, words] of cases) {
      const answer = await backend.call(method, `/clicks/${encodeURIComponent(which)}`, body)
      assert.equal(answer.status, status, `${which} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`)
      assert.match(JSON.stringify(answer.body), words)
    }
    assert.equal(backend.eventWriter.appended.length, count)
  })
})

describe('conversions set by hand', () => {
  it('are created, found again by tid, and changed to anything', async () => {
    const created = await backend.call('POST', '/conversions', {
      ...{ click_id: id(0), status: 'approved', payout: '12.5', transaction_id: 'T-1', comment: 'by phone' },
    })
    assert.equal(created.status, 200)
    const first = {
      ...{ conversion_id: `${id(0)}-1`, click_id: id(0), sub_id: id(0), campaign_id: campaign, tid: 'T-1' },
      ...{ status: 'sale', previous_status: '', original_status: 'approved', revenue: 12.5 },
      ...{ click_datetime: '2026-01-31 14:05:09', postback_datetime: '2026-02-03 14:05:09' },
      ...{ sale_datetime: '2026-02-03 14:05:09', params: { comment: 'by phone' } },
    }
    assert.deepEqual(created.body, first)
    // A script that sends its lead again undoes no sale.
    const again = await backend.call('POST', '/conversions', { sub_id: id(0), tid: 'T-1', status: 'lead', revenue: 3 })
    assert.deepEqual([again.status, again.body], [200, first])
    const back = await backend.call('PUT', `/conversions/${id(0)}-1`, { status: 'lead' })
    assert.deepEqual(back.body, { ...first, status: 'lead', previous_status: 'sale', original_status: 'lead' })
    const on = await backend.call('POST', '/conversions', { sub_id: id(0), tid: 'T-1', status: 'sale', revenue: 13 })
    assert.deepEqual([on.body.status, on.body.revenue], ['sale', 13])
    const second = await backend.call('POST', '/conversions', { click_id: id(0), tid: 'T-2', revenue: 1 })
    assert.deepEqual([second.body.conversion_id, second.body.status], [`${id(0)}-2`, 'rebill'])
    const edited = await backend.call('PUT', `/conversions/${id(0)}-1`, {
      ...{ status: 'rejected', revenue: 2, timezone: 'Europe/Berlin', postback_datetime: '2026-02-01 01:00' },
    })
    assert.deepEqual([edited.body.status, edited.body.postback_datetime], ['rejected', '2026-02-01 00:00:00'])
    const { is_rejected, is_lead, rejected_revenue, sale_revenue, rebills } = rowOf(0)
    assert.deepEqual(
      [is_rejected, is_lead, rejected_revenue, sale_revenue, rebills],
      [1, undefined, 2_000_000, 1_000_000, 1],
    )
    const note = await audit()
    assert.deepEqual([note?.action, note?.kind], ['update', 'conversions'])
  })

  it('without an amount get the fixed payout of the offer, also when they are imported', async () => {
    const terms = { payout_type: 'CPA', payout_auto: false, payout_value: 12.5 }
    const offer = (await backend.create('offers', { name: 'O', url: 'https://shop.example/', ...terms })).id
    const [first, second] = [createSubId(TEST_NOW_MS - DAY_MS, 0.1), createSubId(TEST_NOW_MS - DAY_MS, 0.2)]
    const lines = [first, second].map((sub_id) =>
      toLine('clicks', { sub_id, datetime: TEST_NOW_MS - DAY_MS, campaign_id: campaign, offer_id: offer }, 1),
    )
    await backend.events.insertLines('clicks', lines, 'offers')
    const made = await backend.call('POST', '/conversions', { click_id: first })
    assert.equal(made.body.revenue, 12.5)
    const told = await backend.call('POST', '/conversions', { click_id: first, tid: 'B', revenue: 3 })
    assert.equal(told.body.revenue, 3)
    const conversions = `${second},,,lead\n${second},,,sale\n${second},0,,rejected`
    const imported = await backend.call('POST', '/conversions/import', { conversions })
    assert.deepEqual(
      imported.body.results.map(({ message }: { message: string }) => message),
      ['new conversion: lead, 12.5 USD', 'lead → sale', 'sale → rejected; 12.5 → 0 USD'],
    )
  })

  it('are removed, and the sums of the click follow', async () => {
    for (const tid of ['A', 'B']) await backend.call('POST', '/conversions', { click_id: id(0), tid, revenue: 5 })
    assert.deepEqual((await backend.call('DELETE', `/conversions/${id(0)}-1`)).body, { success: true })
    const { sale_revenue, sales, rebills } = rowOf(0)
    assert.deepEqual([sale_revenue, sales, rebills], [5_000_000, undefined, 1])
    assert.equal((await backend.call('PUT', `/conversions/${id(0)}-1`, { revenue: 1 })).status, 404)
    const { body } = await backend.call('POST', '/conversions', { click_id: id(0), tid: 'C' })
    assert.equal(body.conversion_id, `${id(0)}-3`)
  })

  it('refuse what cannot be meant', async () => {
    await backend.call('POST', '/conversions', { click_id: id(0), tid: 'A' })
    await backend.call('POST', '/conversions', { click_id: id(0), tid: 'B' })
    const count = backend.eventWriter.appended.length
    const known = `/conversions/${id(0)}-1`
    const cases: readonly ['POST' | 'PUT' | 'DELETE', string, unknown, number, RegExp][] = [
      ['POST', '/conversions', {}, 406, /"click_id":\["click_id is required/],
      ['POST', '/conversions', { click_id: 'zzzzzzzzzzzzzzzzz' }, 404, /no click/],
      ['POST', '/conversions', { click_id: { a: 1 } }, 406, /click_id/],
      ['POST', '/conversions', { click_id: id(0), status: 'paid' }, 406, /"status":\["must be one of lead, sale/],
      ['POST', '/conversions', { click_id: id(0), revenue: 'much' }, 406, /"revenue":\["must be an amount/],
      [
        'POST',
        '/conversions',
        { click_id: id(0), revenue: 1, currency: 'EURO' },
        406,
        /"currency":\["EURO has no exchange rate/,
      ],
      ['POST', '/conversions', { click_id: id(0), tid: 'x'.repeat(101) }, 406, /"tid":\["must be at most 100/],
      ['POST', '/conversions', { click_id: id(0), params: 'a' }, 406, /"params":\["must be an object/],
      ['PUT', known, { status: 5 }, 406, /"status"/],
      ['PUT', known, { sale_datetime: 'yesterday' }, 406, /"sale_datetime":\["must be a date/],
      ['PUT', known, { tid: 'B' }, 406, /"tid":\["Conversion .*-2 of this click/],
      ['PUT', known, {}, 200, /conversion_id/],
      ['PUT', `/conversions/${id(0)}-9`, { revenue: 1 }, 404, /no conversion/],
      ['PUT', '/conversions/7', { revenue: 1 }, 404, /no conversion/],
      ['DELETE', "/conversions/' OR 1=1 --", undefined, 404, /no conversion/],
    ]
    for (const [method, path, body, status, words] of cases) {
      const answer = await backend.call(method, encodeURI(path), body)
      assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`)
      assert.match(JSON.stringify(answer.body), words)
    }
    assert.equal(backend.eventWriter.appended.length, count)
  })
})
