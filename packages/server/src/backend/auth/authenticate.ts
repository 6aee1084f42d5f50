import { compileIpMatcher } from '@trackyard/core/filters/ip-match.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import type { ConfigStore } from '../../stores/config/port.ts'
import { type Actor, settingsActor, userActor } from './actor.ts'
import { hashKey, isSameSecret, keyOf } from './api-keys.ts'
import { csrfTokenOf, findSession, sessionTokenOf } from './sessions.ts'

/** The time of last use is for people; writing it on every call would make reads into writes. */
const TOUCH_EVERY_MS = 60_000

/** What a request says about who sends it. */
export interface Credentials {
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly ip: string
}

/** Tells who makes a request. `settingsKey` is the key from the environment, '' when there is none. */
export function createAuthenticator(store: ConfigStore, settingsKey: string) {
  const settingsHash = settingsKey === '' ? null : hashKey(settingsKey)
  return async (credentials: Credentials, nowMs: number): Promise<Result<Actor>> => {
    const key = keyOf(credentials.headers)
    if (key === '') return bySession(store, credentials, nowMs)
    if (settingsHash !== null && isSameSecret(key, settingsHash)) return ok(settingsActor(credentials.ip))
    return byKey(store, key, credentials.ip, nowMs)
  }
}

const UNKNOWN_KEY =
  'A valid API key is needed in the header Api-Key: this one is unknown or was deleted. A key from TRACKYARD_API_KEY works only while that is set.'

const unauthorized = (message: string): Result<never> => fail(problem('unauthorized', message))

async function byKey(store: ConfigStore, given: string, ip: string, nowMs: number): Promise<Result<Actor>> {
  const key = await store.findApiKey(hashKey(given))
  const user = key ? await store.getUser(key.userId) : null
  if (!key || !user || user.state !== 'active') return unauthorized(UNKNOWN_KEY)
  if (key.expiresAtMs > 0 && key.expiresAtMs <= nowMs) {
    const day = new Date(key.expiresAtMs).toISOString().slice(0, 16).replace('T', ' ')
    return unauthorized(`This API key expired at ${day} UTC: make a new one.`)
  }
  if (key.ipAllowList.length > 0 && !isAllowed(key.ipAllowList, ip))
    return fail(
      problem('forbidden', `This API key may not be used from ${ip || 'this address'}: see its list of addresses.`),
    )
  if (nowMs - key.lastUsedAtMs >= TOUCH_EVERY_MS) await store.touchApiKey(key.id, nowMs)
  return ok(userActor(user, ip, { key }))
}

/** Browsers send the cookie with requests that other pages made them send; the header they cannot be made to send. */
async function bySession(
  store: ConfigStore,
  { method, headers, ip }: Credentials,
  nowMs: number,
): Promise<Result<Actor>> {
  const token = sessionTokenOf(headers.cookie)
  if (token === '') return unauthorized('A valid API key is needed in the header Api-Key.')
  const session = await findSession(store, token, nowMs)
  const user = session ? await store.getUser(session.userId) : null
  if (!session || !user || user.state !== 'active') return unauthorized('The session has ended: log in again.')
  const [csrf = ''] = [headers['x-csrf-token']].flat()
  if (method !== 'GET' && !isSameSecret(csrf, hashKey(csrfTokenOf(token))))
    return fail(problem('forbidden', 'The header X-CSRF-Token is missing or wrong: GET auth/session tells it.'))
  return ok(userActor(user, ip, { session }))
}

function isAllowed(entries: readonly string[], ip: string): boolean {
  const matcher = compileIpMatcher(entries)
  return matcher.ok && matcher.value(ip)
}
