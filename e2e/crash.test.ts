import assert from 'node:assert/strict'
import { it } from 'node:test'
import { crash } from './crash/run.ts'

it('whatever was answered survives kill -9 of every process, once, and so does every postback that is due', {
  timeout: 400_000,
}, async (t) => {
  const { rounds, ledger, requests, told, findings } = await crash({ rounds: 6, seed: 7 })
  t.diagnostic(`${ledger.clicks.size} clicks, ${ledger.landingClicks} landing clicks, ${ledger.postbacks} postbacks`)
  for (const { victim, midBatch, silentMs } of rounds)
    t.diagnostic(`${victim}: no answer for ${silentMs} ms${midBatch ? ', a batch was on its way' : ''}`)
  t.diagnostic(`${ledger.edits} conversions changed by hand, ${ledger.costUpdates} changes of costs`)
  t.diagnostic(`${ledger.messages.size} postbacks due, ${told} heard in ${requests} requests`)
  assert.ok(ledger.clicks.size > 500 && ledger.postbacks > 100 && ledger.messages.size > 200, 'there was traffic')
  assert.ok(ledger.edits > 5 && ledger.costs.size > 5, 'there were changes by hand')
  assert.deepEqual(findings.lost, [])
  assert.deepEqual(findings.doubled, [])
  assert.deepEqual(findings.wrong, [])
})
