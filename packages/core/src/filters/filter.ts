import type { z } from 'zod'
import type { Click, VisitorState } from '../click/click.ts'

/** Whether a click has the feature. Made once when the configuration changes; per click it only looks things up. */
export type Predicate = (click: Click, visitor: VisitorState, streamId: number) => boolean

/** What a filter asks of the visitor state beyond the click itself. */
export type FilterNeed = 'uniqueness' | 'limit'

/** Where the filter stands in the list a user picks from. */
export type FilterGroup = 'geo' | 'device' | 'traffic' | 'parameters' | 'visits' | 'time'

export interface FilterDef<Params = unknown> {
  readonly label: string
  /** One or two sentences: what it compares with what, and what unknown data means. */
  readonly help: string
  readonly group: FilterGroup
  /** Reads the payload of the API, liberally; refuses what would silently match nobody or everybody. */
  readonly params: z.ZodType<Params>
  readonly needs?: readonly FilterNeed[]
  /**
   * The predicate of mode `accept`; `reject` is its opposite. So a predicate must be false for unknown data
   * (reference click-processing §6.1).
   */
  compile(params: Params): Predicate
}

/** Declares a filter: one file and one line in the list. */
export const defineFilter = <Params>(def: FilterDef<Params>): FilterDef<Params> => def
