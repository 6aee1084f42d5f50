import { bitsOfBase36 } from '@trackyard/core/base36.ts'
import type { Binding, LimitCounts, SeenBefore, SeenStreams, VisitorState } from '@trackyard/core/click/click.ts'
import type { Visit } from '@trackyard/core/events/spool-event.ts'
import type { SeenBy } from '@trackyard/core/filters/filter.ts'
import { counted, countsAt, type LimitCounter } from './limit-counter.ts'
import type { VisitorQuery, VisitorStore } from './port.ts'
import { createSeenTable } from './seen-table.ts'

interface BindingEntry extends Binding {
  readonly untilMs: number
}

/** Everything the memory holds, in a form that can be written to disk and read back; `seen` can be gone through once. */
export interface VisitorDump {
  readonly seen: Iterable<Uint32Array>
  readonly limits: readonly (readonly [streamId: number, counter: LimitCounter])[]
  readonly bindings: readonly (readonly [key: string, entry: BindingEntry])[]
}

export interface MemoryVisitorStore extends VisitorStore {
  dump(): VisitorDump
  readonly size: number
}

/**
 * Scopes of a visitor's keys: the same visitor has one key for each campaign, each stream and the whole tracker. Those
 * of a visitor known by the address or by the cookie alone are others, beginning after `OFFSETS`.
 */
const GLOBAL = 1
const CAMPAIGN = 2
const STREAM = 3
const OFFSETS: Readonly<Record<SeenBy, number>> = { ip: 3, cookie: 6 }

/** What must be kept of the past: visits younger than `keepMs` before `nowMs`, the longest uniqueness time in use. */
export interface Horizon {
  nowMs(): number
  keepMs(): number
}

export function createMemoryVisitorStore(horizon: Horizon, initial?: VisitorDump): MemoryVisitorStore {
  const expiredBefore = (): number => Math.max(1, Math.floor((horizon.nowMs() - horizon.keepMs()) / 1000))
  const seen = createSeenTable(expiredBefore, initial?.seen)
  const limits = new Map<number, LimitCounter>(initial?.limits)
  const bindings = new Map<string, BindingEntry>(initial?.bindings)

  const isSeen = (key: VisitorKey, scope: number, id: number, { atMs, uniqueTtlMs }: VisitorQuery): boolean => {
    const salt = saltOf(scope, id)
    const firstSeen = seen.get(saltedHigh(key, salt), saltedLow(key, salt))
    return firstSeen > 0 && atMs < firstSeen * 1000 + uniqueTtlMs
  }

  const seenBefore = (visitor: string, offset: number, query: VisitorQuery): SeenBefore => {
    const key = parseVisitor(visitor)
    return {
      isUniqueCampaign: !isSeen(key, CAMPAIGN + offset, query.campaignId, query),
      isUniqueGlobal: !isSeen(key, GLOBAL + offset, 0, query),
      seenStreams: new StreamsAskedFor(query.streamIds, (id) => isSeen(key, STREAM + offset, id, query)),
    }
  }
  const limitCounts = (ids: readonly number[], atMs: number, timeZone: string): ReadonlyMap<number, LimitCounts> =>
    ids.length === 0 ? NO_COUNTS : new Map(ids.map((id) => [id, countsAt(limits.get(id), atMs, timeZone)]))
  const remember = (visitor: string, offset: number, unique: string, visit: Visit): void => {
    const key = parseVisitor(visitor)
    const seconds = Math.floor(visit.atMs / 1000)
    // The window starts at the first unique visit and is not refreshed, so "24 h" means at least one unique a day.
    const set = (scope: number, id: number): void => {
      const salt = saltOf(scope + offset, id)
      seen.set(saltedHigh(key, salt), saltedLow(key, salt), seconds)
    }
    if (unique.includes('g')) set(GLOBAL, 0)
    if (unique.includes('c')) set(CAMPAIGN, visit.campaignId)
    if (unique.includes('s') && visit.streamId > 0) set(STREAM, visit.streamId)
  }

  return {
    read(query): VisitorState {
      const { byIp, byCookie, limitZones = [], atMs } = query
      const { isUniqueCampaign, isUniqueGlobal, seenStreams } = seenBefore(query.visitor, 0, query)
      const state: VisitorState = {
        isUniqueCampaign,
        isUniqueGlobal,
        seenStreams,
        limits: limitCounts(query.limitStreamIds, atMs, query.timeZone ?? 'UTC'),
        binding: query.wantsBinding ? readBinding(bindings, bindingKey(query.visitor, query.campaignId), atMs) : null,
      }
      if (byIp === undefined && byCookie === undefined && limitZones.length === 0) return state
      return {
        ...state,
        ...(byIp === undefined ? {} : { byIp: seenBefore(byIp, OFFSETS.ip, query) }),
        ...(byCookie === undefined ? {} : { byCookie: seenBefore(byCookie, OFFSETS.cookie, query) }),
        ...(limitZones.length === 0
          ? {}
          : {
              limitsIn: new Map(
                limitZones.map(({ timeZone, streamIds }) => [timeZone, limitCounts(streamIds, atMs, timeZone)]),
              ),
            }),
      }
    },

    record(visit) {
      remember(visit.visitor, 0, visit.unique, visit)
      for (const { by, visitor, unique } of visit.also ?? []) remember(visitor, OFFSETS[by], unique, visit)
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
      limits: [...limits],
      bindings: [...bindings],
    }),
    get size() {
      return seen.size
    },
  }
}

const NO_COUNTS: ReadonlyMap<number, LimitCounts> = new Map()

/** Streams are looked up when asked for: the table is as it was read until the visit is recorded. */
class StreamsAskedFor implements SeenStreams {
  readonly has: (streamId: number) => boolean
  readonly #streamIds: readonly number[]
  constructor(streamIds: readonly number[], has: (streamId: number) => boolean) {
    this.#streamIds = streamIds
    this.has = has
  }
  [Symbol.iterator](): Iterator<number> {
    return this.#streamIds.filter(this.has).values()
  }
}

interface VisitorKey {
  readonly high: number
  readonly low: number
}

/** The visitor code is two halves of 32 bits in base 36. */
const HIGH_DIGITS = 7
const parseVisitor = (visitor: string): VisitorKey => ({
  high: bitsOfBase36(visitor, 0, HIGH_DIGITS),
  low: bitsOfBase36(visitor, HIGH_DIGITS, visitor.length),
})

/** What makes another key of a visitor's for each scope and id. */
const saltOf = (scope: number, id: number): number => Math.imul(id ^ (scope << 28), 0x9e3779b1)
const saltedHigh = ({ high }: VisitorKey, salt: number): number => mix(high ^ salt)
const saltedLow = ({ low }: VisitorKey, salt: number): number => (mix(low + salt) | 1) >>> 0

function mix(value: number): number {
  let h = value ^ (value >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
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
