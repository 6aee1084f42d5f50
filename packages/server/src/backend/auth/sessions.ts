import { createHash, randomBytes } from 'node:crypto'
import type { ConfigStore, SessionRow } from '../../stores/config/port.ts'
import { hashKey } from './api-keys.ts'

const COOKIE = 'trackyard_session'
const IDLE_MS = 24 * 3_600_000
const LONGEST_MS = 14 * 24 * 3_600_000
/** Prolonging on every request would make reads into writes. */
const TOUCH_EVERY_MS = 60_000

/** Starts a session and answers its token, which only the cookie holds. */
export async function startSession(store: ConfigStore, userId: number, ip: string, nowMs: number): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await store.removeEndedSessions(nowMs)
  await store.insertSession({
    hash: hashKey(token),
    userId,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + IDLE_MS,
    lastSeenAtMs: nowMs,
    ip,
  })
  return token
}

/** The session of a token, prolonged; null when it has ended or never was. */
export async function findSession(store: ConfigStore, token: string, nowMs: number): Promise<SessionRow | null> {
  const session = await store.findSession(hashKey(token))
  if (!session || session.expiresAtMs <= nowMs) return null
  if (nowMs - session.lastSeenAtMs >= TOUCH_EVERY_MS) {
    const expiresAtMs = Math.min(nowMs + IDLE_MS, session.createdAtMs + LONGEST_MS)
    await store.touchSession(session.hash, nowMs, expiresAtMs)
  }
  return session
}

/** Belongs to one session and tells nothing about its token. */
export const csrfTokenOf = (token: string): string => createHash('sha256').update(`csrf ${token}`).digest('base64url')

export function sessionTokenOf(cookie: string | string[] | undefined): string {
  for (const pair of [cookie ?? ''].flat().join(';').split(';')) {
    const [name = '', value = ''] = pair.trim().split('=', 2)
    if (name === COOKIE && /^[\w-]{1,100}$/.test(value)) return value
  }
  return ''
}

/** `Set-Cookie` for a new token, or for '' to remove it. Scripts cannot read it, other sites cannot make it be sent. */
export function sessionCookie(token: string, isHttps: boolean): string {
  const age = token === '' ? 0 : LONGEST_MS / 1000
  const secure = isHttps ? '; Secure' : ''
  return `${COOKIE}=${token}; Path=/admin_api; Max-Age=${age}; HttpOnly; SameSite=Strict${secure}`
}
