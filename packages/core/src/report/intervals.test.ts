import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { evaluateMetric } from './evaluate.ts'
import { intervals } from './intervals.ts'
import { metrics } from './metrics.ts'

const near = (got: number, wanted: number, by = 0.0005): void =>
  assert.ok(Math.abs(got - wanted) <= by, `${got} is not ${wanted}`)

describe('intervals of conversion rates and money per click', () => {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  for (const [seen, of, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const)
    it(`Wilson: ${seen} of ${of}`, () => {
      const ends = intervals.wilson.ends(seen, of)
      near(ends.low, low, 0.0001)
      near(ends.high, high, 0.0001)
    })

  it('of equal payments is that of their number', () => {
    // 10 payments of 3.00 from 100 clicks: a Poisson count of 10 lies between 5.432 and 18.410 by the score method.
    const ends = intervals.scaled_poisson.ends(30, 100, 90)
    near(ends.low, 0.163)
    near(ends.high, 0.5523)
  })

  it('of money is wider where few payments are large', () => {
    const even = intervals.scaled_poisson.ends(100, 1000, 10 * 10 ** 2)
    const uneven = intervals.scaled_poisson.ends(100, 1000, 91 ** 2 + 9)
    assert.ok(uneven.low < even.low && uneven.high > even.high)
  })

  it('is nothing of nothing, and what was lost where more was lost than earned', () => {
    assert.deepEqual(intervals.wilson.ends(0, 0), { low: 0, high: 0 })
    assert.deepEqual(intervals.scaled_poisson.ends(0, 0, 0), { low: 0, high: 0 })
    assert.deepEqual(intervals.scaled_poisson.ends(0, 10, 0), { low: 0, high: 0 })
    assert.deepEqual(intervals.scaled_poisson.ends(-5, 10, 25), { low: -0.5, high: -0.5 })
  })

  it('holds the rate, gets no wider with more clicks, and never leaves what is possible', () =>
    fc.assert(
      fc.property(
        fc.nat(2000),
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1, max: 50 }),
        (seen, of, times) => {
          const { low, high } = intervals.wilson.ends(seen, of)
          assert.ok(0 <= low && low <= seen / of + 1e-12 && seen / of <= high + 1e-12)
          if (seen <= of) {
            assert.ok(high <= 1 + 1e-12)
            const more = intervals.wilson.ends(seen * times, of * times)
            assert.ok(more.high - more.low <= high - low + 1e-12)
          }
        },
      ),
    ))

  it('are metrics like any other, CR in percent and EPC in money', () => {
    const counters = {
      count: 100,
      sum_leads_sales_registrations_deposits_custom_conversions: 10,
      sum_lead_revenue_sale_revenue_registration_revenue_deposit_revenue: 30_000_000,
      squares_lead_revenue_sale_revenue_registration_revenue_deposit_revenue: 90_000_000_000_000,
    }
    const value = (name: keyof typeof metrics): number => evaluateMetric(metrics[name], counters, metrics)
    assert.deepEqual([value('cr_low'), value('cr'), value('cr_high')], [5.52, 10, 17.44])
    assert.deepEqual([value('epc_low'), value('epc'), value('epc_high')], [0.163, 0.3, 0.5523])
  })
})
