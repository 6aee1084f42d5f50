import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openExchange } from '@trackyard/core/currency/exchange.ts'
import { openRateBook } from '@trackyard/core/currency/rate-book.ts'
import { roundHalfAway } from '@trackyard/core/money.ts'
import fc from 'fast-check'
import { click, NOW_MS, openReports, type Row } from './report-harness.ts'

const DAY_MS = 86_400_000
const day = (ago: number): string => new Date(NOW_MS - ago * DAY_MS).toISOString().slice(0, 10)
const at = (ago: number): number => NOW_MS - ago * DAY_MS

const book = openRateBook([
  { day: day(40), perEuro: { USD: 1.25, PLN: 4 }, knownFromMs: 0 },
  { day: day(3), perEuro: { USD: 1.1, PLN: 4.4 }, knownFromMs: 0 },
  { day: day(1), perEuro: { USD: 1.2, PLN: 4.5 }, knownFromMs: NOW_MS - 1000 },
])
const euroSince = (ago: number) =>
  openExchange(book, [
    { currency: 'USD', sinceMs: 0 },
    { currency: 'EUR', sinceMs: at(ago) },
  ])

describe('reports after the base currency was changed', () => {
  const reports = openReports()

  it('show the whole history in the new one: by the rates of the days', async () => {
    await reports.given([
      // Counted in dollars, which are worth 0.80 and 0.90909… euros on their days.
      click({ datetime: at(30), cost: 1_000_000, sale_revenue: 5_000_000, sales: 1 }),
      click({ datetime: at(2), cost: 1_100_000 }),
      // Paid in euros while the base was the dollar.
      click({ datetime: at(2), cost: 2_200_000, cost_original: 2_000_000, cost_currency: 'EUR', cost_rate: 1.1 }),
      // After the change.
      click({ datetime: at(0), cost: 2_000_000, currency: 'EUR' }),
    ])
    const money = euroSince(1)
    const body = { grouping: ['day'], metrics: ['clicks', 'cost', 'revenue', 'profit'], sort: ['day'], summary: true }
    const { rows, summary } = await reports.report(body, { money })
    assert.deepEqual(
      rows.map(({ cost, revenue, profit }) => [cost, revenue, profit]),
      [
        [0.8, 4, 3.2],
        [3, 0, -3],
        [2, 0, -2],
      ],
    )
    assert.deepEqual([summary?.clicks, summary?.cost, summary?.revenue], [4, 5.8, 4])
    // Seen before the change, all of it is in dollars.
    const before = await reports.report(body, { money: openExchange(book, [{ currency: 'USD', sinceMs: 0 }]) })
    assert.deepEqual(before.rows.map(({ cost }) => cost).slice(0, 2), [1, 3.3])
  })

  it('filter, sort and list by the amounts that are shown', async () => {
    const { rows } = await reports.report(
      { grouping: ['day'], metrics: ['cost'], filters: [{ name: 'cost', operator: 'EQUALS', expression: 0.8 }] },
      { money: euroSince(1) },
    )
    assert.equal(rows.length, 1)
    const log = await reports.clickLog(
      { columns: ['datetime', 'cost', 'currency', 'cost_currency'] },
      { money: euroSince(1) },
    )
    assert.deepEqual(log.rows.map(({ cost }) => cost).sort(), [0.8, 1, 2, 2])
  })

  it('show conversions in it, too', async () => {
    const common = { conversion_id: 'x-1', status: 'sale', postback_datetime: at(0), campaign_id: 1 }
    await reports.given(
      [
        { ...common, sub_id: 'a', datetime: at(30), revenue: 5_000_000, conversion_cost: 1_000_000 },
        { ...common, sub_id: 'b', datetime: at(2), revenue: 5_500_000, revenue_currency: 'PLN' },
        { ...common, sub_id: 'c', datetime: at(0), revenue: 3_000_000, currency: 'EUR' },
      ],
      'conversions',
    )
    const { rows } = await reports.conversionLog(
      { columns: ['sub_id', 'revenue', 'cost'], sort: ['sub_id'] },
      { money: euroSince(1) },
    )
    assert.deepEqual(
      rows.map(({ sub_id, revenue, cost }) => [sub_id, revenue, cost]),
      [
        ['a', 4, 0.8],
        ['b', 5, 0],
        ['c', 3, 0],
      ],
    )
  })

  it('tell what amounts were when they came, those in the base currency of then as well', async () => {
    const asked = 'cost_original cost_currency cost_rate currency'
    const earned = 'click_revenue_original click_revenue_currency click_revenue_rate'
    const columns = ['keyword', ...asked.split(' '), ...earned.split(' ')]
    const foreign = { cost_original: 2_000_000, cost_currency: 'EUR', cost_rate: 1.1 }
    const unknown = { cost_original: 7_000_000, cost_currency: 'XTS' }
    await reports.given([
      click({ datetime: at(2), keyword: 'base', cost: 1_100_000, sale_revenue: 300_000, click_revenue: 300_000 }),
      click({ datetime: at(2), keyword: 'foreign', cost: 2_200_000, ...foreign }),
      click({ datetime: at(2), keyword: 'free' }),
      click({ datetime: at(0), keyword: 'later', cost: 3_000_000, currency: 'EUR' }),
      click({ datetime: at(2), keyword: 'unknown', cost: 7_000_000, ...unknown }),
    ])
    const amounts = [
      'base 1.1 USD 1 USD 0.3 USD 1',
      'foreign 2 EUR 1.1 USD 0 USD 1',
      'free 0 USD 1 USD 0 USD 1',
      'later 3 EUR 1 EUR 0 EUR 1',
      'unknown 7 XTS 0 USD 0 USD 1',
    ]
    for (const money of [euroSince(1), openExchange(book, [{ currency: 'USD', sinceMs: 0 }])]) {
      const told = async (more: object) =>
        (await reports.clickLog({ columns, ...more }, { money })).rows.map((row) => Object.values(row).join(' '))
      assert.deepEqual(await told({ sort: ['keyword'] }), amounts)
      const filters = [{ name: 'cost_currency', operator: 'EQUALS', expression: 'USD' }]
      const inDollars = [amounts[2], amounts[0]]
      assert.deepEqual(await told({ sort: [{ name: 'cost_original', order: 'asc' }], filters }), inDollars)
    }
    const { rows } = await reports.report(
      { grouping: ['currency', 'cost_currency'], metrics: ['clicks'], sort: ['currency', 'cost_currency'] },
      { money: euroSince(1) },
    )
    assert.deepEqual(
      rows.map((row) => Object.values(row).join(' ')),
      ['EUR EUR 1', 'USD EUR 1', 'USD USD 2', 'USD XTS 1'],
    )
  })

  it('tell the same of conversions', async () => {
    const common = { conversion_id: 'x-1', status: 'sale', postback_datetime: at(0), campaign_id: 1, datetime: at(2) }
    const paid = { revenue_original: 20_000_000, revenue_currency: 'PLN', revenue_rate: 0.25 }
    await reports.given(
      [
        { ...common, sub_id: 'a', revenue: 5_000_000, conversion_cost: 1_500_000, charged: 1_000_000 },
        { ...common, sub_id: 'b', revenue: 5_000_000, ...paid, conversion_cost: 2_200_000, cost_currency: 'EUR' },
        { ...common, sub_id: 'c', revenue: 3_000_000, currency: 'EUR' },
      ],
      'conversions',
    )
    const asked = 'revenue_original revenue_currency revenue_rate currency cost_original cost_currency cost_rate'
    const columns = ['sub_id', ...asked.split(' '), 'click_revenue_original']
    for (const money of [euroSince(1), openExchange(book, [{ currency: 'USD', sinceMs: 0 }])]) {
      const { rows } = await reports.conversionLog({ columns, sort: ['sub_id'] }, { money })
      assert.deepEqual(
        rows.map((row) => Object.values(row).join(' ')),
        ['a 5 USD 1 USD 0.5 USD 1 0', 'b 20 PLN 0.25 USD 0 EUR 0 0', 'c 3 EUR 1 EUR 0 EUR 1 0'],
      )
    }
  })

  it('agree with a recount click by click, to the micro, for any histories and bases', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            ago: fc.integer({ min: 0, max: 60 }),
            cost: fc.nat(50_000_000),
            currency: fc.constantFrom('', 'EUR', 'PLN'),
          }),
          { minLength: 1, maxLength: 20 },
        ),
        fc.constantFrom('USD', 'EUR', 'PLN'),
        async (clicks, base) => {
          const bases = ['USD', 'EUR', 'PLN', base].map((currency, index) => ({ currency, sinceMs: index }))
          const money = openExchange(book, bases)
          await reports.given(
            clicks.map(({ ago, cost, currency }): Row => click({ datetime: at(ago), cost, currency })),
          )
          const counted = clicks.reduce((sum, { ago, cost, currency }) => {
            const from = currency || 'USD'
            const rate = from === base ? 1 : (book.rate(from, base, at(ago), NOW_MS)?.rate ?? 0)
            return sum + roundHalfAway(cost * rate)
          }, 0)
          const { rows } = await reports.report({ metrics: ['cost'] }, { money })
          assert.equal(rows[0]?.cost, roundHalfAway(counted / 100) / 10_000)
        },
      ),
      { numRuns: 12 },
    ))
})

describe('reports after the time zone of the installation was changed', () => {
  const reports = openReports()

  it('cut the same history into the days and hours of the new one: nothing stored knows of a zone', async () => {
    // An hour before midnight in London, at midnight in Berlin when the clocks go forward, and by day in Kathmandu.
    const moments = ['2026-02-02T23:30:00Z', '2026-03-28T23:00:00Z', '2026-03-29T01:00:00Z', '2026-02-03T11:59:59Z']
    await reports.given(moments.map((moment) => click({ datetime: Date.parse(moment), cost: 1_000_000 })))
    const days = async (defaultTimeZone: string) => {
      const body = { grouping: ['day', 'hour'], metrics: ['cost'], sort: ['day', 'hour'], summary: true }
      const { rows, summary } = await reports.report(body, { defaultTimeZone })
      assert.equal(summary?.cost, 4)
      return rows.map(({ day, hour }) => `${day} ${Number(hour)}`)
    }
    const inLondon = await days('Europe/London')
    assert.deepEqual(inLondon, ['2026-02-02 23', '2026-02-03 11', '2026-03-28 23', '2026-03-29 2'])
    assert.deepEqual(await days('Europe/Berlin'), ['2026-02-03 0', '2026-02-03 12', '2026-03-29 0', '2026-03-29 3'])
    assert.deepEqual(await days('Asia/Kathmandu'), ['2026-02-03 5', '2026-02-03 17', '2026-03-29 4', '2026-03-29 6'])
    assert.deepEqual(await days('Europe/London'), inLondon)
  })
})
