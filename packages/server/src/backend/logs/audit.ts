import { ENTITY_KINDS, isEntityKind } from '@trackyard/core/entities/index.ts'
import { nearest } from '@trackyard/core/nearest.ts'
import { quoted } from '@trackyard/core/plain-words.ts'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { AuditRow } from '../../stores/config/port.ts'
import { administrators } from '../auth/access.ts'
import { readQuery } from '../http/read-input.ts'
import { presentTime } from '../resources/present.ts'
import type { Route } from '../route.ts'
import { oneText } from './fields.ts'
import { type KeyedEntry, type LogDef, logAccepts, logEntry, readPage } from './log.ts'

/** What the log of changes is narrowed by besides. */
const who = z.object({
  entity: oneText('')
    .refine(
      (text) => /^(\w+(:\d{1,15})?)?$/.test(text),
      'must be a kind such as campaigns, or one of it such as campaigns:3',
    )
    .describe('A kind such as campaigns, or one of it such as campaigns:3.'),
  user: oneText('Id or login of the user who did it.'),
})

/** Who changed what, newest first. `entity` is a kind or `kind:id`, `user` an id or a login. */
export const auditLog: LogDef = {
  help: 'Every change and log-in: who, by which key, from where, before and after.',
  access: administrators('read'),
  async read({ limit, offset, query, fromMs, toMs }, { input, hint }, { configStore }) {
    const read = readQuery(who, input)
    if (!read.ok) return read
    const [kind = '', id = ''] = read.value.entity.split(':')
    const { user } = read.value
    const rows = await configStore.listAudit({
      limit,
      offset,
      ...(kind === '' ? {} : { kind }),
      ...(id === '' ? {} : { entityId: Number(id) }),
      ...(user === '' ? {} : /^\d{1,15}$/.test(user) ? { userId: Number(user) } : { login: user }),
      query,
      ...(fromMs === null ? {} : { fromMs }),
      ...(toMs === null ? {} : { toMs }),
    })
    const meant = rows.length > 0 || isEntityKind(kind) ? null : nearest(kind.slice(0, 60), ENTITY_KINDS)
    if (meant !== null) hint(`entity: nothing of the kind "${quoted(kind)}" is noted: did you mean ${meant}?`)
    return ok(rows.map(keyed))
  },
  async find(key, _request, { configStore }) {
    if (!/^\d{1,15}$/.test(key)) return ok(null)
    const wanted = Number(key)
    // Ids count up without gaps worth mentioning, so the entry lies about as far from the newest as its id.
    for (let offset = 0; ; offset += FIND_STEP) {
      const rows = await configStore.listAudit({ limit: FIND_STEP, offset, query: '' })
      const found = rows.find((row) => row.id === wanted)
      if (found) return ok(keyed(found))
      if (rows.length < FIND_STEP || rows.every((row) => row.id < wanted)) return ok(null)
    }
  },
  clear: 'The audit log cannot be emptied: it is the record of who changed what.',
}
const FIND_STEP = 1000

export const auditLogRoute: Route = {
  method: 'GET',
  path: '/logs/audit',
  description: 'Every change and log-in: who, by which key, from where, before and after; newest first',
  access: auditLog.access,
  accepts: logAccepts.extend(who.shape),
  answers: z.array(
    logEntry.extend({
      actor: z.string().describe('Name of who did it.'),
      user_id: z.int().nullable().describe('User who did it, null for the server itself.'),
      login: z.string().describe('Login of the user at that time.'),
      key_id: z.int().nullable().describe('API key that was used, null for a session.'),
      ip: z.string().describe('Address it came from.'),
      via: z.string().describe('api, ui or cli.'),
      action: z.string().describe('What was done.'),
      entity_type: z.string().describe('Kind of what was changed.'),
      entity_id: z.int().describe('Its id, 0 where there is none.'),
      before: z.unknown().describe('Fields that changed, as they were.'),
      after: z.unknown().describe('The same fields afterwards.'),
    }),
  ),
  async handle(request, backend) {
    const page = readPage(request)
    if (!page.ok) return page
    const entries = await auditLog.read(page.value, request, backend)
    return entries.ok ? ok(entries.value.map(({ entry }) => entry)) : entries
  },
}

function keyed(row: AuditRow): KeyedEntry {
  const { id, actor, userId, login, keyId, ip, via, action, kind, entityId, before, after } = row
  const entry = {
    id,
    datetime: presentTime(row.atMs),
    jid: String(id),
    actor,
    user_id: userId,
    login,
    key_id: keyId,
    ip,
    via,
    action,
    entity_type: kind,
    entity_id: entityId,
    before,
    after,
    message: `${actor}: ${action} ${whatOf(row)}`,
  }
  return { key: String(id), atMs: row.atMs, entry }
}

/** What was changed: by its id, or by what the entry says of things without one. */
function whatOf({ action, kind, entityId, before, after }: AuditRow): string {
  const said = new Map(Object.entries(Object(after ?? before)))
  const named = ['conversion_id', 'sub_id', 'log'].map((name) => said.get(name)).find((name) => name !== undefined)
  const id = isEntityKind(kind) || entityId > 0 ? String(entityId) : String(named ?? '')
  const which = kind === 'settings' && id === '' ? [...said.keys()].join(', ') : id
  const how = action === 'run' ? (said.get('route') ?? [...said.keys()][0]) : undefined
  return `${kind}${which === '' ? '' : ` ${which}`}${how === undefined ? '' : `: ${how}`}`
}
