import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { withMarks } from '../screen/marks.ts'
import { type CameBy, DIRECT, decodeCameBy, encodeCameBy, WAYS } from './came-by.ts'
import { decodeTrace } from './trace.ts'

describe('the way a click came', () => {
  const ways = fc.record(
    { way: fc.constantFrom(...WAYS), defersOffer: fc.boolean(), isLandingStated: fc.boolean() },
    { noNullPrototype: true },
  )
  test('is kept with the trace and does not touch it', () => {
    fc.assert(
      fc.property(ways, fc.constantFrom('', '#bot:ip', '#flag:7'), (came: CameBy, marks) => {
        const text = withMarks(withMarks(marks, encodeCameBy(came)), '5!country@0;6=^7')
        const isOrdinary = came.way === 'direct' && !came.defersOffer && !came.isLandingStated
        assert.deepEqual(decodeCameBy(text), isOrdinary ? null : came)
        assert.deepEqual(decodeTrace(text), decodeTrace('5!country@0;6=^7'))
      }),
    )
  })
  test('is not told of traces that do not note it', () => {
    for (const text of ['', '5=', '#in:', '#in:nowhere;5=', '5!x#in:api@0', '#flag:3;6='])
      assert.equal(decodeCameBy(text), null, text)
    assert.equal(encodeCameBy(DIRECT), '')
  })
})
