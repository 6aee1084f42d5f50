import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { ConfigStore, ConfigWriter } from '../../stores/config/port.ts'

const KEY_BYTES = 24
/** The time of last use is for people; writing it on every call would make reads into writes. */
const TOUCH_EVERY_MS = 60_000

/** Whose key a request carried; `name` is for the audit log. */
export interface Actor {
  readonly name: string
}

/** Makes a key of 192 random bits, stores its hash and answers the key. It cannot be shown again. */
export function createApiKey(store: ConfigStore, name: string, atMs: number): Promise<Result<string>> {
  return store.change({ actor: 'setup', atMs }, async (writer) => ok(await insertApiKey(writer, name)))
}

/** The same within a change that does more. */
export async function insertApiKey(writer: ConfigWriter, name: string): Promise<string> {
  const key = randomBytes(KEY_BYTES).toString('hex')
  await writer.insertApiKey({ name, hash: hashKey(key) })
  return key
}

export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex')

/** Equal or not, in a time that tells nothing about the expected text. */
export const isSameSecret = (given: string, expectedHash: string): boolean =>
  timingSafeEqual(Buffer.from(hashKey(given), 'hex'), Buffer.from(expectedHash, 'hex'))

/** The key of a request: header `Api-Key`, or `Authorization: Bearer` (reference admin-api §1.1). */
export function keyOf(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  const [apiKey] = [headers['api-key']].flat()
  if (apiKey) return apiKey.trim()
  return /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization?.toString() ?? '')?.[1] ?? ''
}

/** Answers who owns a key, null when nobody does. `settingsKey` is the key from the environment, '' when there is none. */
export function createAuthenticator(store: ConfigStore, settingsKey: string) {
  const settingsHash = settingsKey === '' ? null : hashKey(settingsKey)
  return async (key: string, nowMs: number): Promise<Actor | null> => {
    if (key === '') return null
    if (settingsHash !== null && isSameSecret(key, settingsHash)) return { name: 'settings key' }
    const row = await store.findApiKey(hashKey(key))
    if (!row) return null
    if (nowMs - row.lastUsedAtMs >= TOUCH_EVERY_MS) await store.touchApiKey(row.id, nowMs)
    return { name: `key ${row.id} (${row.name})` }
  }
}
