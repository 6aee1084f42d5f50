import type { EntityKind } from '@trackyard/core/entities/index.ts'

export type UserType = 'ADMIN' | 'USER'
export type ApiDialect = '2017' | 'modern'

export interface UserFields {
  readonly login: string
  /** '' for a user who cannot log in by password. */
  readonly passwordHash: string
  readonly type: UserType
  readonly state: 'active' | 'disabled'
  /** `access_data` as core/permissions writes it. */
  readonly access: Readonly<Record<string, unknown>>
  readonly preferences: Readonly<Record<string, unknown>>
  /** Base32; '' without a second factor. */
  readonly totpSecret: string
  /** A secret that waits for its first code. */
  readonly totpPending: string
  /** The last time step a code was taken for: no code works twice. */
  readonly totpLastStep: number
}
export interface UserRow extends UserFields {
  readonly id: number
  readonly createdAtMs: number
}

export interface NewApiKey {
  readonly userId: number
  readonly name: string
  /** SHA-256 of the key in hex; the key itself is never stored. */
  readonly hash: string
  /** First characters of the key, so that people can tell keys apart. */
  readonly prefix: string
  /** null takes the default of the installation. */
  readonly dialect: ApiDialect | null
  readonly readOnly: boolean
  /** Addresses and CIDR blocks; empty allows all. */
  readonly ipAllowList: readonly string[]
  /** 0 never. */
  readonly expiresAtMs: number
}
export interface ApiKeyRow extends NewApiKey {
  readonly id: number
  readonly createdAtMs: number
  /** 0 when never used. */
  readonly lastUsedAtMs: number
}

export interface SessionRow {
  /** SHA-256 of the cookie's value. */
  readonly hash: string
  readonly userId: number
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly lastSeenAtMs: number
  readonly ip: string
}

export type AuditAction =
  | 'create'
  | 'update'
  | 'delete'
  | 'archive'
  | 'restore'
  | 'login'
  | 'login_failed'
  | 'logout'
  /** Something done that is no change of one entity, such as cleaning or importing. */
  | 'run'

/** One change: what it was before and after, secrets masked. Before is null for a creation, after for a deletion. */
export interface AuditRow {
  readonly id: number
  readonly atMs: number
  readonly actor: string
  readonly userId: number | null
  readonly login: string
  readonly keyId: number | null
  readonly ip: string
  readonly via: string
  readonly action: AuditAction
  readonly kind: string
  readonly entityId: number
  readonly before: unknown
  readonly after: unknown
}
export interface AuditQuery {
  readonly limit: number
  readonly offset?: number
  /** Must occur in actor, login, kind, action, before or after. */
  readonly query?: string
  readonly kind?: string
  /** Only together with `kind`. */
  readonly entityId?: number
  readonly userId?: number
  readonly login?: string
  /** Rows of `fromMs ≤ t < toMs`. */
  readonly fromMs?: number
  readonly toMs?: number
}

export interface AccountReader {
  /** In order of id. */
  listUsers(): Promise<readonly UserRow[]>
  getUser(id: number): Promise<UserRow | null>
  findUser(login: string): Promise<UserRow | null>
  findApiKey(hash: string): Promise<ApiKeyRow | null>
  /** Keys of a user, or all, in order of id. */
  listApiKeys(userId?: number): Promise<readonly ApiKeyRow[]>
  /** Ids of the entities of a kind that this user created. */
  listCreatedBy(kind: EntityKind, userId: number): Promise<ReadonlySet<number>>
  /** Newest first. */
  listAudit(query: AuditQuery): Promise<readonly AuditRow[]>
}

export interface AccountWriter extends AccountReader {
  insertUser(fields: UserFields): Promise<UserRow>
  /** Throws when the user does not exist. */
  updateUser(id: number, changes: Partial<UserFields>): Promise<UserRow>
  /** Deletes the user with keys and sessions, for good. Throws when the user does not exist. */
  removeUser(id: number): Promise<void>
  /** Creates an administrator or gives the user of this login a new password. */
  saveUser(login: string, passwordHash: string): Promise<UserRow>
  insertApiKey(key: NewApiKey): Promise<number>
  removeApiKey(id: number): Promise<void>
  /** Ends the sessions of a user, but for one. */
  removeSessions(userId: number, exceptHash?: string): Promise<void>
  /** Writes down what is no change of stored data: log-ins, runs of something. Raises no version. */
  note(entry: Pick<AuditRow, 'action' | 'kind' | 'entityId' | 'before' | 'after'>): Promise<void>
}

/** What changes without being configuration: no version, no audit row. */
export interface SessionStore {
  touchApiKey(id: number, atMs: number): Promise<void>
  findSession(hash: string): Promise<SessionRow | null>
  insertSession(session: SessionRow): Promise<void>
  touchSession(hash: string, lastSeenAtMs: number, expiresAtMs: number): Promise<void>
  removeSession(hash: string): Promise<void>
  /** Removes sessions that ended before `nowMs`. */
  removeEndedSessions(nowMs: number): Promise<void>
  /** Replaces the preferences of a user: columns and favourites move too often for the audit log. */
  savePreferences(userId: number, preferences: Readonly<Record<string, unknown>>): Promise<void>
  /** Removes audit rows older than this time; answers how many. */
  removeAudit(beforeMs: number): Promise<number>
}
