import { randomBytes } from 'node:crypto'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import type { ConfigReader, ConfigStore } from '../../stores/config/port.ts'
import { hashKey, insertApiKey, isSameSecret } from '../auth/api-keys.ts'
import { hashPassword } from '../auth/passwords.ts'
import { ADMIN_LOGIN } from '../secrets.ts'

const SETUP_TOKEN_HASH = 'setup_token_hash'

/** True when somebody can log in as administrator. */
export const isSetUp = async (store: ConfigReader): Promise<boolean> =>
  (await store.listUsers()).some((user) => user.type === 'ADMIN' && user.state === 'active' && user.passwordHash !== '')

/**
 * Path and query of the one-time setup page, to be printed at start; earlier ones stop working. Null when the
 * installation is set up.
 */
export async function openSetup(store: ConfigStore, nowMs: number): Promise<string | null> {
  if (await isSetUp(store)) return null
  const token = randomBytes(24).toString('base64url')
  await store.change({ actor: 'start', atMs: nowMs }, async (writer) =>
    ok(await writer.setMeta(SETUP_TOKEN_HASH, hashKey(token))),
  )
  return `/admin/setup?token=${token}`
}

export async function isSetupToken(store: ConfigReader, token: string): Promise<boolean> {
  const hash = await store.getMeta(SETUP_TOKEN_HASH)
  return hash !== null && isSameSecret(token, hash)
}

/** Uses the token up: sets the admin's password and answers a new API key. Two at once: one wins. */
export async function completeSetup(
  store: ConfigStore,
  token: string,
  password: string,
  nowMs: number,
): Promise<Result<string>> {
  const refused = fail(problem('forbidden', 'This link was used already or is not valid.'))
  // Hashing is dear on purpose: not for strangers.
  if (!(await isSetupToken(store, token))) return refused
  const passwordHash = await hashPassword(password)
  return store.change({ actor: 'setup', atMs: nowMs }, async (writer) => {
    if (!(await isSetupToken(writer, token))) return refused
    await writer.deleteMeta(SETUP_TOKEN_HASH)
    const { id } = await writer.saveUser(ADMIN_LOGIN, passwordHash)
    await writer.updateUser(id, { type: 'ADMIN', state: 'active' })
    return ok((await insertApiKey(writer, id, 'setup')).key)
  })
}
