import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readLandingPass, readVisitor, signVisitor } from './token.ts'

const KEYS = [{ id: '1', secret: 'secret of the tests' }]
const VISITOR = '0abcdefghijkl'

describe('signed tokens', () => {
  it('are read when they are whole and refused, never thrown about, when anything in them is not', () => {
    const token = signVisitor(KEYS, VISITOR)
    assert.equal(readVisitor(KEYS, token), VISITOR)
    assert.equal(readLandingPass(KEYS, token), null)
    for (let at = 0; at < token.length; at++)
      // As many characters as before, and more bytes.
      for (const wrong of ['é', '日', '\u0000', '~', ''])
        assert.equal(readVisitor(KEYS, token.slice(0, at) + wrong + token.slice(at + 1)), null, `${wrong} at ${at}`)
  })
})
