import type { AdminEvent } from '@trackyard/core/events/admin-event.ts'
import type { Result } from '@trackyard/core/result.ts'

/** How the backend changes events: through the spool, which the tracker alone writes. */
export interface EventWriter {
  /** Adds events to the spool, all or none; answers their positions once they are written. */
  append(events: readonly AdminEvent[]): Promise<Result<readonly number[]>>
  /** Whether the event at this position was stored within `timeoutMs`; false says nothing but "not yet". */
  untilStored(position: number, timeoutMs: number): Promise<boolean>
}
