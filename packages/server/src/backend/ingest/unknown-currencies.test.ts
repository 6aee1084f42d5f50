import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onlyCurrency } from '@trackyard/core/currency/exchange.ts'
import { createLog } from '../../log.ts'
import { withConvertedMoney } from './click-money.ts'
import { warnOncePerDay } from './unknown-currencies.ts'

it('amounts in a currency without a rate are told once a day for each campaign, with the cure', () => {
  const told: unknown[] = []
  const log = { ...createLog('test', 'error'), warn: (...line: unknown[]) => told.push(line) }
  let nowMs = Date.UTC(2026, 1, 3)
  const warn = warnOncePerDay(log, () => nowMs)
  const click = (campaign: number, currency: string): string =>
    withConvertedMoney(
      `{"sub_id":"x","campaign_id":${campaign},"cost":0.5,"cost_currency":"${currency}"}`,
      onlyCurrency('USD'),
      nowMs,
      warn,
    )
  for (let n = 0; n < 3; n++)
    assert.equal(click(7, 'XYZ'), '{"sub_id":"x","campaign_id":7,"cost":0.5,"cost_original":0.5,"cost_currency":"XYZ"}')
  assert.equal(told.length, 1)
  assert.match(JSON.stringify(told[0]), /XYZ has no exchange rate.*"campaign_id":7.*POST \/currencies\/XYZ\/rates/)
  click(8, 'XYZ')
  click(7, 'XYY')
  assert.equal(told.length, 3)
  for (let n = 0; n < 200; n++) click(n, 'ABX')
  assert.equal(told.length, 50)
  nowMs += 86_400_000
  click(7, 'XYZ')
  assert.equal(told.length, 51)
})
