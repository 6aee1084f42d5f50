import type { Sweep } from '../costs/sweep.ts'
import type { Exchange } from '../currency/exchange.ts'
import type { ConversionDate } from './conversion-dates.ts'
import type { LabelName } from './labels.ts'

/** Kinds of things that reports show by name. */
export type NameKind =
  | 'campaigns'
  | 'streams'
  | 'landings'
  | 'offers'
  | 'affiliate_networks'
  | 'traffic_sources'
  | 'groups'
export type GroupedKind = 'campaigns' | 'landings' | 'offers'

/** Current names by id. An id without a name is shown as `#12`. */
export type ReportNames = Readonly<Partial<Record<NameKind, ReadonlyMap<number, string>>>>

/** What a report needs besides its request. All of it is data, so a plan is the same for the same input. */
export interface ReportContext {
  readonly names: ReportNames
  /** Entity id → group id. */
  readonly groups?: Readonly<Partial<Record<GroupedKind, ReadonlyMap<number, number>>>>
  /** What the user's own statuses are called, by the numbers of their metrics. */
  readonly ownStatuses?: ReadonlyMap<number, string>
  /** Marked values, for HAS_LABEL and the dimension `label`. */
  readonly labels?: readonly ReportLabel[]
  /** What the reader may see: null or absent is everything, an empty list nothing. */
  readonly campaignIds?: readonly number[] | null
  /** Which date a conversion belongs to when the request does not say: that of its click unless given. */
  readonly conversionDate?: ConversionDate
  /** Changes of many clicks that are taken down but not carried out yet, oldest first. */
  readonly sweeps?: readonly Sweep[]
  /** Currencies that amounts are in and what they are worth; without it all are in one. */
  readonly money?: Exchange
  readonly nowMs: number
  /** IANA name, used when the request names none. */
  readonly defaultTimeZone: string
  /** 1 = Monday … 7 = Sunday. */
  readonly firstWeekday: number
  /** No answer has more rows: `MAX_ROWS` unless given. */
  readonly maxRows?: number
}

/** A value of a column that was marked inside one campaign (reference conversions-and-reports §7.9). */
export interface ReportLabel {
  readonly campaignId: number
  /** Dimension, e.g. `source`. */
  readonly refName: string
  readonly value: string
  readonly label: LabelName
}
