import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bitsOfBase36, toBase36 } from './base36.ts'

const whole = fc.oneof(fc.nat(50_000), fc.nat(2 ** 31 - 1), fc.maxSafeNat())

describe('base 36', () => {
  it('writes what toString(36) writes, filled up with zeros', () => {
    fc.assert(
      fc.property(whole, fc.nat(12), (value, length) => {
        assert.equal(toBase36(value), value.toString(36))
        assert.equal(toBase36(value, length), value.toString(36).padStart(length, '0'))
      }),
      { numRuns: 2000 },
    )
  })

  it('reads the last 32 bits of what was written, wherever it stands', () => {
    fc.assert(
      fc.property(whole, fc.string(), fc.string(), (value, before, after) => {
        const digits = toBase36(value)
        const bits = bitsOfBase36(before + digits + after, before.length, before.length + digits.length)
        assert.equal(bits, Number(BigInt(value) & 0xffff_ffffn))
      }),
      { numRuns: 2000 },
    )
  })
})
