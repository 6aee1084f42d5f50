import type { UpdateEvent } from '@trackyard/core/events/spool-event.ts'
import { isSubId, subIdTimeMs } from '@trackyard/core/events/sub-id.ts'
import { LRUCache } from 'lru-cache'
import type { Deps } from './deps.ts'
import type { Answer } from './front.ts'
import { changedSlots } from './pass.ts'
import type { Params } from './query.ts'
import { plain } from './respond.ts'

const WINDOW_MS = 60_000
const UPDATES_PER_WINDOW = 30
const KNOWN_CLICKS = 50_000
const YEAR_MS = 366 * 24 * 3_600_000

/**
 * Later change of a click's free slots: `/?_update_tokens=1&sub_id=…&sub_id_1=…` (reference click-processing §4.7). The
 * address carries no secret, so each click may be changed so many times a minute and no more.
 */
export function createUpdateHandler(): (params: Params, deps: UpdateDeps, answer: Answer) => void {
  const counts = new LRUCache<string, { untilMs: number; count: number }>({ max: KNOWN_CLICKS })

  const isTooOften = (subId: string, nowMs: number): boolean => {
    const known = counts.get(subId)
    const window = known && known.untilMs > nowMs ? known : { untilMs: nowMs + WINDOW_MS, count: 0 }
    window.count++
    counts.set(subId, window)
    return window.count > UPDATES_PER_WINDOW
  }

  return (params, deps, answer) => {
    const subId = (params.sub_id ?? params.subid ?? '').trim().toLowerCase()
    const nowMs = deps.senses.nowMs()
    if (!isSubId(subId) || !isOfThisYear(subId, nowMs))
      return answer(plain(400, 'sub_id is missing or is not a click id.'))
    const slots = changedSlots(params)
    if (Object.keys(slots).length === 0) return answer(plain(200, ''))
    if (isTooOften(subId, nowMs)) {
      return answer(plain(429, 'This click was changed too often. Wait a minute.', undefined, ['Retry-After', '60']))
    }
    const event: UpdateEvent = { kind: 'update', subId, atMs: nowMs, slots }
    deps.spool.append(`u\t${subId}\t${JSON.stringify(event)}`, (durable) => {
      if (!durable) deps.metrics.undurable.inc()
      answer(durable ? plain(200, '') : plain(503, '', undefined, ['Retry-After', '60']))
    })
  }
}

interface UpdateDeps extends Pick<Deps, 'metrics'> {
  readonly senses: Pick<Deps['senses'], 'nowMs'>
  readonly spool: Pick<Deps['spool'], 'append'>
}

const isOfThisYear = (subId: string, nowMs: number): boolean => Math.abs(nowMs - subIdTimeMs(subId)) < YEAR_MS
