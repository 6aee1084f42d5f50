import { type Click, PARAMETER_SLOTS } from '@trackyard/core/click/click.ts'
import type { Decision } from '@trackyard/core/click/decision.ts'
import { encodeTrace } from '@trackyard/core/click/trace.ts'
import { type ClickRow, clickColumns } from '@trackyard/core/events/click-columns.ts'
import { toStoreLine } from '@trackyard/core/events/store-line.ts'

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
  readonly destination: string
}

const MAX_DESTINATION = 2000

/** The click as a line for the store. */
export function clickLine(click: Click, decision: Decision, facts: ClickFacts): string {
  return toStoreLine(clickColumns, clickRow(click, decision, facts))
}

function clickRow(click: Click, decision: Decision, facts: ClickFacts): ClickRow {
  const { campaign, stream, landing, offer } = decision
  const { geo, device } = click
  const row: Record<string, string | number> = {
    sub_id: facts.subId,
    datetime: click.atMs,
    campaign_id: campaign.id,
    parent_campaign_id: facts.parentCampaignId,
    parent_sub_id: facts.parentSubId,
    stream_id: stream?.id ?? 0,
    landing_id: landing?.id ?? 0,
    offer_id: offer?.id ?? 0,
    affiliate_network_id: offer?.affiliateNetworkId ?? 0,
    ts_id: campaign.bundle.campaign.traffic_source_id ?? 0,
    visitor_code: facts.visitorCode,
    host: click.host,
    ip: click.ip,
    country: geo.country,
    region: geo.region,
    city: geo.city,
    isp: geo.isp,
    asn: geo.asn,
    connection_type: geo.connectionType,
    operator: geo.operator,
    language: click.language,
    device_type: device.type,
    device_brand: device.brand,
    device_model: device.model,
    os: device.os,
    os_version: device.osVersion,
    browser: device.browser,
    browser_version: device.browserVersion,
    user_agent: click.userAgent,
    referrer: click.referrer,
    search_engine: click.searchEngine,
    x_requested_with: click.xRequestedWith,
    destination: facts.destination.slice(0, MAX_DESTINATION),
    is_unique_campaign: Number(facts.isUniqueCampaign),
    is_unique_stream: Number(facts.isUniqueStream),
    is_unique_global: Number(facts.isUniqueGlobal),
    is_bot: Number(click.isBot),
    is_using_proxy: Number(click.isProxy),
    cost: facts.costMicros,
    roll: click.roll,
    trace: encodeTrace(decision.trace),
  }
  for (const slot in click.slots) if (STORED_SLOTS.has(slot)) row[slot] = click.slots[slot] ?? ''
  const earned = decision.reachesOffer && offer?.payoutType === 'CPC' && !offer.payoutAuto ? offer.payoutValueMicros : 0
  if (earned) {
    row.sale_revenue = earned
    row.click_revenue = earned
  }
  return row
}

const STORED_SLOTS: ReadonlySet<string> = new Set(PARAMETER_SLOTS)
