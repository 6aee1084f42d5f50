import type { ConfigStore } from '../../stores/config/port.ts'
import type { EventStore } from '../../stores/events/port.ts'
import type { BackendSettings } from '../context.ts'
import { fetchRatesIfWanted } from '../currencies/fetch-rates.ts'
import type { Network } from '../domains/probe.ts'
import { recheckDomains } from '../domains/recheck.ts'
import type { FileStore } from '../files/store.ts'
import { compactErased } from '../privacy/compact-erased.ts'
import { removeArchived } from '../privacy/remove-archived.ts'
import { dropOutdated } from '../privacy/retention.ts'
import { settingOf } from '../settings/setting-store.ts'
import { runTriggers } from '../triggers/run-triggers.ts'
import type { Job } from './scheduler.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export interface JobDeps {
  readonly configStore: ConfigStore
  readonly eventStore: Pick<EventStore, 'months' | 'dropMonth' | 'compact'>
  readonly files: Pick<FileStore, 'remove'>
  readonly settings: Pick<BackendSettings, 'allowPrivateTargets' | 'publicPort'>
  readonly network: Network
  /** Told when a job changed something that visitors meet. */
  readonly changed: () => void
  /** Runs work while ingest stores nothing. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  nowMs(): number
}

/** Everything that is done in the background. */
export const backendJobs = (deps: JobDeps): readonly Job[] => [
  {
    name: 'check of domains',
    everyMs: MINUTE_MS,
    run: async (signal) => (await recheckDomains(deps, signal)).join('; '),
  },
  {
    name: 'triggers',
    everyMs: MINUTE_MS,
    run: async (signal) => (await runTriggers(deps, signal)).join('; '),
  },
  {
    name: 'cleaning of the audit log',
    everyMs: 6 * HOUR_MS,
    async run() {
      const days = await settingOf(deps.configStore, 'audit_ttl')
      const removed = days === 0 ? 0 : await deps.configStore.removeAudit(deps.nowMs() - days * DAY_MS)
      return removed === 0 ? '' : `removed ${removed} rows older than ${days} days`
    },
  },
  {
    name: 'cleaning of sessions',
    everyMs: HOUR_MS,
    async run() {
      await deps.configStore.removeEndedSessions(deps.nowMs())
      return ''
    },
  },
  {
    name: 'exchange rates',
    everyMs: 4 * HOUR_MS,
    run: () => fetchRatesIfWanted(deps),
  },
  {
    name: 'retention',
    everyMs: 6 * HOUR_MS,
    run: () => dropOutdated(deps),
  },
  {
    name: 'deletion of what is archived',
    everyMs: 6 * HOUR_MS,
    run: () => removeArchived(deps),
  },
  {
    name: 'removal of erased values from the disk',
    everyMs: HOUR_MS,
    run: () => compactErased(deps),
  },
]
