import type { Generated } from 'kysely'
import type { AuditAction } from './port.ts'

/** Booleans are 0 or 1, JSON is text, as in the other tables. */
export interface AccountTables {
  users: {
    id: Generated<number>
    login: string
    password_hash: string
    type: string
    state: string
    access: string
    preferences: string
    totp_secret: string
    totp_pending: string
    totp_last_step: number
    created_at_ms: number
  }
  api_keys: {
    id: Generated<number>
    user_id: number
    name: string
    hash: string
    prefix: string
    dialect: string | null
    read_only: number
    ip_allow_list: string
    expires_at_ms: number
    created_at_ms: number
    last_used_at_ms: number
  }
  sessions: {
    hash: string
    user_id: number
    created_at_ms: number
    expires_at_ms: number
    last_seen_at_ms: number
    ip: string
  }
  /** Who created an entity; none for what is older than this table or was made without a user. */
  creators: { kind: string; entity_id: number; user_id: number }
  audit: {
    id: Generated<number>
    at_ms: number
    actor: string
    user_id: number | null
    login: string
    key_id: number | null
    ip: string
    via: string
    action: AuditAction
    kind: string
    entity_id: number
    before: string
    after: string
  }
}
