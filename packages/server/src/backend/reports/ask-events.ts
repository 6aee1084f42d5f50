import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { messageOf } from '../../log.ts'
import type { EventQuery, QueryAnswer } from '../../stores/events/port.ts'
import type { Backend } from '../context.ts'

/** Codes of the store for a statement that was stopped because it took too long or too much memory. */
const STOPPED: ReadonlySet<string> = new Set(['159', '160', '241', '396'])

/** Codes for a table or database that is not there: in the first moments of an installation. */
const NOT_MADE_YET: ReadonlySet<string> = new Set(['60', '81'])

/** Asks the event store within the limits of reports. */
export const askEvents = (backend: Backend, query: EventQuery): Promise<Result<QueryAnswer>> =>
  guardEvents(backend, () => backend.eventStore.query(query, { timeoutMs: backend.settings.reportTimeoutMs }))

/** Runs work on the event store. That it is down, or the question too large, is an expected failure and no bug. */
export async function guardEvents<T>(backend: Backend, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work())
  } catch (error) {
    if (STOPPED.has(codeOf(error))) {
      return fail(
        problem('bad_request', 'The report needs more time or memory than allowed: narrow its range or group by less.'),
      )
    }
    if (NOT_MADE_YET.has(codeOf(error)))
      return fail(problem('unavailable', 'Reports are not available yet: the event store is being set up. Try again.'))
    if (codeOf(error) !== '' && /^\d+$/.test(codeOf(error))) {
      backend.logError?.('the event store refused a question', { error: messageOf(error).slice(0, 500) })
      return fail(
        problem('bad_request', 'The event store cannot work this question out: check its values and filters.'),
      )
    }
    backend.logError?.('the event store did not answer', { error: messageOf(error).slice(0, 500) })
    return fail(
      problem(
        'unavailable',
        'Reports are not available at the moment: the event store does not answer. Clicks are recorded all the same.',
      ),
    )
  }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
