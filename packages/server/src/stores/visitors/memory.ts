import { type Binding, type LimitCounts, NO_LIMITS, type VisitorState } from '@trackyard/core/click/click.ts'
import type { VisitorQuery, VisitorStore } from './port.ts'
import { createSeenTable } from './seen-table.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

interface LimitCounter {
  hourStart: number
  hour: number
  dayStart: number
  day: number
  total: number
}
interface BindingEntry extends Binding {
  readonly untilMs: number
}

/** Everything the memory holds, in a form that can be written to disk and read back. */
export interface VisitorDump {
  readonly seen: readonly Uint32Array[]
  readonly limits: readonly (readonly [streamId: number, counter: LimitCounter])[]
  readonly bindings: readonly (readonly [key: string, entry: BindingEntry])[]
}

export interface MemoryVisitorStore extends VisitorStore {
  dump(): VisitorDump
  readonly size: number
}

/** Scopes of a visitor's keys: the same visitor has one key for each campaign, each stream and the whole tracker. */
const GLOBAL = 1
const CAMPAIGN = 2
const STREAM = 3

/** What must be kept of the past: visits younger than `keepMs` before `nowMs`, the longest uniqueness time in use. */
export interface Horizon {
  nowMs(): number
  keepMs(): number
}

export function createMemoryVisitorStore(horizon: Horizon, initial?: VisitorDump): MemoryVisitorStore {
  const expiredBefore = (): number => Math.max(1, Math.floor((horizon.nowMs() - horizon.keepMs()) / 1000))
  const seen = createSeenTable(expiredBefore, initial?.seen)
  const limits = new Map<number, LimitCounter>(initial?.limits.map(([id, counter]) => [id, { ...counter }]))
  const bindings = new Map<string, BindingEntry>(initial?.bindings)

  const isSeen = (key: VisitorKey, scope: number, id: number, query: VisitorQuery): boolean => {
    const [high, low] = scoped(key, scope, id)
    const firstSeen = seen.get(high, low)
    return firstSeen > 0 && query.atMs < firstSeen * 1000 + query.uniqueTtlMs
  }

  return {
    read(query): VisitorState {
      const key = parseVisitor(query.visitor)
      const seenStreams = new Set<number>()
      for (const id of query.streamIds) if (isSeen(key, STREAM, id, query)) seenStreams.add(id)
      return {
        isUniqueCampaign: !isSeen(key, CAMPAIGN, query.campaignId, query),
        isUniqueGlobal: !isSeen(key, GLOBAL, 0, query),
        seenStreams,
        limits: new Map(query.limitStreamIds.map((id) => [id, countsAt(limits.get(id), query.atMs)])),
        binding: query.wantsBinding
          ? readBinding(bindings, bindingKey(query.visitor, query.campaignId), query.atMs)
          : null,
      }
    },

    record(visit) {
      const key = parseVisitor(visit.visitor)
      const remember = (scope: number, id: number, isUnique: boolean): void => {
        // The window starts at the first unique visit and is not refreshed, so "24 h" means at least one unique a day.
        if (!isUnique) return
        const [high, low] = scoped(key, scope, id)
        seen.set(high, low, Math.floor(visit.atMs / 1000))
      }
      remember(GLOBAL, 0, visit.unique.includes('g'))
      remember(CAMPAIGN, visit.campaignId, visit.unique.includes('c'))
      if (visit.streamId > 0) remember(STREAM, visit.streamId, visit.unique.includes('s'))
      if (visit.counts) limits.set(visit.streamId, counted(limits.get(visit.streamId), visit.atMs))
      if (visit.bind) {
        const { landingId, offerId, untilMs } = visit.bind
        const bound = bindingKey(visit.visitor, visit.campaignId)
        // Deleting first moves the entry to the end, so the map stays ordered by age and old ones can be dropped cheaply.
        bindings.delete(bound)
        bindings.set(bound, { streamId: visit.streamId, landingId, offerId, untilMs })
        dropExpired(bindings, visit.atMs)
      }
    },

    dump: () => ({
      seen: seen.dump(),
      limits: [...limits].map(([id, counter]) => [id, { ...counter }] as const),
      bindings: [...bindings],
    }),
    get size() {
      return seen.size
    },
  }
}

type VisitorKey = readonly [high: number, low: number]

/** The visitor code is 7 + 6 base-36 characters: two 32-bit halves. */
const parseVisitor = (visitor: string): VisitorKey => [
  Number.parseInt(visitor.slice(0, 7), 36) >>> 0,
  Number.parseInt(visitor.slice(7), 36) >>> 0,
]

function scoped([high, low]: VisitorKey, scope: number, id: number): VisitorKey {
  const salt = Math.imul(id ^ (scope << 28), 0x9e3779b1)
  return [mix(high ^ salt), (mix(low + salt) | 1) >>> 0]
}

function mix(value: number): number {
  let h = value ^ (value >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function countsAt(counter: LimitCounter | undefined, atMs: number): LimitCounts {
  if (!counter) return NO_LIMITS
  return {
    hour: counter.hourStart === Math.floor(atMs / HOUR_MS) ? counter.hour : 0,
    day: counter.dayStart === Math.floor(atMs / DAY_MS) ? counter.day : 0,
    total: counter.total,
  }
}

function counted(counter: LimitCounter | undefined, atMs: number): LimitCounter {
  const { hour, day, total } = countsAt(counter, atMs)
  return {
    hourStart: Math.floor(atMs / HOUR_MS),
    hour: hour + 1,
    dayStart: Math.floor(atMs / DAY_MS),
    day: day + 1,
    total: total + 1,
  }
}

const bindingKey = (visitor: string, campaignId: number): string => `${visitor}:${campaignId}`

function readBinding(bindings: Map<string, BindingEntry>, key: string, atMs: number): Binding | null {
  const entry = bindings.get(key)
  return entry && entry.untilMs > atMs ? entry : null
}

/**
 * Looks at the few oldest entries each time. Those that are still needed go to the end, so that one binding of a year
 * does not keep every shorter one behind it.
 */
function dropExpired(bindings: Map<string, BindingEntry>, atMs: number): void {
  let looks = 0
  for (const [key, entry] of bindings) {
    if (looks++ === LOOKS_PER_VISIT) return
    bindings.delete(key)
    if (entry.untilMs > atMs) bindings.set(key, entry)
  }
}

const LOOKS_PER_VISIT = 2
