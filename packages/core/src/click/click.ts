/** Names of the click's free slots, in the order of the API (reference click-processing §1.3). */
export const SUB_ID_COUNT = 30
export const EXTRA_PARAM_COUNT = 10
export const SUB_ID_SLOTS: readonly string[] = Array.from({ length: SUB_ID_COUNT }, (_, i) => `sub_id_${i + 1}`)
export const EXTRA_PARAM_SLOTS: readonly string[] = Array.from(
  { length: EXTRA_PARAM_COUNT },
  (_, i) => `extra_param_${i + 1}`,
)
export const SOURCE_SLOTS = ['keyword', 'source', 'ad_campaign_id', 'creative_id', 'external_id'] as const
/** Every slot that a query parameter may fill and a report may group by. */
export const PARAMETER_SLOTS: readonly string[] = [...SOURCE_SLOTS, ...SUB_ID_SLOTS, ...EXTRA_PARAM_SLOTS]

/** Slots that are read but have columns or meanings of their own. */
export const SPECIAL_SLOTS = [
  'cost',
  'currency',
  'referrer',
  'se_referrer',
  'se',
  'default_keyword',
  'landing_id',
] as const

/** Where an address is. Empty text means unknown. */
export interface Geo {
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string
  /** Region as `US_CA` when a code is known, else the region's name. */
  readonly region: string
  readonly city: string
  readonly isp: string
  /** Autonomous system number, 0 when unknown. */
  readonly asn: number
  readonly connectionType: string
  readonly operator: string
  /** The network belongs to a company that rents out servers. */
  readonly isDatacenter: boolean
}

/** What the user agent and client hints tell. Names as Matomo's; empty text means unknown. */
export interface Device {
  /** desktop, mobile, tablet, console, media_player, tv, smart_display, camera, car_browser, unknown. */
  readonly type: string
  readonly brand: string
  readonly model: string
  readonly os: string
  readonly osVersion: string
  readonly browser: string
  readonly browserVersion: string
}

/**
 * One request that reached a campaign, as data: time and chance are in it, so the same click decides the same way
 * for ever. Made by the tracker's readClick; nothing in core can look anything up.
 */
export interface Click {
  readonly atMs: number
  /** Uniform in [0, 2^32). Every split mixes its own number from it. */
  readonly roll: number
  readonly ip: string
  readonly host: string
  /** Raw query parameters of the request, last value wins, names as they came. */
  readonly params: Readonly<Record<string, string>>
  /** Slot → value after parameter mapping; absent means empty. Keys are PARAMETER_SLOTS. */
  readonly slots: Readonly<Record<string, string>>
  readonly userAgent: string
  readonly referrer: string
  /** ISO 639-1, lower case, '' when unknown. */
  readonly language: string
  readonly searchEngine: string
  readonly xRequestedWith: string
  readonly geo: Geo
  readonly device: Device
  readonly isBot: boolean
  readonly isProxy: boolean
}

/** How often a stream was chosen: in this hour and this day by the clocks of some time zone, and ever. */
export interface LimitCounts {
  readonly hour: number
  readonly day: number
  readonly total: number
}

export interface Binding {
  readonly streamId: number
  readonly landingId: number | null
  readonly offerId: number | null
}

/** For what a visit is the first within the uniqueness time. Absent stream ids mean "unique". */
export interface SeenBefore {
  readonly isUniqueCampaign: boolean
  readonly isUniqueGlobal: boolean
  /** Ids of streams this visitor was sent to within the uniqueness time. */
  readonly seenStreams: SeenStreams
}

/** A campaign asks for few of its streams: those whose filters want to know, and the one it chooses. */
export interface SeenStreams extends Iterable<number> {
  has(streamId: number): boolean
}

/**
 * What is remembered of the visitor and the streams when the click arrives. Uniqueness is always fetched, because
 * reports count it; all else only when the compiled campaign's `needs` name it. Absent stream ids mean "never chosen".
 */
export interface VisitorState extends SeenBefore {
  /** By the address alone; absent means a first visit. */
  readonly byIp?: SeenBefore
  /** By the browser's cookie alone; absent means a first visit, as of a browser without one. */
  readonly byCookie?: SeenBefore
  /** By stream id, days and hours by the time zone of the installation. */
  readonly limits: ReadonlyMap<number, LimitCounts>
  /** The same by the clocks of time zones that limits name. */
  readonly limitsIn?: ReadonlyMap<string, ReadonlyMap<number, LimitCounts>>
  readonly binding: Binding | null
}

export const NO_LIMITS: LimitCounts = { hour: 0, day: 0, total: 0 }
export const FIRST_VISIT: SeenBefore = { isUniqueCampaign: true, isUniqueGlobal: true, seenStreams: new Set() }
export const NEW_VISITOR: VisitorState = {
  ...FIRST_VISIT,
  limits: new Map(),
  binding: null,
}
export const UNKNOWN_GEO: Geo = {
  country: '',
  region: '',
  city: '',
  isp: '',
  asn: 0,
  connectionType: '',
  operator: '',
  isDatacenter: false,
}
export const UNKNOWN_DEVICE: Device = {
  type: 'unknown',
  brand: '',
  model: '',
  os: '',
  osVersion: '',
  browser: '',
  browserVersion: '',
}
