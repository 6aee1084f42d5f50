import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fuzzClicks } from './fuzz/clicks/run.ts'

/** Beside what the tracker needs anyway: geo data, the memory of parsed user agents, garbage not yet collected. */
const MAX_PEAK_MB = 500

it('the tracker answers whatever visitors send, and keeps its memory', { timeout: 120_000 }, async (t) => {
  const { findings, requests, seconds, clicks, byStatus, memoryMb } = await fuzzClicks(3000, 7)
  t.diagnostic(`${requests} requests in ${seconds.toFixed(1)} s, ${clicks} clicks`)
  assert.deepEqual(findings, [])
  // Requests that never get far would try nothing.
  assert.ok(clicks > 500, `${clicks} clicks`)
  for (const status of [200, 204, 302, 400, 404, 405]) assert.ok((byStatus.get(status) ?? 0) > 0, `status ${status}`)
  assert.ok(memoryMb.peak < MAX_PEAK_MB, `${memoryMb.peak} MB`)
})
