import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { it } from 'node:test'
import fc from 'fast-check'
import { createHmacSha256 } from './hmac.ts'

it('gives what createHmac gives, whatever the key and the text', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 2500, maxLength: 3000 }))
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), texts, texts, (secret, first, second) => {
      const sign = createHmacSha256(secret)
      for (const text of [first, second, `${first}\ud800`])
        assert.equal(sign(text), createHmac('sha256', secret).update(text).digest('base64url'))
    }),
  )
})
