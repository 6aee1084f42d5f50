import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import type { ConfigStore, ConfigWriter, NewApiKey, UserFields, UserRow } from '../../stores/config/port.ts'

const KEY_BYTES = 24
const PREFIX_LENGTH = 6
const ADMIN_LOGIN = 'admin'

/** What a key may be told apart by and limited to; what is left out does not limit. */
export type KeyOptions = Partial<Pick<NewApiKey, 'dialect' | 'readOnly' | 'ipAllowList' | 'expiresAtMs'>>

/** Makes a key of 192 random bits for a user (`admin` unless named), stores its hash and answers the key. It cannot be shown again. */
export function createApiKey(
  store: ConfigStore,
  name: string,
  atMs: number,
  options: KeyOptions = {},
  login = ADMIN_LOGIN,
): Promise<Result<string>> {
  return store.change({ actor: 'command line', atMs, via: 'cli' }, async (writer) => {
    const owner = login === ADMIN_LOGIN ? await ensureAdmin(writer) : await writer.findUser(login)
    if (!owner) return fail(problem('not_found', `There is no user ${login}.`))
    return ok((await insertApiKey(writer, owner.id, name, options)).key)
  })
}

/** The same for any user, within a change that does more. */
export async function insertApiKey(
  writer: ConfigWriter,
  userId: number,
  name: string,
  options: KeyOptions = {},
): Promise<{ id: number; key: string }> {
  const key = randomBytes(KEY_BYTES).toString('hex')
  const { dialect = null, readOnly = false, ipAllowList = [], expiresAtMs = 0 } = options
  const limits = { dialect, readOnly, ipAllowList, expiresAtMs }
  const id = await writer.insertApiKey({
    userId,
    name,
    hash: hashKey(key),
    prefix: key.slice(0, PREFIX_LENGTH),
    ...limits,
  })
  return { id, key }
}

/** User `admin`, made without a password if nobody set one yet: keys must belong to somebody. */
async function ensureAdmin(writer: ConfigWriter): Promise<UserRow> {
  return (await writer.findUser(ADMIN_LOGIN)) ?? writer.insertUser({ ...NEW_USER, login: ADMIN_LOGIN, type: 'ADMIN' })
}

/** A user who cannot log in and may do nothing; `login` is to be filled in. */
export const NEW_USER: UserFields = {
  login: '',
  passwordHash: '',
  type: 'USER',
  state: 'active',
  access: {},
  preferences: {},
  totpSecret: '',
  totpPending: '',
  totpLastStep: 0,
}

export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex')

/** Equal or not, in a time that tells nothing about the expected text. */
export const isSameSecret = (given: string, expectedHash: string): boolean =>
  timingSafeEqual(Buffer.from(hashKey(given), 'hex'), Buffer.from(expectedHash, 'hex'))

/** The key of a request: header `Api-Key`, or `Authorization: Bearer` (reference admin-api §1.1); '' when there is none. */
export function keyOf(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  const [apiKey] = [headers['api-key']].flat()
  if (apiKey) return apiKey.trim()
  return /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization?.toString() ?? '')?.[1] ?? ''
}
