import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readLandingPass, readVisitor, signVisitor } from './token.ts'

const KEYS = [{ id: '1', secret: 'secret of the tests' }]
const VISITOR = { visitor: '0abcdefghijkl', browser: '0mnopqrstuvwx' }
const NOBODY = { visitor: '', browser: '' }

describe('signed tokens', () => {
  it('are read when they are whole and refused, never thrown about, when anything in them is not', () => {
    const token = signVisitor(KEYS, VISITOR)
    for (const pass of [VISITOR, { ...VISITOR, browser: '' }, { ...VISITOR, visitor: '' }])
      assert.deepEqual(readVisitor(KEYS, signVisitor(KEYS, pass)), pass)
    assert.deepEqual(readVisitor(KEYS, ''), NOBODY)
    assert.equal(readLandingPass(KEYS, token), null)
    for (let at = 0; at < token.length; at++)
      // As many characters as before, and more bytes.
      for (const wrong of ['é', '日', '\u0000', '~', ''])
        assert.deepEqual(
          readVisitor(KEYS, token.slice(0, at) + wrong + token.slice(at + 1)),
          NOBODY,
          `${wrong} at ${at}`,
        )
  })
})
