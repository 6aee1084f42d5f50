import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import cases from '../../cases/report-metrics.json' with { type: 'json' }
import { evaluateMetric } from './evaluate.ts'
import { type Counter, counterKey, countersOf, type MetricDef } from './expression.ts'
import { metrics } from './metrics.ts'

const ALL: readonly [string, MetricDef][] = Object.entries(metrics)

/** JSON files have the union of all keys, absent ones undefined. */
type CaseRow = Readonly<Record<string, string | number | undefined>>

/** Names of the cases for what comes later than the click. */
const LATER: Readonly<Record<string, string>> = {
  landing_clicked_period: 'landing_clicked_after_s',
  landing_clicked_datetime: 'landing_clicked',
}

/** Counts without SQL, from the rows themselves. */
function recount(rows: readonly CaseRow[]): Record<string, number> {
  const counters = new Map<string, Counter>()
  for (const name of Object.keys(metrics)) countersOf(name, metrics, counters)
  const countedOf = (row: CaseRow, counter: Counter): number => {
    if (counter.op === 'count') return 1
    const valueIn = (column: string): string | number => row[LATER[column] ?? column] ?? 0
    if (counter.op === 'sum' || counter.op === 'sumSquares') {
      const sum = counter.columns.reduce((total, column) => total + Number(valueIn(column)), 0)
      return counter.op === 'sum' ? sum : sum ** 2
    }
    const value = valueIn(counter.column)
    return Number((value !== 0 && value !== '') !== (counter.is === 'empty'))
  }
  return Object.fromEntries(
    [...counters].map(([key, counter]) => [key, rows.reduce((total, row) => total + countedOf(row, counter), 0)]),
  )
}

describe('metrics', () => {
  it(`of ${cases.name}`, () => {
    const counters = recount(cases.clicks)
    const got = Object.fromEntries(ALL.map(([name, metric]) => [name, evaluateMetric(metric, counters, metrics)]))
    const expected: Record<string, number> = cases.expected
    assert.deepEqual(got, expected)
  })

  it('are zero, not NaN, where nothing was counted', () => {
    for (const [name, metric] of ALL) assert.equal(evaluateMetric(metric, {}, metrics), 0, name)
  })

  it('round halves away from zero, exactly', () => {
    const ratio = (of: number, per: number): number =>
      evaluateMetric(metrics.cr, { sum_leads_sales_registrations_deposits_custom_conversions: of, count: per }, metrics)
    assert.equal(ratio(201, 20_000), 1.01)
    assert.equal(ratio(13, 160), 8.13)
    assert.equal(evaluateMetric(metrics.cost, { sum_cost: 50 }, metrics), 0.0001)
    assert.equal(evaluateMetric(metrics.cost, { sum_cost: -50 }, metrics), -0.0001)
    assert.equal(evaluateMetric(metrics.cost, { sum_cost: 49 }, metrics), 0)
  })

  it('agree with exact arithmetic on big integers', () =>
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), fc.integer({ min: 1, max: 1e6 }), (micros, clicks) => {
        const scaled = BigInt(micros)
        const den = BigInt(clicks) * 100n
        const magnitude = (2n * (scaled < 0n ? -scaled : scaled) + den) / (2n * den)
        const wanted = (Number(magnitude) * Math.sign(micros)) / 10_000 || 0
        assert.equal(evaluateMetric(metrics.cpc, { sum_cost: micros, count: clicks }, metrics), wanted)
      }),
    ))

  it('use counters under distinct keys', () => {
    const counters = new Map<string, Counter>()
    for (const name of Object.keys(metrics)) countersOf(name, metrics, counters)
    for (const [key, counter] of counters) assert.equal(counterKey(counter), key)
  })
})
