import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ROLES } from './processes.ts'
import { soak } from './soak/run.ts'

it('a day pressed into seconds: nothing waits at the end, and every figure is exact', {
  timeout: 240_000,
}, async (t) => {
  const { totals, memory, wrong, ...rest } = await soak({ minutes: 1 / 3, rate: 150, seed: 5 })
  t.diagnostic(JSON.stringify({ totals, memory, ...rest }))
  assert.deepEqual(wrong, [])
  assert.equal(rest.backlogBytes, 0)
  assert.ok(totals.clicks > 1000 && totals.landingClicks > 50 && totals.sales > 0 && rest.costUpdates === 26)
  assert.ok(rest.samples > 10 && rest.rows > 300 && ROLES.every((role) => memory[role].peak > 20))
})
