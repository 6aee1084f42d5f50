import type { CompiledCampaign } from '@trackyard/core/click/compile.ts'
import { LRUCache } from 'lru-cache'
import type { Log } from '../log.ts'
import type { Deps } from './deps.ts'

const INTERVAL_MS = 60_000
const KNOWN_CAMPAIGNS = 10_000

export type TellDisabled = (
  campaign: Pick<CompiledCampaign, 'id' | 'alias'>,
  deps: {
    readonly senses: Pick<Deps['senses'], 'nowMs'>
    readonly metrics: Pick<Deps['metrics'], 'disabledCampaigns'>
  },
) => void

/**
 * Counts the requests of disabled campaigns, which leave no click and would go unseen although their traffic is paid
 * for. The log names each alias once a minute at most, with the number of requests since the last line.
 */
export function createDisabledTeller(log: Pick<Log, 'warn'>): TellDisabled {
  const told = new LRUCache<number, { silentUntilMs: number; requests: number }>({ max: KNOWN_CAMPAIGNS })
  return ({ id, alias }, { senses, metrics }) => {
    metrics.disabledCampaigns.inc()
    const known = told.get(id) ?? { silentUntilMs: 0, requests: 0 }
    known.requests++
    const nowMs = senses.nowMs()
    if (nowMs >= known.silentUntilMs) {
      log.warn('a disabled campaign gets visitors; they see nothing and are not counted as clicks', {
        alias,
        campaignId: id,
        requests: known.requests,
      })
      known.silentUntilMs = nowMs + INTERVAL_MS
      known.requests = 0
    }
    told.set(id, known)
  }
}
