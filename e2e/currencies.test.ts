import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { create, startYard, type Yard } from './harness.ts'
import { untilLive } from './sample.ts'

const report = z.object({
  rows: z.tuple([z.object({ clicks: z.number(), cost: z.number(), revenue: z.number() })]),
})
const conversions = z.object({
  rows: z.array(z.object({ revenue: z.number(), revenue_currency: z.string(), revenue_rate: z.number() })),
})
const postbackLog = z.array(z.object({ reason: z.string() }))
const trafficLog = z.array(z.object({ sub_id: z.string().optional(), message: z.string() }))
const priced = z.object({ cost: z.number(), cost_reason: z.string().optional() })
const setting = z.object({ value: z.string() })

/** A rate acts so long after it was set. */
const LEAD_MS = 1100

describe('money in other currencies', { timeout: 120_000 }, () => {
  let yard: Yard
  before(async () => {
    yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn' } })
    await yard.api('POST', '/currencies/EUR/rates', { rate: 1.25 })
    await yard.api('POST', '/currencies/GBP/rates', { rate: 1.5 })
    const offers = [
      await create(yard, '/offers', { name: 'CPA', payout_auto: true, url: 'https://shop.example/' }),
      await create(yard, '/offers', {
        ...{ name: 'CPC', payout_type: 'CPC', payout_value: 2, payout_currency: 'GBP' },
        ...{ payout_auto: false, url: 'https://shop.example/' },
      }),
    ]
    for (const [index, alias] of ['auto', 'fixed'].entries()) {
      const cost = alias === 'auto' ? { cost_auto: true } : { cost_value: 0.4, cost_currency: 'EUR' }
      const campaign = await create(yard, '/campaigns', { name: alias, alias, ...cost })
      await create(yard, '/streams', { campaign_id: campaign, offers: [{ offer_id: offers[index] }] })
    }
    await untilLive(yard)
    await sleep(LEAD_MS)
  })
  after(() => yard?.dispose())

  const click = async (path: string): Promise<string> => {
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }
    const { cookies } = await yard.send(path, { headers })
    assert.match(cookies._subid ?? '', /^[a-z0-9]{17}$/)
    return cookies._subid ?? ''
  }
  const totals = async (campaign: string) => {
    await yard.waitUntilStored()
    const filters = [{ name: 'campaign', operator: 'EQUALS', expression: campaign }]
    const metrics = ['clicks', 'cost', 'revenue']
    const body = { range: { interval: 'all_time' }, filters, metrics }
    const [total] = report.parse(await yard.api('POST', '/report/build', body)).rows
    return [total.clicks, total.cost, total.revenue]
  }
  let first = ''

  it('is converted by the rate of the moment: costs of links and campaigns, payouts of offers and networks', async () => {
    first = await click('/auto?cost=0.04&currency=eur')
    await yard.postback({ subid: first, payout: '10', currency: 'EUR' })
    assert.deepEqual(await totals('auto'), [1, 0.05, 12.5])
    await click('/fixed')
    assert.deepEqual(await totals('fixed'), [1, 0.5, 3])
    const columns = ['revenue', 'revenue_currency', 'revenue_rate']
    const log = conversions.parse(await yard.api('POST', '/conversions/log', { limit: 1, columns }))
    assert.deepEqual(log.rows, [{ revenue: 12.5, revenue_currency: 'EUR', revenue_rate: 1.25 }])
    const unknown = await click('/auto?cost=0.01&currency=eurr')
    await yard.postback({ subid: unknown, payout: '1', currency: 'EURR' })
    await yard.waitUntilStored()
    const [logged] = postbackLog.parse(await yard.api('GET', '/logs/postbacks?limit=1'))
    assert.match(logged?.reason ?? '', /currency EURR has no exchange rate \(did you mean EUR\?\): 1 was taken for USD/)
    assert.deepEqual(await totals('auto'), [2, 0.06, 13.5])
    // A buyer reads of the click's cost in the traffic log; the system log tells once a day how to mend it.
    const seen = trafficLog.parse(await yard.api('GET', '/logs/traffic?limit=50'))
    const told = seen.filter(({ message }) => /its cost came in EURR, which has no exchange rate/.test(message))
    assert.deepEqual(
      told.map(({ sub_id }) => sub_id),
      [unknown],
    )
    const warned = trafficLog.parse(await yard.api('GET', '/logs/system?query=EURR&part=ingest'))
    assert.equal(warned.length, 1)
    assert.match(warned[0]?.message ?? '', /did you mean EUR.*0\.01 was taken for USD.*POST \/currencies\/EURR\/rates/)
  })

  it('keeps its rate when the rate changes', async () => {
    await yard.api('POST', '/currencies/EUR/rates', { rate: 2 })
    await sleep(LEAD_MS)
    await yard.postback({ subid: first, payout: '10', currency: 'EUR' })
    assert.deepEqual(await totals('auto'), [2, 0.06, 13.5])
    await click('/auto?cost=0.04&currency=EUR')
    assert.deepEqual(await totals('auto'), [3, 0.14, 13.5])
    await yard.postback({ subid: first, payout: '20', currency: 'EUR', status: 'sale' })
    assert.deepEqual(await totals('auto'), [3, 0.14, 26])
  })

  it('is shown in another base currency, before and after', async () => {
    await yard.api('PUT', '/settings/currency', { value: 'EUR' })
    await sleep(LEAD_MS)
    await untilLive(yard)
    // 0.14 and 26 dollars at two to the euro, as the rate of today is now.
    assert.deepEqual(await totals('auto'), [3, 0.07, 13])
    // The campaign was made when the base was the dollar, and its prices stay in dollars.
    await click('/auto?cost=0.04&currency=USD')
    await click('/auto?cost=0.03')
    assert.deepEqual(await totals('auto'), [5, 0.105, 13])
    // What comes now without a currency is in the new one. A conversion keeps the rate of its first payout, 1.25, and its
    // click the currency it came in: 30 euros are 37.50 dollars there, and 18.75 euros by the rate of the day.
    await yard.postback({ subid: first, payout: '30' })
    assert.deepEqual(await totals('auto'), [5, 0.105, 19.25])
    assert.equal(setting.parse(await yard.api('GET', '/settings/currency')).value, 'EUR')
    // Single clicks are answered as reports show them; what was counted otherwise is named.
    const explained = priced.parse(await yard.api('GET', `/clicks/${first}/explain`))
    assert.deepEqual(explained, { cost: 0.025, cost_reason: 'The click itself costs 0.05 USD (0.04 EUR at 1.25).' })
    assert.equal(priced.parse(await yard.api('PUT', `/clicks/${first}`, { cost: 0.5 })).cost, 0.5)
    assert.deepEqual(await totals('auto'), [5, 0.58, 19.25])
  })
})
