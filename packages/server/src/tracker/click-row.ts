import { type Click, type Device, type Geo, PARAMETER_SLOTS } from '@trackyard/core/click/click.ts'
import type { Decision } from '@trackyard/core/click/decision.ts'
import { encodeTrace } from '@trackyard/core/click/trace.ts'
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

/**
 * The click as a line for the store: what `toStoreLine` makes of its row. One object with all columns that most clicks have
 * is written at once, which costs less than half of writing one after another; columns that are empty are undefined in it.
 */
export function clickLine(click: Click, decision: Decision, facts: ClickFacts): string {
  const { campaign, stream, landing, offer } = decision
  const columns = JSON.stringify({
    sub_id: facts.subId,
    datetime: click.atMs,
    campaign_id: campaign.id,
    parent_campaign_id: facts.parentCampaignId || undefined,
    parent_sub_id: facts.parentSubId || undefined,
    stream_id: stream?.id || undefined,
    landing_id: landing?.id || facts.statedLandingId || undefined,
    offer_id: offer?.id || undefined,
    affiliate_network_id: offer?.affiliateNetworkId || undefined,
    ts_id: campaign.bundle.campaign.traffic_source_id || undefined,
    visitor_code: facts.visitorCode || undefined,
    host: click.host || undefined,
    ip: click.ip || undefined,
    language: click.language || undefined,
    user_agent: click.userAgent || undefined,
    referrer: click.referrer || undefined,
    search_engine: click.searchEngine || undefined,
    x_requested_with: click.xRequestedWith || undefined,
    destination: facts.destination.slice(0, MAX_DESTINATION) || undefined,
    is_unique_campaign: facts.isUniqueCampaign ? 1 : undefined,
    is_unique_stream: facts.isUniqueStream ? 1 : undefined,
    is_unique_global: facts.isUniqueGlobal ? 1 : undefined,
    is_bot: click.isBot ? 1 : undefined,
    is_using_proxy: click.isProxy ? 1 : undefined,
    currency: facts.currencies.row || undefined,
    roll: click.roll || undefined,
    trace: withMarks(facts.marks, encodeTrace(decision.trace)) || undefined,
  } satisfies Columns)
  const place = kept(places, click.geo, placeColumns)
  const device = kept(devices, click.device, deviceColumns)
  return `${columns.slice(0, -1)}${place}${device}${costColumns(facts)}${slotColumns(click.slots)}${earnedColumns(decision, facts)}}`
}

/** Columns of the store, each with what a line holds of it; undefined leaves it out. */
type Columns = Readonly<Record<string, string | number | undefined>>

/** Columns as they go on in a line: `,"name":value` for each. */
const more = (columns: Columns): string => {
  const text = JSON.stringify(columns)
  return text === '{}' ? '' : `,${text.slice(1, -1)}`
}

/** Places and devices are shared by the clicks of many visitors and never change, so their columns are written once. */
const places = new WeakMap<Geo, string>()
const devices = new WeakMap<Device, string>()

function kept<Source extends object>(
  known: WeakMap<Source, string>,
  source: Source,
  write: (source: Source) => string,
) {
  let columns = known.get(source)
  if (columns === undefined) {
    columns = write(source)
    known.set(source, columns)
  }
  return columns
}

const placeColumns = (geo: Geo): string =>
  more({
    country: geo.country || undefined,
    region: geo.region || undefined,
    city: geo.city || undefined,
    isp: geo.isp || undefined,
    asn: geo.asn || undefined,
    connection_type: geo.connectionType || undefined,
    operator: geo.operator || undefined,
    is_datacenter: geo.isDatacenter ? 1 : undefined,
  })

const deviceColumns = (device: Device): string =>
  more({
    device_type: device.type || undefined,
    device_brand: device.brand || undefined,
    device_model: device.model || undefined,
    os: device.os || undefined,
    os_version: device.osVersion || undefined,
    browser: device.browser || undefined,
    browser_version: device.browserVersion || undefined,
  })

/** The currency stands right behind the amount, where ingest looks for it. */
function costColumns({ costMicros, currencies: { cost, base } }: ClickFacts): string {
  if (costMicros === 0) return ''
  const named = cost === '' || cost === base ? '' : `,"cost_currency":${JSON.stringify(cost)}`
  return `,"cost":${microsToDecimal(costMicros)}${named}`
}

function slotColumns(slots: Click['slots']): string {
  const columns: Record<string, string | undefined> = {}
  for (const slot in slots) if (SLOT_COLUMNS.has(slot)) columns[slot] = slots[slot] || undefined
  return more(columns)
}
const SLOT_COLUMNS: ReadonlySet<string> = new Set(PARAMETER_SLOTS)

function earnedColumns(decision: Decision, { currencies: { base } }: ClickFacts): string {
  const earned = earnedAtOnce(decision)
  if (earned === 0) return ''
  const amount = microsToDecimal(earned)
  const currency = decision.offer?.payoutCurrency ?? ''
  const named = currency === '' || currency === base ? '' : `,"click_revenue_currency":${JSON.stringify(currency)}`
  return `,"sale_revenue":${amount},"click_revenue":${amount}${named}`
}

/** A visitor who reaches an offer paid per click has earned its payout by that. */
const earnedAtOnce = ({ offer, reachesOffer }: Decision): number =>
  reachesOffer && offer?.payoutType === 'CPC' && !offer.payoutAuto ? offer.payoutValueMicros : 0
