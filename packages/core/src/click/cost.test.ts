import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clickCost, costCurrency } from './cost.ts'

const campaign = { cost_type: 'CPC', cost_value: 50_000, cost_auto: false, traffic_loss: 0 } as const

test('what a click costs by the model of its campaign', () => {
  const rows: readonly (readonly [
    change: Partial<typeof campaign> | object,
    given: string | undefined,
    expected: number,
  ])[] = [
    [{}, undefined, 50_000],
    [{}, '9', 50_000],
    [{ cost_type: 'CPM' }, undefined, 50],
    [{ cost_type: 'CPA' }, undefined, 0],
    [{ traffic_loss: 50 }, undefined, 100_000],
    [{ cost_auto: true }, '0.02', 20_000],
    [{ cost_auto: true }, undefined, 0],
    [{ cost_auto: true }, 'much', 0],
    [{ cost_auto: true }, '-5', 0],
  ]
  for (const [change, given, expected] of rows)
    assert.equal(clickCost({ ...campaign, ...change }, given, true), expected, JSON.stringify([change, given]))
  assert.equal(clickCost({ ...campaign, cost_type: 'CPUC' }, undefined, true), 50_000)
  assert.equal(clickCost({ ...campaign, cost_type: 'CPUC' }, undefined, false), 0)
})

test('the currency that is in: of the campaign, or with automatic costs what the link says', () => {
  const rows: readonly (readonly [auto: boolean, own: string | null, given: string | undefined, expected: string])[] = [
    [false, 'EUR', 'GBP', 'EUR'],
    [false, null, 'GBP', ''],
    [true, 'EUR', ' gbp ', 'GBP'],
    [true, 'EUR', undefined, 'EUR'],
    [true, 'EUR', '{currency}', 'EUR'],
    [true, null, '', ''],
    [true, null, 'usdt', 'USDT'],
  ]
  for (const [cost_auto, cost_currency, given, expected] of rows)
    assert.equal(costCurrency({ cost_auto, cost_currency }, given), expected, JSON.stringify([cost_currency, given]))
})
