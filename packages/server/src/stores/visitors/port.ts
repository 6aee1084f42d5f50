import type { VisitorState } from '@trackyard/core/click/click.ts'
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
  readonly limitStreamIds: readonly number[]
  readonly wantsBinding: boolean
}

/**
 * Memory of visitors: uniqueness, limits, binding. `read` and `record` of one click run without anything in between,
 * so limits are exact; an adapter over a network keeps that promise with its own atomic operations.
 */
export interface VisitorStore {
  read(query: VisitorQuery): VisitorState
  /** Remembers a visit. Recording the same visit twice is harmless for uniqueness and binding. */
  record(visit: Visit): void
}
