import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { judgeAttempt, retryAfterMs } from './judge-attempt.ts'

const NOW_MS = Date.UTC(2026, 1, 3, 14, 5, 9)
const timing = { tries: 1, delaysSeconds: [60, 300, 900], nowMs: NOW_MS, chance: 0 }
const answer = (status: number | null, retryAfter = '') => ({ status, retryAfter, isRefused: false })

describe('after an attempt', () => {
  for (const [status, kind] of [
    [200, 'delivered'],
    [204, 'delivered'],
    [304, 'failed'],
    [400, 'failed'],
    [404, 'failed'],
    [408, 'retry'],
    [410, 'gone'],
    [425, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
    [null, 'retry'],
  ] as const)
    it(`status ${status ?? 'nothing'} means ${kind}`, () => {
      assert.equal(judgeAttempt(answer(status), timing).kind, kind)
    })

  it('the waits follow the delays, and after the last of them it is given up', () => {
    const afterTry = (tries: number, chance = 0) => judgeAttempt(answer(500), { ...timing, tries, chance })
    assert.deepEqual(afterTry(1), { kind: 'retry', afterMs: 60_000 })
    assert.deepEqual(afterTry(3), { kind: 'retry', afterMs: 900_000 })
    assert.deepEqual(afterTry(1, 0.5), { kind: 'retry', afterMs: 66_000 })
    assert.deepEqual(afterTry(4), { kind: 'failed' })
    assert.deepEqual(judgeAttempt(answer(500), { ...timing, delaysSeconds: [] }), { kind: 'failed' })
  })

  it('what must not be sent is not tried again', () => {
    assert.deepEqual(judgeAttempt({ ...answer(null), isRefused: true }, timing), { kind: 'failed' })
  })

  it('Retry-After lengthens a wait and never shortens it', () => {
    const after = (header: string) => judgeAttempt(answer(429, header), timing)
    assert.deepEqual(after('120'), { kind: 'retry', afterMs: 120_000 })
    assert.deepEqual(after('1'), { kind: 'retry', afterMs: 60_000 })
    assert.deepEqual(after('Tue, 03 Feb 2026 14:15:09 GMT'), { kind: 'retry', afterMs: 600_000 })
    assert.deepEqual(after('999999999'), { kind: 'retry', afterMs: 86_400_000 })
    for (const nonsense of ['', 'soon', '-5', '1e3', 'Tue, 03 Feb 1998 14:15:09 GMT', '1'.repeat(400)])
      assert.equal(retryAfterMs(nonsense, NOW_MS), 0, nonsense)
  })

  it('a wait is finite and never negative, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.option(fc.integer({ min: 100, max: 999 })),
        fc.string(),
        fc.nat(25),
        fc.array(fc.nat(86_400)),
        fc.float({ min: 0, max: Math.fround(0.99), noNaN: true }),
        (status, retryAfter, tries, delaysSeconds, chance) => {
          const verdict = judgeAttempt(
            { status, retryAfter, isRefused: false },
            { tries, delaysSeconds, nowMs: NOW_MS, chance },
          )
          if (verdict.kind === 'retry') assert.ok(verdict.afterMs >= 0 && verdict.afterMs <= 86_400_000 * 1.2)
        },
      ),
    )
  })
})
