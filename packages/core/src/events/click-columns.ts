import { EXTRA_PARAM_SLOTS, SUB_ID_SLOTS } from '../click/click.ts'

/**
 * The columns of a click as stored: one declaration from which the table's DDL, the spool row, the state read back and
 * the report dimensions derive. `type` says how the value looks in code; the store adapter maps it to its own type.
 *
 * - `id`: whole number, 0 = none · `count`: small whole number · `flag`: 0 or 1
 * - `name`: text with few different values · `text`: any text
 * - `money`: integer micros of the base currency in code, Decimal(18,6) in the store
 * - `time`: UTC epoch milliseconds, 0 = never · `big`: unsigned 64-bit number that fits a JS integer
 * - `rate`: what one unit of a currency was worth
 */
export type ColumnType = 'id' | 'count' | 'flag' | 'name' | 'text' | 'money' | 'time' | 'big' | 'rate'

/** `summed` columns are added up over clicks; all others are properties a report may group or filter by. */
export interface ColumnDef {
  readonly type: ColumnType
  readonly summed?: true
  readonly help: string
}

const texts = (names: readonly string[], type: 'name' | 'text', help: string): Record<string, ColumnDef> =>
  Object.fromEntries(names.map((name) => [name, { type, help }]))

/**
 * What an amount was before it was converted into the currency of its row. Stored are all three empty when it came in
 * that currency, which reports and logs fill in (report/original-money.ts); the rate alone is when none was known, and
 * the number was taken as it was.
 */
const originals = (column: string): Record<string, ColumnDef> => ({
  [`${column}_original`]: { type: 'money', help: `The amount of ${column} as it came, in the currency it came in.` },
  [`${column}_currency`]: { type: 'name', help: `Currency that ${column} came in.` },
  [`${column}_rate`]: {
    type: 'rate',
    help: `What one unit of that currency was worth when ${column} came: 1 for the base currency of then, 0 where nobody knew.`,
  },
})

/** Money buckets and counters a click collects from its conversions (reference conversions-and-reports §3.4). */
export const CONVERSION_COUNTERS = [
  'leads',
  'sales',
  'rejected',
  'rebills',
  'registrations',
  'deposits',
  'trash',
  'custom_conversions',
  'custom_conversion_7',
  'custom_conversion_8',
  'custom_conversion_9',
  'custom_conversion_10',
] as const
export const REVENUE_BUCKETS = [
  'lead_revenue',
  'sale_revenue',
  'rejected_revenue',
  'registration_revenue',
  'deposit_revenue',
  'trash_revenue',
  'custom_conversion_7_revenue',
  'custom_conversion_8_revenue',
  'custom_conversion_9_revenue',
  'custom_conversion_10_revenue',
] as const
const CUSTOM_NUMBERS = [7, 8, 9, 10] as const
/** Their money is part of that on hold, confirmed or set aside. */
export const ownStatusHelp = (number: number, isMoney: boolean): string =>
  `${isMoney ? 'Money of conversions' : 'Conversions'} now in the status of your own with number ${number}.`

export const clickColumns: Readonly<Record<string, ColumnDef>> = {
  sub_id: { type: 'text', help: 'Public id of the click; its first 8 characters are the base-36 millisecond.' },
  datetime: { type: 'time', help: 'When the click came.' },
  campaign_id: { type: 'id', help: 'Campaign.' },
  parent_campaign_id: { type: 'id', help: 'Campaign that sent the visitor here, 0 when none.' },
  parent_sub_id: { type: 'text', help: 'Click in the parent campaign.' },
  stream_id: { type: 'id', help: 'Stream that was chosen, 0 when none matched.' },
  landing_id: { type: 'id', help: 'Landing page shown, 0 when none.' },
  offer_id: { type: 'id', help: 'Offer reached or chosen, 0 when none yet.' },
  affiliate_network_id: { type: 'id', help: 'Affiliate network of the offer.' },
  ts_id: { type: 'id', help: 'Traffic source of the campaign when the click came.' },
  visitor_code: { type: 'text', help: 'Stable code of the visitor.' },
  host: { type: 'name', help: 'Host name the visitor used.' },
  ip: { type: 'text', help: 'Address of the visitor.' },
  country: { type: 'name', help: 'ISO 3166-1 alpha-2 code, empty when unknown.' },
  region: { type: 'name', help: 'Region code or name.' },
  city: { type: 'name', help: 'City.' },
  isp: { type: 'name', help: 'Provider (name of the autonomous system).' },
  asn: { type: 'id', help: 'Autonomous system number.' },
  connection_type: { type: 'name', help: 'Connection type, where data tells it.' },
  operator: { type: 'name', help: 'Mobile operator, where data tells it.' },
  language: { type: 'name', help: 'Browser language, ISO 639-1.' },
  device_type: { type: 'name', help: 'desktop, mobile, tablet and so on.' },
  device_brand: { type: 'name', help: 'Brand of the device.' },
  device_model: { type: 'name', help: 'Model of the device.' },
  os: { type: 'name', help: 'Operating system.' },
  os_version: { type: 'name', help: 'Version of the operating system.' },
  browser: { type: 'name', help: 'Browser.' },
  browser_version: { type: 'name', help: 'Version of the browser.' },
  user_agent: { type: 'text', help: 'User agent as sent.' },
  referrer: { type: 'text', help: 'Referrer as sent or given by parameter.' },
  search_engine: { type: 'name', help: 'Search engine of the referrer.' },
  x_requested_with: { type: 'name', help: 'App package of a WebView.' },
  keyword: { type: 'text', help: 'Keyword.' },
  source: { type: 'name', help: 'Site or publisher id.' },
  ad_campaign_id: { type: 'name', help: 'Campaign id of the traffic source.' },
  creative_id: { type: 'name', help: 'Creative id of the traffic source.' },
  external_id: { type: 'text', help: 'Click id of the traffic source.' },
  ...texts(SUB_ID_SLOTS, 'name', 'Free parameter.'),
  ...texts(EXTRA_PARAM_SLOTS, 'text', 'Extra free parameter.'),
  destination: { type: 'text', help: 'Where the visitor was sent, or the name of the action.' },
  is_unique_campaign: { type: 'flag', help: 'First visit to the campaign within its uniqueness time.' },
  is_unique_stream: { type: 'flag', help: 'First visit to the stream within the uniqueness time.' },
  is_unique_global: { type: 'flag', help: 'First visit to any campaign within the uniqueness time.' },
  is_bot: { type: 'flag', help: 'Looks like a bot.' },
  is_using_proxy: { type: 'flag', help: 'Came through a proxy.' },
  is_datacenter: { type: 'flag', help: 'The address belongs to a company that rents out servers.' },
  landing_clicked: { type: 'flag', help: 'The visitor went from the landing page to the offer.' },
  landing_clicked_datetime: { type: 'time', help: 'When the visitor went on to the offer.' },
  is_lead: { type: 'flag', help: 'The main conversion is a lead now.' },
  is_sale: { type: 'flag', help: 'The main conversion is a sale now.' },
  is_rejected: { type: 'flag', help: 'The main conversion is rejected now.' },
  cost: { type: 'money', summed: true, help: 'What the click cost.' },
  leads: { type: 'count', summed: true, help: 'Conversions now in status lead.' },
  sales: { type: 'count', summed: true, help: 'Conversions now in status sale.' },
  rejected: { type: 'count', summed: true, help: 'Conversions now rejected.' },
  rebills: { type: 'count', summed: true, help: 'Additional conversions.' },
  registrations: { type: 'count', summed: true, help: 'Conversions now in status registration.' },
  deposits: { type: 'count', summed: true, help: 'Conversions now in status deposit.' },
  trash: { type: 'count', summed: true, help: 'Conversions now in status trash.' },
  lead_revenue: { type: 'money', summed: true, help: 'Money on hold.' },
  sale_revenue: { type: 'money', summed: true, help: 'Confirmed money, rebills included.' },
  rejected_revenue: { type: 'money', summed: true, help: 'Money of rejected conversions.' },
  registration_revenue: { type: 'money', summed: true, help: 'Money of registrations.' },
  deposit_revenue: { type: 'money', summed: true, help: 'Money of deposits.' },
  trash_revenue: { type: 'money', summed: true, help: 'Money of trash conversions.' },
  custom_conversions: { type: 'count', summed: true, help: 'Conversions now in a status of your own that counts.' },
  ...Object.fromEntries(
    CUSTOM_NUMBERS.flatMap((number): [string, ColumnDef][] => [
      [`custom_conversion_${number}`, { type: 'count', summed: true, help: ownStatusHelp(number, false) }],
      [`custom_conversion_${number}_revenue`, { type: 'money', summed: true, help: ownStatusHelp(number, true) }],
    ]),
  ),
  click_revenue: {
    type: 'money',
    summed: true,
    help: 'The part of sale_revenue earned by the click itself, at an offer paid per click.',
  },
  currency: {
    type: 'name',
    // Empty: the first one of the installation.
    help: 'The base currency when the click came, which its amounts are kept in.',
  },
  ...originals('cost'),
  ...originals('click_revenue'),
  roll: { type: 'big', help: 'The random number every split of this click was drawn from.' },
  trace: { type: 'text', help: 'Streams tried and why each was refused or taken, in compact form.' },
}

export type ClickColumn = string
/** A click as stored. Absent columns are empty: 0 or ''. Money is micros, times are epoch milliseconds. */
export type ClickRow = Readonly<Record<string, string | number>>

/**
 * One conversion of a click. Conversion rows also carry every click column that is not summed, prefixed by nothing,
 * copied when the row is written, so the conversion log needs no join.
 */
export const conversionColumns: Readonly<Record<string, ColumnDef>> = {
  conversion_id: { type: 'text', help: 'Id of the conversion: the sub id, a dash and its ordinal on the click.' },
  tid: { type: 'text', help: 'Transaction id, told apart conversions of one click.' },
  status: { type: 'name', help: 'Status now.' },
  custom_group: { type: 'name', help: 'Where the money of a status of your own goes; empty for the built-in ones.' },
  custom_counts: { type: 'flag', help: 'The status is one of your own and counts as a conversion.' },
  custom_slot: { type: 'count', help: 'Number of the report columns of a status of your own, 0 when it has none.' },
  previous_status: { type: 'name', help: 'Status before the last change.' },
  original_status: { type: 'name', help: 'Status word as the network sent it.' },
  revenue: { type: 'money', summed: true, help: 'Money of the conversion, whatever its status.' },
  ...originals('revenue'),
  conversion_cost: {
    type: 'money',
    summed: true,
    help: 'What was charged for it, and for the first of a click also what the click cost otherwise.',
  },
  charged: {
    type: 'money',
    summed: true,
    help: 'What the cost model of the campaign charged for it; part of the cost of the click.',
  },
  settled: {
    type: 'money',
    summed: true,
    help: 'What had been charged for it when the cost of the click was set by hand, which replaced it.',
  },
  postback_datetime: { type: 'time', help: 'When the first postback for this conversion came.' },
  sale_datetime: { type: 'time', help: 'When it first became a sale, 0 when it never did.' },
  params: { type: 'text', help: 'Every parameter received, as JSON.' },
  facts: { type: 'text', help: 'Every postback and edit it was worked out from, as JSON.' },
}
export type ConversionRow = Readonly<Record<string, string | number>>

/** What became of each incoming postback; nothing accepted is ever lost (reference conversions-and-reports §2.4). */
export const postbackLogColumns: Readonly<Record<string, ColumnDef>> = {
  datetime: { type: 'time', help: 'When the postback came.' },
  sub_id: { type: 'text', help: 'Click id as sent.' },
  outcome: {
    type: 'name',
    help: 'created, updated, unchanged, refused, ignored, click_not_found, rejected: it was answered with an error.',
  },
  reason: { type: 'text', help: 'In words, why.' },
  status: { type: 'name', help: 'Status after translation.' },
  tid: { type: 'text', help: 'Transaction id.' },
  campaign_id: { type: 'id', help: 'Campaign of the click, 0 when not found.' },
  params: { type: 'text', help: 'Every parameter received, as JSON.' },
  ip: { type: 'text', help: 'Address of the sender.' },
}
/** Every attempt to send a postback of ours, and what came of it. */
export const sentPostbackColumns: Readonly<Record<string, ColumnDef>> = {
  datetime: { type: 'time', help: 'When the attempt ended.' },
  message_id: { type: 'text', help: 'Id of the message: the same for every attempt and replay, sent as webhook-id.' },
  attempt: { type: 'count', help: 'How often it was tried, this one included; 0 when it was not sent at all.' },
  outcome: { type: 'name', help: 'delivered, retrying, failed, gone, refused or skipped.' },
  reason: { type: 'text', help: 'In words, why.' },
  postback: {
    type: 'name',
    help: 'Key of the postback: s and the id of a stored one, t and the id of a traffic source, c, the id of a campaign, a dash and the id of its row.',
  },
  campaign_id: { type: 'id', help: 'Campaign of the click.' },
  sub_id: { type: 'text', help: 'Click.' },
  conversion_id: { type: 'text', help: 'Conversion.' },
  status: { type: 'name', help: 'Status of the conversion that is told.' },
  original_status: { type: 'name', help: 'Status word as the network sent it.' },
  tid: { type: 'text', help: 'Transaction id.' },
  revenue: { type: 'money', help: 'Money of the conversion at that time.' },
  method: { type: 'name', help: 'GET or POST, empty when nothing was sent.' },
  url: { type: 'text', help: 'Where it went, with secrets masked.' },
  headers: { type: 'text', help: 'Headers that were sent, as JSON, with secrets masked.' },
  body: { type: 'text', help: 'Body that was sent.' },
  http_status: { type: 'count', help: 'Status of the answer, 0 when none came.' },
  answer: { type: 'text', help: 'Beginning of the answer.' },
  duration_ms: { type: 'id', help: 'Milliseconds until the answer, redirects included.' },
  next_try_datetime: { type: 'time', help: 'When it is tried again, 0 when it is not.' },
}

export type PostbackLogRow = Readonly<Record<string, string | number>>
