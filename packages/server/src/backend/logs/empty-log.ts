import { ok, type Result } from '@trackyard/core/result.ts'
import type { LogTable } from '../../stores/events/port.ts'
import { authorOf } from '../auth/actor.ts'
import type { Backend } from '../context.ts'
import { guardEvents } from '../reports/ask-events.ts'
import type { ApiRequest } from '../route.ts'

/** Removes every line of a log in the event store, and notes who did so. */
export async function emptyStoredLog(
  table: LogTable,
  { actor }: Pick<ApiRequest, 'actor'>,
  backend: Backend,
): Promise<Result<void>> {
  const emptied = await guardEvents(backend, () => backend.eventStore.emptyLog(table))
  if (!emptied.ok) return emptied
  return backend.configStore.change({ ...authorOf(actor), atMs: backend.clock.nowMs() }, async (writer) => {
    await writer.note({ action: 'delete', kind: 'logs', entityId: 0, before: null, after: { log: LOGS[table] } })
    return ok(undefined)
  })
}

/** Names of the logs in the API. */
const LOGS: Readonly<Record<LogTable, string>> = { postback_log: 'postbacks', sent_postbacks: 'sent_postbacks' }
