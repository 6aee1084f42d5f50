import type { VisitorState } from '@trackyard/core/click/click.ts'
import type { LimitZone } from '@trackyard/core/click/compile.ts'
import type { Visit } from '@trackyard/core/events/spool-event.ts'

/** What a campaign needs to know of a visitor before it can decide. */
export interface VisitorQuery {
  /** 64-bit identity as 13 base-36 characters, made by tracker/identity.ts. */
  readonly visitor: string
  readonly campaignId: number
  readonly atMs: number
  /** How long a visitor stays known. */
  readonly uniqueTtlMs: number
  /** Streams whose uniqueness the campaign may ask for or record. */
  readonly streamIds: readonly number[]
  /** The visitor as known by the address alone, and by the browser's cookie alone, when that is asked for. */
  readonly byIp?: string | undefined
  readonly byCookie?: string | undefined
  readonly limitStreamIds: readonly number[]
  /** Time zone of the days and hours of their limits; UTC when left out. */
  readonly timeZone?: string
  /** Streams whose limits name a time zone. */
  readonly limitZones?: readonly LimitZone[]
  readonly wantsBinding: boolean
}

/**
 * Memory of visitors: uniqueness, limits, binding. `read` and `record` of one click run without anything in between,
 * so limits are exact; an adapter over a network keeps that promise with its own atomic operations.
 */
export interface VisitorStore {
  /** The state as it is now: what of it is looked up later must be asked for before the next `record`. */
  read(query: VisitorQuery): VisitorState
  /** Remembers a visit. Recording the same visit twice is harmless for uniqueness and binding. */
  record(visit: Visit): void
}
