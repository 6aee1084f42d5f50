import { type Click, PARAMETER_SLOTS } from '@trackyard/core/click/click.ts'
import type { Decision } from '@trackyard/core/click/decision.ts'
import { encodeTrace } from '@trackyard/core/click/trace.ts'
import { clickColumns } from '@trackyard/core/events/click-columns.ts'
import { microsToDecimal } from '@trackyard/core/money.ts'
import { withMarks } from '@trackyard/core/screen/marks.ts'

/** What is known of a click besides the click and the decision. Money in micros. */
export interface ClickFacts {
  readonly subId: string
  readonly parentCampaignId: number
  readonly parentSubId: string
  readonly visitorCode: string
  readonly isUniqueCampaign: boolean
  readonly isUniqueStream: boolean
  readonly isUniqueGlobal: boolean
  readonly costMicros: number
  readonly currencies: ClickCurrencies
  readonly destination: string
  /** Landing page that a site says it is, for visitors who were shown none of ours. */
  readonly statedLandingId?: number
  /** What stands in front of the trace: what lists said of it, and the way it came. */
  readonly marks: string
}

/** Currencies of the amounts of a click. The tracker knows no rates: ingest converts what is not in the row's. */
export interface ClickCurrencies {
  /** The base currency, which all amounts end up in; as the row names it, '' while it is the first one. */
  readonly base: string
  readonly row: string
  /** Of the cost; '' is the base currency. */
  readonly cost: string
}

const MAX_DESTINATION = 2000

/** What the columns of a click are read from. */
interface ClickRecord {
  readonly click: Click
  readonly decision: Decision
  readonly facts: ClickFacts
}
type ReadColumn = (record: ClickRecord) => string | number

/** Column → where its value comes from. Parameter slots and what the click earned are added by `clickLine`. */
const COLUMNS: Readonly<Record<string, ReadColumn>> = {
  sub_id: ({ facts }) => facts.subId,
  datetime: ({ click }) => click.atMs,
  campaign_id: ({ decision }) => decision.campaign.id,
  parent_campaign_id: ({ facts }) => facts.parentCampaignId,
  parent_sub_id: ({ facts }) => facts.parentSubId,
  stream_id: ({ decision }) => decision.stream?.id ?? 0,
  landing_id: ({ decision, facts }) => decision.landing?.id ?? facts.statedLandingId ?? 0,
  offer_id: ({ decision }) => decision.offer?.id ?? 0,
  affiliate_network_id: ({ decision }) => decision.offer?.affiliateNetworkId ?? 0,
  ts_id: ({ decision }) => decision.campaign.bundle.campaign.traffic_source_id ?? 0,
  visitor_code: ({ facts }) => facts.visitorCode,
  host: ({ click }) => click.host,
  ip: ({ click }) => click.ip,
  country: ({ click }) => click.geo.country,
  region: ({ click }) => click.geo.region,
  city: ({ click }) => click.geo.city,
  isp: ({ click }) => click.geo.isp,
  asn: ({ click }) => click.geo.asn,
  connection_type: ({ click }) => click.geo.connectionType,
  operator: ({ click }) => click.geo.operator,
  language: ({ click }) => click.language,
  device_type: ({ click }) => click.device.type,
  device_brand: ({ click }) => click.device.brand,
  device_model: ({ click }) => click.device.model,
  os: ({ click }) => click.device.os,
  os_version: ({ click }) => click.device.osVersion,
  browser: ({ click }) => click.device.browser,
  browser_version: ({ click }) => click.device.browserVersion,
  user_agent: ({ click }) => click.userAgent,
  referrer: ({ click }) => click.referrer,
  search_engine: ({ click }) => click.searchEngine,
  x_requested_with: ({ click }) => click.xRequestedWith,
  destination: ({ facts }) => facts.destination.slice(0, MAX_DESTINATION),
  is_unique_campaign: ({ facts }) => Number(facts.isUniqueCampaign),
  is_unique_stream: ({ facts }) => Number(facts.isUniqueStream),
  is_unique_global: ({ facts }) => Number(facts.isUniqueGlobal),
  is_bot: ({ click }) => Number(click.isBot),
  is_using_proxy: ({ click }) => Number(click.isProxy),
  is_datacenter: ({ click }) => Number(click.geo.isDatacenter),
  currency: ({ facts }) => facts.currencies.row,
  cost: ({ facts }) => facts.costMicros,
  // Right behind the amount, where ingest looks for it.
  cost_currency: ({ facts: { costMicros, currencies } }) =>
    costMicros === 0 || currencies.cost === currencies.base ? '' : currencies.cost,
  roll: ({ click }) => click.roll,
  trace: ({ decision, facts }) => withMarks(facts.marks, encodeTrace(decision.trace)),
}

/** The same, prepared: going over a list costs a third of building a row and asking for the type of each column. */
const FIELDS = Object.entries(COLUMNS).map(([name, read]) => ({
  prefix: `,"${name}":`,
  read,
  isMoney: clickColumns[name]?.type === 'money',
}))
const SLOT_PREFIXES: ReadonlyMap<string, string> = new Map(PARAMETER_SLOTS.map((slot) => [slot, `,"${slot}":`]))

/** The click as a line for the store: what `toStoreLine` makes of its row. */
export function clickLine(click: Click, decision: Decision, facts: ClickFacts): string {
  const record: ClickRecord = { click, decision, facts }
  let line = ''
  for (const { prefix, read, isMoney } of FIELDS) {
    const value = read(record)
    if (value === 0 || value === '') continue
    line += prefix + (typeof value === 'string' ? JSON.stringify(value) : isMoney ? microsToDecimal(value) : value)
  }
  for (const slot in click.slots) {
    const prefix = SLOT_PREFIXES.get(slot)
    const value = click.slots[slot]
    if (prefix && value) line += prefix + JSON.stringify(value)
  }
  const earned = earnedAtOnce(decision)
  if (earned !== 0) line += earnedColumns(earned, decision.offer?.payoutCurrency ?? '', facts.currencies.base)
  return `{${line.slice(1)}}`
}

function earnedColumns(micros: number, currency: string, base: string): string {
  const amount = microsToDecimal(micros)
  const named = currency === '' || currency === base ? '' : `,"click_revenue_currency":${JSON.stringify(currency)}`
  return `,"sale_revenue":${amount},"click_revenue":${amount}${named}`
}

/** A visitor who reaches an offer paid per click has earned its payout by that. */
const earnedAtOnce = ({ offer, reachesOffer }: Decision): number =>
  reachesOffer && offer?.payoutType === 'CPC' && !offer.payoutAuto ? offer.payoutValueMicros : 0
