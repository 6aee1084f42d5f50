import { randomBytes } from 'node:crypto'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { TrackerSettings } from '../snapshot.ts'
import type { ConfigReader, ConfigStore } from '../stores/config/port.ts'
import { hashPassword, isPassword } from './auth/passwords.ts'

export const ADMIN_LOGIN = 'admin'

const POSTBACK_KEY = 'postback_key'
const TOKEN_KEYS = 'token_keys'
const VISITOR_SECRET = 'visitor_key'

export interface SecretSettings {
  /** First segment of the postback URL; '' keeps the stored one, which is generated once. */
  readonly postbackKey: string
  /** Password of user `admin`; '' leaves it as it is. */
  readonly adminPassword: string
}

/**
 * Makes sure that the installation has its secrets: signing keys, postback key and, if configured, the admin's
 * password. Run at every start before anything is published; writes only what is missing or different.
 */
export async function ensureSecrets(store: ConfigStore, settings: SecretSettings, nowMs: number): Promise<void> {
  const wanted = settings.postbackKey || (await store.getMeta(POSTBACK_KEY)) || randomBytes(16).toString('hex')
  const admin = settings.adminPassword === '' ? null : await store.findUser(ADMIN_LOGIN)
  const isAdminCurrent =
    settings.adminPassword === '' || (admin !== null && (await isPassword(settings.adminPassword, admin.passwordHash)))
  const passwordHash = isAdminCurrent ? null : await hashPassword(settings.adminPassword)

  await store.change({ actor: 'start', atMs: nowMs }, async (writer) => {
    if ((await writer.getMeta(POSTBACK_KEY)) !== wanted) await writer.setMeta(POSTBACK_KEY, wanted)
    if ((await writer.getMeta(TOKEN_KEYS)) === null) {
      await writer.setMeta(TOKEN_KEYS, JSON.stringify([{ id: '1', secret: randomBytes(32).toString('base64url') }]))
    }
    if ((await writer.getMeta(VISITOR_SECRET)) === null)
      await writer.setMeta(VISITOR_SECRET, randomBytes(16).toString('base64url'))
    if (passwordHash) await writer.saveUser(ADMIN_LOGIN, passwordHash)
    return ok(undefined)
  })
}

/** The stored secrets. Throws when `ensureSecrets` has not run: a bug of the caller. */
export async function loadSecrets(store: ConfigReader): Promise<Secrets> {
  return {
    postbackKey: await loadPostbackKey(store),
    tokenKeys: tokenKeySchema.parse(JSON.parse(await read(store, TOKEN_KEYS))),
    visitorSecret: await read(store, VISITOR_SECRET),
  }
}

/** First segment of the postback URL. Throws like `loadSecrets`. */
export const loadPostbackKey = (store: ConfigReader): Promise<string> => read(store, POSTBACK_KEY)

async function read(store: ConfigReader, key: string): Promise<string> {
  const value = await store.getMeta(key)
  if (value === null) throw new Error(`The secret ${key} is missing: ensureSecrets must run first`)
  return value
}

export type Secrets = Pick<TrackerSettings, 'postbackKey' | 'tokenKeys' | 'visitorSecret'>

const tokenKeySchema = z.array(z.object({ id: z.string(), secret: z.string() })).min(1)
