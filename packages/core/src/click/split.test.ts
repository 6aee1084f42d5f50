import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { pickWeighted, rollFor, saltFor } from './split.ts'

const rolls = fc.nat(2 ** 32 - 1)
/** Rolls of a run of clicks that differ as little as rolls can: the mixing has to do all the work. */
const manyRolls = Array.from({ length: 40_000 }, (_, i) => i)

describe('splits', () => {
  test('every roll lands on an item with weight', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.oneof(fc.nat(1000), fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 1 })
          .filter((weights) => weights.some((w) => w > 0)),
        rolls,
        fc.nat(),
        (weights, roll, salt) => {
          const index = pickWeighted(
            weights.map((weight) => ({ weight })),
            rollFor(roll, salt),
          )
          assert.ok((weights[index] ?? 0) > 0)
        },
      ),
    )
  })
  test('nothing to pick is -1', () => {
    assert.equal(pickWeighted([], 0.5), -1)
    assert.equal(pickWeighted([{ weight: 0 }, { weight: 0 }], 0.5), -1)
  })
  test('a roll is in [0, 1)', () => {
    fc.assert(
      fc.property(rolls, fc.integer(), (roll, salt) => {
        const unit = rollFor(roll, salt)
        assert.ok(unit >= 0 && unit < 1)
      }),
    )
  })
  test('clicks share out as the weights say', () => {
    const items = [{ weight: 10 }, { weight: 0 }, { weight: 30 }, { weight: 60 }]
    const counts = [0, 0, 0, 0]
    for (const roll of manyRolls) {
      const index = pickWeighted(items, rollFor(roll, saltFor('offer', 12)))
      counts[index] = (counts[index] ?? 0) + 1
    }
    assert.equal(counts[1], 0)
    for (const [index, { weight }] of items.entries())
      assert.ok(Math.abs((counts[index] ?? 0) / manyRolls.length - weight / 100) < 0.01, String(counts))
  })
  test('splits of one click do not move together, however near their ids', () => {
    const salts = [
      saltFor('stream', 1),
      saltFor('stream', 1, 1),
      saltFor('landing', 1),
      saltFor('offer', 1),
      saltFor('offer', 2),
      saltFor('landing', 2),
    ]
    for (const [i, a] of salts.entries()) {
      for (const b of salts.slice(i + 1)) {
        assert.notEqual(a, b)
        let sum = 0
        for (const roll of manyRolls) sum += (rollFor(roll, a) - 0.5) * (rollFor(roll, b) - 0.5)
        // Twelve times the mean product is the correlation of two uniform numbers.
        assert.ok(Math.abs((12 * sum) / manyRolls.length) < 0.03)
      }
    }
  })
})
