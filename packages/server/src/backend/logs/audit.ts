import { isEntityKind } from '@trackyard/core/entities/index.ts'
import { ok } from '@trackyard/core/result.ts'
import type { AuditRow } from '../../stores/config/port.ts'
import { administrators } from '../auth/access.ts'
import { presentTime } from '../resources/present.ts'
import { countOf, type Route } from '../route.ts'
import { textOf } from '../users/user-fields.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/**
 * Who changed what, newest first. `entity` is a kind or `kind:id`, `user` an id or a login, `query` a text that must
 * occur in the names or values.
 */
export const auditLogRoute: Route = {
  method: 'GET',
  path: '/logs/audit',
  description: 'Every change and log-in: who, by which key, from where, before and after; newest first',
  access: administrators('read'),
  async handle({ input }, { configStore }) {
    const [kind = '', id = ''] = textOf(input.entity).split(':')
    const user = textOf(input.user).trim()
    const rows = await configStore.listAudit({
      limit: countOf(input, 'limit', DEFAULT_LIMIT, MAX_LIMIT) || DEFAULT_LIMIT,
      offset: countOf(input, 'offset', 0),
      ...(kind === '' ? {} : { kind }),
      ...(/^\d{1,15}$/.test(id) ? { entityId: Number(id) } : {}),
      ...(user === '' ? {} : /^\d{1,15}$/.test(user) ? { userId: Number(user) } : { login: user }),
      query: textOf(input.query).trim(),
    })
    return ok(rows.map(present))
  },
}

function present(row: AuditRow): Record<string, unknown> {
  const { id, actor, userId, login, keyId, ip, via, action, kind, entityId, before, after } = row
  const what = isEntityKind(kind) || entityId > 0 ? `${kind} ${entityId}` : kind
  return {
    id,
    datetime: presentTime(row.atMs),
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
    message: `${actor}: ${action} ${what}`,
  }
}
