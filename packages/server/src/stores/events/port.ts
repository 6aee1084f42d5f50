import type { ClickSelection } from '@trackyard/core/events/admin-event.ts'
import type { ClickRow, ConversionRow } from '@trackyard/core/events/click-columns.ts'

export type EventTable = 'clicks' | 'conversions' | 'postback_log'

/** A click by its place among those chosen. */
export interface ClickAt {
  readonly place: number
  readonly subId: string
}

/** What a click is now. `row` holds the columns that are not empty: money in micros, times in epoch milliseconds. */
export interface ClickState {
  readonly row: ClickRow
  /** Spool position of the last event applied to it. */
  readonly version: number
}

export interface ConversionState {
  readonly row: ConversionRow
  readonly version: number
}

/** Chosen clicks in the order of their sub ids, which is the order in which they came. */
export interface SelectedClicks {
  readonly selection: ClickSelection
  /** Only clicks whose state is older than this: what a rewrite with this version has changed is chosen no more. */
  readonly below: number
  /** Only clicks with `after < sub id ≤ upTo` ('' and null: no bound). */
  readonly after?: string
  readonly upTo?: string | null
}

export interface CountLimits {
  readonly atMost: number
  readonly timeoutMs: number
}

/** What becomes of a part of the chosen clicks. */
export interface ClickRewrite extends SelectedClicks {
  readonly after: string
  readonly upTo: string | null
  readonly change: /** Each costs so much; one micro more up to and including this sub id. */
    | { readonly kind: 'cost'; readonly micros: number; readonly oneMoreUpTo: string }
    /** Removed for good, their conversions with them. The selection then names campaigns and times only. */
    | { readonly kind: 'remove' }
}

/** The store was reached and will not take these rows, now or later: a value does not fit its column. Nothing was stored. */
export class RefusedRows extends Error {}

/** The store has not the memory for so much at once, now or ever: less may succeed. Nothing was stored. */
export class TooMuchAtOnce extends Error {}

/**
 * Where events end up: written by ingest alone, in spool order. Methods reject when the store cannot be reached or
 * refuses; nothing is retried inside, because after a failed insert only the fence tells what happened to it.
 */
export interface EventStore {
  /** Makes the tables, adds columns that are new. Safe to repeat. */
  migrate(): Promise<void>
  /**
   * Adds rows given as JSON objects, one a line (see `toLine`). Times are whole epoch milliseconds, money is a decimal
   * number, absent columns are empty; `sign` is 1 unless given, `version` must be given. The marker is in the text of
   * the running statement, for `waitForMarker`; letters, digits, `_`, `.`, `:` and `-` only. At most 500 000 lines
   * and 100 MB in one call: within that the rows of one month appear together or not at all. Rejects with RefusedRows
   * when a row cannot be stored at all.
   */
  insertLines(table: EventTable, lines: readonly string[] | string, marker: string): Promise<void>
  /**
   * The fence: resolves when no insert with that marker is running any more, so that what it wrote can be read and
   * nothing more of it can follow. Rejects after `timeoutMs` (60 s unless given).
   */
  waitForMarker(marker: string, timeoutMs?: number): Promise<void>
  /** Current state of these clicks by sub id; unknown ones are left out. */
  loadStates(subIds: readonly string[]): Promise<Map<string, ClickState>>
  /** With limits it stops counting at `atMost`, and rejects when it would take longer than `timeoutMs`. */
  countClicks(clicks: SelectedClicks, limits?: CountLimits): Promise<number>
  /** Sub ids of the chosen clicks at every n-th place, counted from 1, and at `also` (0: none), in order. */
  clicksAt(clicks: SelectedClicks, every: number, also: number): Promise<readonly ClickAt[]>
  /**
   * Brings chosen clicks to the version `below`, inside the store. The old state is cancelled and the new one added in
   * one insert, so that of each month all or nothing is there after a crash, and running it again does the rest. At
   * most some 50 000 clicks at once, as they are held in memory meanwhile; rejects with TooMuchAtOnce when there is
   * not enough of it. The marker is that of `insertLines`.
   */
  rewriteClicks(rewrite: ClickRewrite, marker: string): Promise<void>
  /** Conversions of these clicks by sub id, oldest first; clicks without any are left out. */
  loadConversions(subIds: readonly string[]): Promise<Map<string, ConversionState[]>>
  /**
   * How many conversions each of these offers has that came at or after its moment (UTC epoch milliseconds) and are now in
   * a status that counts for caps. Offers without any are left out.
   */
  countForCaps(sinceMsByOffer: ReadonlyMap<number, number>): Promise<Map<number, number>>
  /** True when the store answers. */
  ping(): Promise<boolean>
  close(): Promise<void>
}

/** A finished statement: text with `{name:Type}` places and their values. Made by core's report planner. */
export interface EventQuery {
  readonly sql: string
  readonly params: Readonly<Record<string, unknown>>
}

export interface QueryAnswer {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** The WITH TOTALS row, when the statement asks for it. */
  readonly totals: Readonly<Record<string, unknown>> | null
  /** How many rows there would be without LIMIT. */
  readonly rowsBeforeLimit: number
}

export interface QueryLimits {
  readonly timeoutMs: number
  readonly maxMemoryBytes: number
}

/** Reading for reports and logs. */
export interface EventQueries {
  /** Rejects when the limits are passed; the statement is then really stopped. */
  query(query: EventQuery, limits?: Partial<QueryLimits>): Promise<QueryAnswer>
}
