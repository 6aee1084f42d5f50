import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import type { FrontReply } from './front.ts'
import { createUpdateHandler } from './handle-update.ts'
import { createTrackerMetrics } from './metrics.ts'

const nowMs = Date.UTC(2026, 10, 22)
const subId = createSubId(nowMs - 60_000, 0.5)

function page() {
  const handle = createUpdateHandler()
  const written: string[] = []
  const zero = () => 0
  const metrics = createTrackerMetrics({
    spoolPosition: zero,
    spoolFailing: zero,
    spoolLost: zero,
    visitorsKnown: zero,
    snapshotVersion: zero,
  })
  const clock = { nowMs }
  const ask = (params: Record<string, string>): FrontReply => {
    let reply: FrontReply | undefined
    handle(
      params,
      {
        senses: { nowMs: () => clock.nowMs },
        spool: {
          append(payload, done) {
            written.push(payload)
            done(true)
          },
        },
        metrics,
      },
      (answer) => {
        reply = answer
      },
    )
    assert.ok(reply)
    return reply
  }
  return { ask, written, clock }
}

describe('changing the sub ids of a click from a page', () => {
  it('is written and answered with nothing that a page could stumble over', () => {
    const { ask, written } = page()
    const { status, headers } = ask({ sub_id: subId.toUpperCase(), sub_id_2: 'scrolled', cost: '9' })
    assert.equal(status, 200)
    assert.ok(headers.includes('Access-Control-Allow-Origin'))
    assert.equal(written.length, 1)
    assert.match(written[0] ?? '', new RegExp(`^u\\t${subId}\\t.*"slots":\\{"sub_id_2":"scrolled"\\}`))
  })
  it('needs a click id, and one of a time when clicks can have been', () => {
    const { ask, written } = page()
    for (const sub_id of ['', '{subid}', 'short', 'z'.repeat(17), createSubId(1, 0.5)])
      assert.equal(ask({ sub_id, sub_id_1: 'x' }).status, 400, sub_id)
    assert.equal(ask({ sub_id: subId }).status, 200, 'nothing to change')
    assert.deepEqual(written, [])
  })
  it('is refused for one click after 30 times in a minute, not for others, and works again a minute later', () => {
    const { ask, written, clock } = page()
    for (let i = 0; i < 30; i++) assert.equal(ask({ sub_id: subId, sub_id_1: String(i) }).status, 200)
    const refused = ask({ sub_id: subId, sub_id_1: 'more' })
    assert.equal(refused.status, 429)
    assert.ok(refused.headers.includes('Retry-After'))
    assert.equal(ask({ sub_id: createSubId(nowMs, 0.1), sub_id_1: 'other' }).status, 200)
    clock.nowMs += 60_001
    assert.equal(ask({ sub_id: subId, sub_id_1: 'again' }).status, 200)
    assert.equal(written.length, 32)
  })
})
