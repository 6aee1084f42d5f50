import { createHmac } from 'node:crypto'

const PREFIX = 'whsec_'

/** The bytes a signing secret stands for; null when it is none. */
export function signingKeyOf(secret: string): Buffer | null {
  const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null
  const key = Buffer.from(base64, 'base64')
  return key.length >= 24 && key.length <= 64 ? key : null
}

/**
 * Headers by which a receiver knows a message again and, with a key, that it is ours (Standard Webhooks: id, time and
 * body, each after a dot). The id is the same for every try and replay of a message.
 */
export function webhookHeaders(
  message: { readonly id: string; readonly body: string | null },
  key: Buffer | null,
  nowMs: number,
): Record<string, string> {
  const seconds = String(Math.floor(nowMs / 1000))
  const headers = { 'webhook-id': message.id, 'webhook-timestamp': seconds }
  if (key === null) return headers
  const signature = createHmac('sha256', key)
    .update(`${message.id}.${seconds}.${message.body ?? ''}`)
    .digest('base64')
  return { ...headers, 'webhook-signature': `v1,${signature}` }
}
