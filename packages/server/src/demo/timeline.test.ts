import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createTimeline } from './timeline.ts'

describe('timeline', () => {
  it('wakes everybody in order of time, first come first at the same time, and never goes back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 60 }), async (delays) => {
        const timeline = createTimeline(1000)
        const woken: [number, number][] = []
        for (const [index, ms] of delays.entries())
          void timeline.wait(ms).then(() => woken.push([timeline.nowMs(), index]))
        await timeline.run(Number.POSITIVE_INFINITY)
        const expected = delays
          .map((ms, index): [number, number] => [1000 + ms, index])
          .sort((a, b) => a[0] - b[0] || a[1] - b[1])
        assert.deepEqual(woken, expected)
      }),
      { numRuns: 30 },
    )
  })

  it('what lies after the end does not happen', async () => {
    const timeline = createTimeline(0)
    let late = false
    void timeline.wait(100).then(() => {
      late = true
    })
    await timeline.run(99)
    assert.equal(late, false)
  })
})
