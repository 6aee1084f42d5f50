import assert from 'node:assert/strict'
import { it } from 'node:test'
import { crash } from './crash/run.ts'

it('an answered click and an acknowledged postback survive kill -9 of every process, once', {
  timeout: 150_000,
}, async (t) => {
  const { rounds, ledger, findings } = await crash({ rounds: 6, seed: 7 })
  t.diagnostic(`${ledger.clicks.size} clicks, ${ledger.landingClicks} landing clicks, ${ledger.postbacks} postbacks`)
  for (const { victim, midBatch, silentMs } of rounds)
    t.diagnostic(`${victim}: no answer for ${silentMs} ms${midBatch ? ', a batch was on its way' : ''}`)
  t.diagnostic(`${ledger.changesByHand} changes by hand`)
  assert.ok(ledger.clicks.size > 500 && ledger.postbacks > 100 && ledger.changesByHand > 5, 'there was traffic')
  assert.deepEqual(findings.lost, [])
  assert.deepEqual(findings.doubled, [])
  assert.deepEqual(findings.wrong, [])
})
