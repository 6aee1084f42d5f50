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
  /** Marked values, for HAS_LABEL. */
  readonly labels?: readonly ReportLabel[]
  /** What the reader may see: null or absent is everything, an empty list nothing. */
  readonly campaignIds?: readonly number[] | null
  readonly nowMs: number
  /** IANA name, used when the request names none. */
  readonly defaultTimeZone: string
  /** 1 = Monday … 7 = Sunday. */
  readonly firstWeekday: number
}

/** A value of a column that was marked inside one campaign (reference conversions-and-reports §7.9). */
export interface ReportLabel {
  readonly campaignId: number
  /** Dimension, e.g. `source`. */
  readonly refName: string
  readonly value: string
  readonly label: 'whitelist' | 'blacklist'
}
