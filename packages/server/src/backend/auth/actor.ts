import { type Access, administratorAccess, parseAccess } from '@trackyard/core/permissions.ts'
import type { ApiDialect, ApiKeyRow, ChangeAuthor, SessionRow, UserRow } from '../../stores/config/port.ts'

/** Who makes a request, and what they may do. */
export interface Actor {
  /** For the audit log: the login, or the key. */
  readonly name: string
  /** Null for the key from the settings, which belongs to nobody, and for strangers. */
  readonly userId: number | null
  readonly login: string
  readonly access: Access
  readonly key: ApiKeyRow | null
  readonly session: SessionRow | null
  readonly ip: string
}

/** The administrator whose key is in the settings. */
export const settingsActor = (ip: string): Actor => ({
  name: 'settings key',
  userId: null,
  login: 'admin',
  access: administratorAccess,
  key: null,
  session: null,
  ip,
})

/** Somebody who has not logged in: may do nothing but that. */
export const stranger = (ip: string): Actor => ({
  name: 'stranger',
  userId: null,
  login: '',
  access: accessOf({ type: 'USER', access: {} }),
  key: null,
  session: null,
  ip,
})

export function userActor(user: UserRow, ip: string, by: { key: ApiKeyRow } | { session: SessionRow }): Actor {
  const [key, session] = 'key' in by ? [by.key, null] : [null, by.session]
  const name = key ? `key ${key.id} (${key.name})` : user.login
  return { name, userId: user.id, login: user.login, access: accessOf(user), key, session, ip }
}

/** What a user may do. Access that cannot be read, which takes a damaged database, is none. */
export function accessOf(user: Pick<UserRow, 'type' | 'access'>): Access {
  if (user.type === 'ADMIN') return administratorAccess
  const access = parseAccess(user.access)
  if (access.ok) return access.value
  const nothing = parseAccess({})
  if (!nothing.ok) throw new Error('Empty access data must be readable')
  return nothing.value
}

export const authorOf = (actor: Actor): Omit<ChangeAuthor, 'atMs'> => ({
  actor: actor.name,
  userId: actor.userId,
  login: actor.login,
  keyId: actor.key?.id ?? null,
  ip: actor.ip,
  via: actor.session ? 'ui' : 'api',
})

export const dialectOf = (actor: Actor): ApiDialect | null => actor.key?.dialect ?? null

/** A key with narrower rights than its owner must not make a way around that. */
export const isLimitedKey = ({ key }: Actor): boolean =>
  key !== null && (key.readOnly || key.ipAllowList.length > 0 || key.expiresAtMs > 0)
