import type { Domain } from '@trackyard/core/entities/index.ts'
import { ok } from '@trackyard/core/result.ts'
import type { ConfigStore } from '../../stores/config/port.ts'
import type { BackendSettings } from '../context.ts'
import { toFields } from '../resources/save.ts'
import { checkDomain, type Finding } from './check-domain.ts'
import type { Network } from './probe.ts'

const HOUR_MS = 3_600_000
const RECHECK_WORKING_MS = 24 * HOUR_MS
/** A name that fails is worth another look soon, then less and less often, but every hour at least. */
const RECHECK_FAILING_MS = 5 * 60_000
/** Each may take several time-outs long; what is left over comes with the next round. */
const MAX_A_ROUND = 20

/** The fields of a domain with what a check found and when the next one is due. */
export function withFinding(domain: Domain, finding: Finding, nowMs: number) {
  const isActive = finding.network_status === 'active'
  const check_retries = isActive ? 0 : domain.check_retries + 1
  const pauseMs = isActive ? RECHECK_WORKING_MS : Math.min(HOUR_MS, RECHECK_FAILING_MS * 2 ** (check_retries - 1))
  return { ...toFields<'domains'>(domain), ...finding, check_retries, next_check_at_ms: nowMs + pauseMs }
}

interface RecheckDeps {
  readonly configStore: ConfigStore
  readonly settings: Pick<BackendSettings, 'allowPrivateTargets' | 'publicPort'>
  readonly network: Network
  nowMs(): number
}

/**
 * Checks the domains that are due. Answers in words what changed: only that is written to the audit log, or every
 * check would stand there.
 */
export async function recheckDomains(
  { configStore, settings, network, nowMs }: RecheckDeps,
  signal: AbortSignal,
): Promise<string[]> {
  const due = (await configStore.list('domains')).filter((domain) => (domain.next_check_at_ms ?? 0) <= nowMs())
  const changes: string[] = []
  for (const domain of due.slice(0, MAX_A_ROUND)) {
    const { allowPrivateTargets, publicPort: ownPort } = settings
    // The network may take its time, and whoever wants to stop does not wait for it.
    const finding = await unlessAborted(checkDomain(domain.name, { allowPrivateTargets, ownPort }, network), signal)
    if (finding === null) break
    await configStore.change({ actor: 'check of domains', atMs: nowMs() }, async (writer) => {
      const current = await writer.get('domains', domain.id)
      // Somebody renamed or archived it meanwhile: the finding is about something else.
      if (!current || current.state === 'deleted' || current.name !== domain.name) return ok(undefined)
      const isSame = current.network_status === finding.network_status
      await writer.update('domains', current.id, withFinding(current, finding, nowMs()), { quietly: isSame })
      if (!isSame) changes.push(`${domain.name} is ${finding.network_status} now`)
      return ok(undefined)
    })
  }
  return changes
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return Promise.resolve(null)
  const { promise, resolve } = Promise.withResolvers<null>()
  const stop = () => resolve(null)
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', stop))
}
