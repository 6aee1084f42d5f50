import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { filters } from '../filters/index.ts'
import type { StreamVerdict } from './decision.ts'
import { decodeTrace, encodeTrace } from './trace.ts'

const verdict: fc.Arbitrary<StreamVerdict> = fc
  .record({
    streamId: fc.nat(),
    verdict: fc.constantFrom('taken', 'bound', 'filtered', 'no_destination'),
    index: fc.nat(99),
    name: fc.constantFrom(...Object.keys(filters)),
    capped: fc.array(fc.nat()),
  })
  .map(({ streamId, verdict, index, name, capped }) =>
    verdict === 'filtered'
      ? { streamId, verdict, failedFilter: { index, name } }
      : { streamId, verdict, ...(capped.length > 0 ? { cappedOffers: capped } : {}) },
  )

describe('trace', () => {
  test('reads as it was meant', () => {
    const trace: StreamVerdict[] = [
      { streamId: 12, verdict: 'filtered', failedFilter: { index: 0, name: 'country' } },
      { streamId: 13, verdict: 'no_destination' },
      { streamId: 14, verdict: 'taken' },
    ]
    assert.equal(encodeTrace(trace), '12!country@0;13-;14=')
  })
  test('decoding gives back what was encoded', () => {
    fc.assert(fc.property(fc.array(verdict), (trace) => assert.deepEqual(decodeTrace(encodeTrace(trace)), trace)))
  })
  test('text that is no trace is no verdict', () => {
    fc.assert(fc.property(fc.string(), (text) => void decodeTrace(text)))
    assert.deepEqual(decodeTrace('x;12;=;14='), [{ streamId: 14, verdict: 'taken' }])
  })
})
