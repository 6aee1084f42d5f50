import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fuzzApi } from './fuzz/fuzz.ts'

it('the Admin API answers whatever it is sent, as its description says', async () => {
  const { findings, byStatus } = await fuzzApi(1500, 42)
  assert.deepEqual(findings, [])
  // Requests that are all refused would try nothing.
  assert.ok((byStatus.get(200) ?? 0) > 200, JSON.stringify([...byStatus]))
})
