import type { z } from 'zod'
import type { Click, VisitorState } from '../click/click.ts'
import type { Result } from '../result.ts'

/** Whether a click has the feature. Made once when the configuration changes; per click it only looks things up. */
export type Predicate = (click: Click, visitor: VisitorState, streamId: number) => boolean

/**
 * What a filter asks of the visitor state beyond the click itself: counts by the clocks of the installation or of
 * `limit:<time zone>`, uniqueness by the address or by the browser's cookie.
 */
export type FilterNeed = 'limit' | `limit:${string}` | `unique_${SeenBy}`
/** Ways to know a visitor besides the one the campaign has chosen. */
export const SEEN_BY = ['ip', 'cookie'] as const
export type SeenBy = (typeof SEEN_BY)[number]

/** Where the filter stands in the list a user picks from. */
export type FilterGroup = 'geo' | 'device' | 'traffic' | 'parameters' | 'visits' | 'time'

/** A stored filter set, ready to ask. */
export interface CompiledSet {
  readonly passes: Predicate
  readonly needs: readonly FilterNeed[]
}
/** Stored filter sets by id. */
export type FilterSets = ReadonlyMap<number, CompiledSet>
export const NO_FILTER_SETS: FilterSets = new Map()

export interface FilterDef<Params = unknown> {
  readonly label: string
  /** One or two sentences: what it compares with what, and what unknown data means. */
  readonly help: string
  readonly group: FilterGroup
  /** Reads the payload of the API, liberally; refuses what would silently match nobody or everybody. */
  readonly params: z.ZodType<Params>
  readonly needs?: readonly FilterNeed[]
  /** A payload that the filter accepts, for forms and docs. */
  readonly example: unknown
  /** The column of the click that holds what was compared; none when the click does not keep it. */
  readonly column?: string
  /** What it asks for in words, where the payload does not say it: `a bot`. */
  asksFor?(params: Params): string
  /** As `column`, where it depends on the payload. */
  columnOf?(params: Params): string
  /**
   * What is doubtful about a payload, as the rest of a sentence about the filter: values that match nobody as far as we
   * know, and the cure. `nowMs`: UTC epoch milliseconds; `payload` is what `params` were read from.
   */
  doubts?(params: Params, nowMs: number, payload: unknown): readonly string[]
  /** Further names of fields that the payload may have, besides those that its schema tells. */
  readonly alsoReads?: readonly string[]
  /**
   * The predicate of mode `accept`; `reject` is its opposite. So a predicate must be false for unknown data
   * (reference click-processing §6.1).
   */
  compile(params: Params, sets: FilterSets): Predicate
  /** As `needs`, where the payload tells; for filters that stand for stored ones also the rest of a sentence that says which is missing. */
  resolve?(params: Params, sets: FilterSets): Result<readonly FilterNeed[]>
}

/** Declares a filter: one file and one line in the list. */
export const defineFilter = <Params>(def: FilterDef<Params>): FilterDef<Params> => def
