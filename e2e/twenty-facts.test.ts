import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { create, POSTBACK_KEY, startYard, type Yard } from './harness.ts'
import { untilLive } from './sample.ts'

const rows = z.looseObject({ rows: z.array(z.record(z.string(), z.unknown())) })
const list = z.array(z.record(z.string(), z.unknown()))
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const DAY_MS = 86_400_000
const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10)
const ALL = { interval: 'all_time' }

/** One campaign for each of these facts, so that its figures are its own. */
const FACTS = [2, 3, 4, 5, 6, 7, 8, 10, 12, 13, 14, 16, 18, 19, 20]

/** The facts of reference conversions-and-reports §0.3, each shown by the processes as users run them. */
describe('the twenty facts most likely to be got wrong', { timeout: 180_000 }, () => {
  let yard: Yard
  let receiver: Server
  const heard: string[] = []
  const ids = new Map<number, number>()
  before(async () => {
    receiver = createServer((request, response) => {
      heard.push(request.url ?? '')
      response.end('ok')
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const target = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
    yard = await startYard({ env: { TRACKYARD_ALLOW_PRIVATE_TARGETS: 'true', TRACKYARD_LOG_LEVEL: 'warn' } })
    const terms = { action_type: 'http', action_payload: 'https://shop.example/', payout_auto: true }
    const offer = await create(yard, '/offers', { name: 'upsells', ...terms, payout_upsell: true })
    const source = await create(yard, '/traffic_sources', {
      ...{ name: 'Source', postback_statuses: ['sale'] },
      postback_url: `${target}/in?a={sub_id_1}&raw={_sub_id_1}&amount={revenue}`,
    })
    for (const fact of FACTS) {
      const more = { traffic_source_id: fact === 20 ? source : null, cost_type: 'CPC', cost_value: 0.5 }
      const campaign = await create(yard, '/campaigns', { name: `fact ${fact}`, alias: `f${fact}`, ...more })
      await create(yard, '/streams', { campaign_id: campaign, offers: [{ offer_id: offer }] })
      ids.set(fact, campaign)
    }
    const single = await create(yard, '/offers', { name: 'single', ...terms, payout_upsell: false })
    const campaign = await create(yard, '/campaigns', { name: 'single', alias: 'single' })
    await create(yard, '/streams', { campaign_id: campaign, offers: [{ offer_id: single }] })
    await untilLive(yard)
  })
  after(async () => {
    await yard?.dispose()
    receiver?.closeAllConnections()
    receiver?.close()
  })

  async function click(alias: string, query = '', userAgent = FIREFOX): Promise<string> {
    const { cookies, status } = await yard.send(`/${alias}${query}`, { headers: { 'user-agent': userAgent } })
    assert.equal(status, 302)
    return cookies._subid ?? ''
  }
  const about = (fact: number) => [{ name: 'campaign_id', operator: 'EQUALS', expression: ids.get(fact) }]
  async function report(fact: number, metrics: readonly string[], more: object = {}) {
    await yard.waitUntilStored()
    return rows.parse(await yard.api('POST', '/report/build', { range: ALL, filters: about(fact), metrics, ...more }))
      .rows
  }
  async function log(path: '/clicks/log' | '/conversions/log', fact: number, columns: readonly string[], range = ALL) {
    await yard.waitUntilStored()
    return rows.parse(await yard.api('POST', path, { range, filters: about(fact), columns })).rows
  }
  async function told(subId: string): Promise<string[]> {
    await yard.waitUntilStored()
    const found = rows.parse(await yard.api('GET', `/conversions?click_id=${subId}&limit=100`)).rows
    return found.map(({ tid, status, revenue }) => `${tid} ${status} ${revenue}`).sort()
  }

  it('1. the postback URL is /KEY/postback and carries the click as subid', async () => {
    const subid = await click('f2')
    for (const path of ['/postback', '/wrongkey/postback', `/${POSTBACK_KEY}`])
      assert.equal((await yard.send(`${path}?subid=${subid}&status=rejected`)).status, 404, path)
    const right = await yard.send(`/${POSTBACK_KEY}/postback?subid=${subid}&payout=1`)
    assert.deepEqual([right.status, right.body], [200, 'Success'])
    assert.deepEqual(await told(subid), [' sale 1'])
  })

  it('2. a missing status means sale', async () => {
    const [first, second] = [await click('f2'), await click('f2')]
    await yard.postback({ subid: first, payout: '3' })
    await yard.postback({ subid: second, payout: '3', status: '' })
    assert.deepEqual([await told(first), await told(second)], [[' sale 3'], [' sale 3']])
  })

  it('3. receiving is asynchronous: acknowledged at once, attached to its click later', async () => {
    const subid = await click('f3')
    await yard.waitUntilStored()
    yard.signal('backend', 'SIGSTOP')
    try {
      for (const one of [subid, 'zzzzzzzzzzzzzzzzz']) {
        const { status, body } = await yard.postback({ subid: one, payout: '4' })
        assert.deepEqual([status, body], [200, 'Success'])
      }
    } finally {
      yard.signal('backend', 'SIGCONT')
    }
    assert.deepEqual(await told(subid), [' sale 4'])
    const [unknown, known] = list.parse(await yard.api('GET', '/logs/postbacks?limit=2'))
    assert.deepEqual([known?.outcome, unknown?.outcome], ['created', 'click_not_found'])
    assert.match(String(unknown?.reason), /"zzzzzzzzzzzzzzzzz"/)
  })

  it('4. money of leads is held, of sales confirmed, of rejected ones aside; revenue is held and confirmed', async () => {
    for (const [status, payout] of Object.entries({ lead: '1', sale: '20', rejected: '300' }))
      await yard.postback({ subid: await click('f4'), status, payout })
    assert.partialDeepStrictEqual(await report(4, ['lead_revenue', 'sale_revenue', 'rejected_revenue', 'revenue']), [
      { lead_revenue: 1, sale_revenue: 20, rejected_revenue: 300, revenue: 21 },
    ])
  })

  it('5. a click and a transaction are one conversion: what is told again updates it', async () => {
    const subid = await click('f5')
    for (const payout of ['5', '5', '7', '7']) await yard.postback({ subid, tid: 'A', payout })
    assert.deepEqual(await told(subid), ['A sale 7'])
    assert.partialDeepStrictEqual(await report(5, ['conversions', 'revenue']), [{ conversions: 1, revenue: 7 }])
  })

  it('6. further conversions of a click need a transaction of their own and an offer that allows upsells', async () => {
    const [both, noTid, noUpsells] = [await click('f6'), await click('f6'), await click('single')]
    for (const subid of [both, noTid, noUpsells]) await yard.postback({ subid, payout: '5' })
    await yard.postback({ subid: both, payout: '6', tid: 'B' })
    await yard.postback({ subid: noTid, payout: '6' })
    await yard.postback({ subid: noUpsells, payout: '6', tid: 'B' })
    assert.deepEqual(await told(both), [' sale 5', 'B rebill 6'])
    assert.deepEqual(await told(noTid), [' sale 6'])
    assert.deepEqual(await told(noUpsells), ['B sale 6'])
  })

  it('7. upsells are no conversions, so that CR is not inflated; their money counts', async () => {
    const [subid] = [await click('f7'), await click('f7')]
    for (const tid of ['A', 'B', 'C']) await yard.postback({ subid, payout: '5', tid })
    assert.partialDeepStrictEqual(await report(7, ['conversions', 'rebills', 'cr', 'revenue']), [
      { conversions: 1, rebills: 2, cr: 50, revenue: 15 },
    ])
  })

  it('8. reports place a conversion on the date of its click, the conversion log on that of the postback', async () => {
    const subid = await click('f8')
    await yard.postback({ subid, payout: '5' })
    await yard.waitUntilStored()
    await yard.api('PUT', `/conversions/${subid}-1`, { postback_datetime: `${daysAgo(7)} 12:00:00` })
    const [row] = await report(8, ['clicks', 'sales'], { grouping: ['day'] })
    assert.partialDeepStrictEqual(row, { clicks: 1, sales: 1 })
    const range = { from: daysAgo(7), to: daysAgo(7), interval: '' }
    assert.deepEqual(await log('/conversions/log', 8, ['sub_id'], range), [{ sub_id: subid }])
  })

  it('9. a switch of the installation moves reports to the date of the conversion', async () => {
    await yard.api('PUT', '/settings/report_conversion_date', { value: 'conversion' })
    const moved = await report(8, ['clicks', 'sales'], { grouping: ['day'], sort: [{ name: 'day', order: 'ASC' }] })
    await yard.api('PUT', '/settings/report_conversion_date', { value: 'click' })
    assert.deepEqual(
      moved.map(({ day, clicks, sales }) => [day === daysAgo(7), clicks, sales]),
      [
        [true, 0, 1],
        [false, 1, 0],
      ],
    )
  })

  it('10. and 11. percentages go to 100; eCPC is the cost of 1000 clicks, eCPM the revenue of 1000 clicks', async () => {
    for (let count = 1; count < 12; count++) await click('f10')
    await yard.postback({ subid: await click('f10'), payout: '6' })
    assert.partialDeepStrictEqual(await report(10, ['cr', 'cpc', 'ecpc', 'ecpm']), [
      { cr: 8.33, cpc: 0.5, ecpc: 500, ecpm: 500 },
    ])
  })

  it('12. EC (confirmed) divides confirmed revenue by all conversions', async () => {
    await yard.postback({ subid: await click('f12'), payout: '6', status: 'sale' })
    await yard.postback({ subid: await click('f12'), payout: '4', status: 'lead' })
    assert.partialDeepStrictEqual(await report(12, ['ec', 'ec_confirmed']), [{ ec: 5, ec_confirmed: 3 }])
  })

  it('13. bots are clicks; an update of costs skips them unless it is told otherwise', async () => {
    await click('f13')
    await click('f13', '', 'Googlebot/2.1 (+http://www.google.com/bot.html)')
    const metrics = ['clicks', 'bots', 'cost']
    const day = { start_date: daysAgo(1), end_date: daysAgo(-1), timezone: 'UTC' }
    await yard.waitUntilStored()
    await yard.api('POST', `/campaigns/${ids.get(13)}/update_costs`, { ...day, cost: 3 })
    assert.partialDeepStrictEqual(await report(13, metrics), [{ clicks: 2, bots: 1, cost: 3.5 }])
    await yard.api('POST', `/campaigns/${ids.get(13)}/update_costs`, { ...day, cost: 3, skip_bots: 0 })
    assert.partialDeepStrictEqual(await report(13, metrics), [{ clicks: 2, bots: 1, cost: 3 }])
  })

  it('14. and 15. a total replaces what each click cost, however often it is sent; without clicks it succeeds', async () => {
    const path = `/campaigns/${ids.get(14)}/update_costs`
    const day = { start_date: daysAgo(1), end_date: daysAgo(-1), timezone: 'UTC', cost: 9 }
    assert.partialDeepStrictEqual(await yard.api('POST', path, { ...day, cost: 7 }), { success: true })
    for (let count = 0; count < 3; count++) await click('f14')
    assert.partialDeepStrictEqual(await report(14, ['clicks', 'cost']), [{ clicks: 3, cost: 1.5 }])
    for (let times = 0; times < 3; times++)
      assert.deepEqual(await yard.api('POST', path, day), { success: true }, `time ${times}`)
    assert.partialDeepStrictEqual(await report(14, ['cost', 'cpc']), [{ cost: 9, cpc: 3 }])
  })

  it('16. the interval 7_days_ago covers today and the seven dates before', async () => {
    const [inside, outside] = [await click('f16'), await click('f16')]
    for (const [subid, days] of [
      [inside, 7],
      [outside, 8],
    ] as const) {
      await yard.postback({ subid, payout: '5' })
      await yard.waitUntilStored()
      await yard.api('PUT', `/conversions/${subid}-1`, { postback_datetime: `${daysAgo(days)} 00:00:00` })
    }
    assert.deepEqual(await log('/conversions/log', 16, ['sub_id'], { interval: '7_days_ago' }), [{ sub_id: inside }])
  })

  it('17. day_hour is YYYYMMDDHH, month is YYYY/MM, weekday counts from Monday as 1', async () => {
    const [row] = await log('/clicks/log', 2, ['datetime', 'day_hour', 'month', 'weekday'])
    const at = new Date(`${row?.datetime}Z`)
    const [day, hour] = [at.toISOString().slice(0, 10), at.toISOString().slice(11, 13)]
    assert.deepEqual(
      [row?.day_hour, row?.month, Number(row?.weekday)],
      [day.replaceAll('-', '') + hour, day.slice(0, 7).replace('-', '/'), at.getUTCDay() || 7],
    )
  })

  it('18. filters are joined with AND', async () => {
    for (const [one, two] of ['ax', 'ay', 'bx'].map((pair) => [...pair]))
      await click('f18', `?sub_id_1=${one}&sub_id_2=${two}`)
    const filters = [
      ...about(18),
      { name: 'sub_id_1', operator: 'EQUALS', expression: 'a' },
      { name: 'sub_id_2', operator: 'EQUALS', expression: 'x' },
    ]
    assert.partialDeepStrictEqual(await report(18, ['clicks'], { filters }), [{ clicks: 1 }])
  })

  it('19. networks and imports delete no conversion: it is rejected, and stays', async () => {
    const subid = await click('f19')
    await yard.postback({ subid, payout: '5', tid: 'A' })
    await yard.waitUntilStored()
    await yard.api('POST', '/conversions/import', { conversions: `${subid},0,A,rejected` })
    assert.deepEqual(await told(subid), ['A rejected 0'])
    assert.partialDeepStrictEqual(await report(19, ['conversions', 'rejected', 'revenue']), [
      { conversions: 0, rejected: 1, revenue: 0 },
    ])
  })

  it('20. outgoing postbacks are queued; values are URL-encoded unless the macro begins with _', async () => {
    const subid = await click('f20', `?sub_id_1=${encodeURIComponent('a&b c')}`)
    yard.signal('backend', 'SIGSTOP')
    try {
      assert.equal((await yard.postback({ subid, payout: '5' })).status, 200)
      assert.deepEqual(heard, [])
    } finally {
      yard.signal('backend', 'SIGCONT')
    }
    await yard.until('the postback is heard', 30_000, async () => heard.length > 0)
    assert.deepEqual(heard, ['/in?a=a%26b%20c&raw=a&b%20c&amount=5'])
  })
})
