import { presentAccess } from '@trackyard/core/permissions.ts'
import type { ApiKeyRow, UserRow } from '../../stores/config/port.ts'
import { accessOf } from '../auth/actor.ts'
import { presentTime } from '../resources/present.ts'

/** A user as the API shows it (reference admin-api §2.10). `rules` and `permissions` are what old clients expect there. */
export function presentUser(user: UserRow, keyCount: number): Record<string, unknown> {
  const { id, login, type, state, preferences } = user
  return {
    id,
    login,
    type,
    state,
    rules: null,
    permissions: '',
    key_count: keyCount,
    keyCount,
    totp_enabled: user.totpSecret !== '',
    access_data: presentAccess(accessOf(user)),
    preferences,
    created_at: presentTime(user.createdAtMs),
  }
}

/** A key without what would let anybody use it. */
export const presentKey = (key: ApiKeyRow): Record<string, unknown> => ({
  id: key.id,
  user_id: key.userId,
  name: key.name,
  prefix: key.prefix,
  dialect: key.dialect,
  read_only: key.readOnly,
  ip_allow_list: key.ipAllowList,
  expires_at: presentTime(key.expiresAtMs) || null,
  created_at: presentTime(key.createdAtMs),
  last_used_at: presentTime(key.lastUsedAtMs) || null,
})
