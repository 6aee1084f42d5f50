import type { ConfigStore } from '../../stores/config/port.ts'
import type { BackendSettings } from '../context.ts'
import type { Network } from '../domains/probe.ts'
import { recheckDomains } from '../domains/recheck.ts'
import { settingOf } from '../settings/setting-store.ts'
import { runTriggers } from '../triggers/run-triggers.ts'
import type { Job } from './scheduler.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export interface JobDeps {
  readonly configStore: ConfigStore
  readonly settings: Pick<BackendSettings, 'allowPrivateTargets' | 'publicPort'>
  readonly network: Network
  /** Told when a job changed something that visitors meet. */
  readonly changed: () => void
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
]
