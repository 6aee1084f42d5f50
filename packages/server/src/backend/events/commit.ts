import type { AdminEvent } from '@trackyard/core/events/admin-event.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import { messageOf } from '../../log.ts'
import type { AuditRow } from '../../stores/config/port.ts'
import { authorOf } from '../auth/actor.ts'
import type { Backend } from '../context.ts'
import type { ApiRequest } from '../route.ts'

/** A read that follows a write shall see it; beyond this the answer does not wait for the store. */
export const VISIBLE_MS = 2000

export type AuditNote = Pick<AuditRow, 'action' | 'kind' | 'entityId' | 'before' | 'after'>
export interface Committed {
  /** Positions in the spool: the versions of what the events change. */
  readonly positions: readonly number[]
  /** They are stored, so that what is read now shows them. */
  readonly isStored: boolean
}

/**
 * Makes changes of events durable, writes them down in the audit log, and waits a moment until they show. Once they are
 * in the spool they happen, so a note that cannot be taken is told as a hint and not as a failure.
 */
export async function commitEvents(
  request: Pick<ApiRequest, 'actor' | 'hint'>,
  backend: Backend,
  events: readonly AdminEvent[],
  notes: readonly AuditNote[],
): Promise<Result<Committed>> {
  const written = await backend.eventWriter.append(events)
  if (!written.ok) return written
  await noteDown(request, backend, notes)
  const positions = written.value
  const isStored = await backend.eventWriter.untilStored(Math.max(0, ...positions), VISIBLE_MS)
  return ok({ positions, isStored })
}

/** Writes changes of events down in the audit log. A note that cannot be taken is a hint: the change is made. */
export async function noteDown(
  { actor, hint }: Pick<ApiRequest, 'actor' | 'hint'>,
  { configStore, clock, logError }: Backend,
  notes: readonly AuditNote[],
): Promise<void> {
  const failed = (error: string): void => {
    logError?.('a change of events is made, but could not be written down in the audit log', { error, notes })
    hint('The change is made, but could not be written down in the audit log: the configuration cannot be written.')
  }
  try {
    const noted = await configStore.change({ ...authorOf(actor), atMs: clock.nowMs() }, async (writer) => {
      for (const note of notes) await writer.note(note)
      return ok(undefined)
    })
    if (!noted.ok) failed(noted.problems.map(({ message }) => message).join('; '))
  } catch (error) {
    failed(messageOf(error))
  }
}
