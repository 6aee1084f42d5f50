import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createSecretBox, isSealed } from './secret-box.ts'

describe('the secret box', () => {
  const box = createSecretBox('one')

  it('gives back what was put in, never the same twice', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const sealed = box.seal(text)
        assert.ok(isSealed(sealed))
        assert.notEqual(sealed, box.seal(text))
        assert.equal(box.open(sealed), text)
      }),
    ))

  it('takes what is older than the box as it is, and leaves nothing empty', () => {
    assert.equal(box.open('JBSWY3DPEHPK3PXP'), 'JBSWY3DPEHPK3PXP')
    assert.deepEqual([box.seal(''), box.open('')], ['', ''])
  })

  it('opens nothing of another key, and nothing that was changed', () => {
    const sealed = box.seal('secret')
    assert.equal(createSecretBox('two').open(sealed), null)
    for (const wrong of ['v1:', 'v1:AAAA', `${sealed.slice(0, -2)}AA`, sealed.slice(0, -3)])
      assert.equal(box.open(wrong), null, wrong)
  })
})
