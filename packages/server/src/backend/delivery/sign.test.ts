import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { it } from 'node:test'
import { signingKeyOf, webhookHeaders } from './sign.ts'

it('signs as others who follow Standard Webhooks do', async () => {
  // The example that libraries of the scheme are tested with.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' }
  const headers = webhookHeaders(message, signingKeyOf(secret), 1_614_265_330_999)
  assert.deepEqual(headers, {
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
  const { subtle } = webcrypto
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await subtle.importKey('raw', Buffer.from(secret.slice(6), 'base64'), algorithm, false, ['verify'])
  const signature = Buffer.from(headers['webhook-signature']?.slice(3) ?? '', 'base64')
  const verified = (text: string) => subtle.verify('HMAC', key, signature, Buffer.from(text))
  assert.equal(await verified(`${message.id}.1614265330.${message.body}`), true)
  assert.equal(await verified(`${message.id}.1614265331.${message.body}`), false)
})
