import type { ClickPlace, Sweep } from '@trackyard/core/costs/sweep.ts'
import type { ClickSelection } from '@trackyard/core/events/admin-event.ts'
import type { ClickRow, ConversionRow } from '@trackyard/core/events/click-columns.ts'

export type EventTable = 'clicks' | 'conversions' | 'postback_log' | 'sent_postbacks'
/** Tables whose rows are lines of a log and nothing else. */
export type LogTable = 'postback_log' | 'sent_postbacks'

/** What a table holds of one month (UTC), or of one day where it is dropped by days. A conversion lies with its click. */
export interface StoredMonth {
  /** `2026-02`; of the log of sent postbacks `2026-02-03`. */
  readonly month: string
  /** Rows on the disk: states that are cancelled but not merged yet count, too. */
  readonly rows: number
  readonly bytes: number
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

/** Clicks chosen by what they are once some sweeps are carried out, which may not be so yet. */
export interface SelectedClicks {
  /** Each answer of the store is a list with one entry for each of these. */
  readonly selections: readonly ClickSelection[]
  /** Only clicks whose state is older than this. */
  readonly below: number
  /** Oldest first; none when absent. */
  readonly sweeps?: readonly Sweep[]
}

/** Clicks that some of the sweeps, at least one and oldest first, still has to change. */
export interface SweepPart {
  readonly sweeps: readonly Sweep[]
  /** Null: of every campaign. */
  readonly campaignIds: readonly number[] | null
  /** Those that came at `fromMs ≤ t < toMs`. */
  readonly fromMs: number
  readonly toMs: number
}

/** How many clicks there are, and moments before and after which none came; both 0 when there are none. */
export interface ClickCount {
  readonly clicks: number
  readonly firstMs: number
  readonly lastMs: number
}

/** Clicks of a stretch of time that begins then. */
export interface StretchCount {
  readonly fromMs: number
  readonly clicks: number
}
export interface CampaignStretchCount extends StretchCount {
  readonly campaignId: number
}

/** `own`: the sub id and what is not copied from the click, which is much less to read. `all` unless asked for. */
export type ConversionColumns = 'all' | 'own'

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
  /** Rejects when it would take longer than `timeoutMs`. */
  countEach(clicks: SelectedClicks, limits?: { readonly timeoutMs: number }): Promise<readonly ClickCount[]>
  /** How many came in each stretch of so many milliseconds since 1970, in order; stretches without any are left out. */
  countEachByTime(clicks: SelectedClicks, stretchMs: number): Promise<readonly (readonly StretchCount[])[]>
  /** The clicks themselves in the order in which they came. For few clicks. */
  listEach(clicks: SelectedClicks): Promise<readonly (readonly ClickPlace[])[]>
  /** How many sweeps still have to change, by stretches, one campaign after the other. */
  countSwept(part: SweepPart, stretchMs: number): Promise<readonly CampaignStretchCount[]>
  /**
   * Carries out sweeps on a part of the clicks, inside the store, and brings what they change to the version of the last
   * of them. The old state is cancelled and the new one added in one insert, so that of each month all or nothing is
   * there after a crash, and running it again does the rest. At most some 50 000 clicks at once, as they are held in
   * memory meanwhile; rejects with TooMuchAtOnce when there is not enough of it. The marker is that of `insertLines`.
   */
  sweepClicks(part: SweepPart, marker: string): Promise<void>
  /** Conversions of these clicks by sub id, oldest first; clicks without any are left out. */
  loadConversions(subIds: readonly string[], columns?: ConversionColumns): Promise<Map<string, ConversionState[]>>
  /**
   * How many conversions each of these offers has that came at or after its moment (UTC epoch milliseconds) and are now in
   * a status that counts for caps. Offers without any are left out.
   */
  countForCaps(sinceMsByOffer: ReadonlyMap<number, number>): Promise<Map<number, number>>
  /** Months (of the log of sent postbacks: days) that hold rows, oldest first. */
  months(table: EventTable): Promise<readonly StoredMonth[]>
  /** Removes one of them at once, whatever it holds. Safe to repeat. Nothing may be writing to it. */
  dropMonth(table: EventTable, month: string): Promise<void>
  /** Removes every line of a log. */
  emptyLog(table: LogTable): Promise<void>
  /**
   * Empties what is personal in the lines about these clicks: of incoming postbacks in those before the spool position
   * that stands with the click, and they stay so when they come again in a replay; of sent ones in all there are. Safe to
   * repeat. The marker is that of `insertLines`.
   */
  eraseLogLines(before: ReadonlyMap<string, number>, marker: string): Promise<void>
  /** Takes rows that others cancelled or replaced off the disk; null: of every month. May take minutes. */
  compact(table: EventTable, month: string | null): Promise<void>
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
  /**
   * The rows in blocks, as fast as they are taken, for answers larger than memory. Throws as `query` rejects, and also
   * in between; leaving the loop stops the statement.
   */
  stream(query: EventQuery, limits?: Partial<QueryLimits>): AsyncIterable<QueryAnswer['rows']>
}
