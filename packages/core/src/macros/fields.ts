import { EXTRA_PARAM_SLOTS, SUB_ID_SLOTS } from '../click/click.ts'
import { microsToDecimal } from '../money.ts'
import { localMacro, type MacroDef, valueMacro } from './macro.ts'

const ours = { isTrusted: true } as const
const idText = (named: { readonly id: number } | null): string => (named === null ? '' : String(named.id))
const flagText = (isSet: boolean): string => (isSet ? '1' : '0')

const slotMacros = (slots: readonly string[]): Record<string, MacroDef> =>
  Object.fromEntries(
    slots.map((slot) => [slot, valueMacro(`Value of ${slot}.`, ({ click }) => click.slots[slot] ?? '')]),
  )

/** Macros that print one value as it is. */
export const fieldMacros: Readonly<Record<string, MacroDef>> = {
  subid: valueMacro('Id of the click.', ({ subId }) => subId, { ...ours, aliases: ['sub_id'] }),
  token: valueMacro('Proof a landing page needs to lead on to the offer.', ({ token }) => token(), ours),
  visitor_code: valueMacro('Stable code of the visitor.', ({ visitorCode }) => visitorCode, ours),
  cost: valueMacro('Cost of the click.', ({ costMicros }) => microsToDecimal(costMicros), ours),
  ...slotMacros(['source', 'ad_campaign_id', 'creative_id', 'external_id', ...SUB_ID_SLOTS, ...EXTRA_PARAM_SLOTS]),
  campaign_id: valueMacro('Id of the campaign.', ({ campaign }) => String(campaign.id), {
    ...ours,
    aliases: ['keitaro_campaign_id'],
  }),
  campaign_name: valueMacro('Name of the campaign.', ({ campaign }) => campaign.name, {
    ...ours,
    aliases: ['keitaro_campaign_name'],
  }),
  parent_campaign_id: valueMacro(
    'Id of the campaign that sent the visitor here.',
    ({ parentCampaignId }) => (parentCampaignId === 0 ? '' : String(parentCampaignId)),
    ours,
  ),
  stream_id: valueMacro('Id of the stream.', ({ stream }) => idText(stream), ours),
  stream_name: valueMacro('Name of the stream.', ({ stream }) => stream?.name ?? '', ours),
  landing_id: valueMacro('Id of the landing page.', ({ landing }) => idText(landing), ours),
  landing_name: valueMacro('Name of the landing page.', ({ landing }) => landing?.name ?? '', ours),
  offer_id: valueMacro('Id of the offer.', ({ offer }) => idText(offer), ours),
  offer_name: valueMacro('Name of the offer.', ({ offer }) => offer?.name ?? '', ours),
  ts_id: valueMacro('Id of the traffic source.', ({ trafficSource }) => idText(trafficSource), ours),
  traffic_source_name: valueMacro(
    'Name of the traffic source.',
    ({ trafficSource }) => trafficSource?.name ?? '',
    ours,
  ),
  ip: valueMacro('Address of the visitor.', ({ click }) => click.ip),
  region: localMacro('Region of the visitor.', ({ click }) => click.geo.region, {
    aliases: ['region_name', 'region_code'],
  }),
  city: localMacro('City of the visitor.', ({ click }) => click.geo.city),
  isp: valueMacro('Provider of the visitor.', ({ click }) => click.geo.isp),
  connection_type: localMacro('Connection type.', ({ click }) => click.geo.connectionType),
  device_type: localMacro('Device type.', ({ click }) => click.device.type),
  device_brand: valueMacro('Brand of the device.', ({ click }) => click.device.brand),
  device_model: valueMacro('Model of the device.', ({ click }) => click.device.model),
  os: valueMacro('Operating system.', ({ click }) => click.device.os),
  os_version: valueMacro('Version of the operating system.', ({ click }) => click.device.osVersion),
  browser: valueMacro('Browser.', ({ click }) => click.device.browser),
  browser_version: valueMacro('Version of the browser.', ({ click }) => click.device.browserVersion),
  language: valueMacro('Browser language, two letters.', ({ click }) => click.language),
  user_agent: valueMacro('User agent.', ({ click }) => click.userAgent, { aliases: ['ua', 'useragent'] }),
  referrer: valueMacro('Referrer.', ({ click }) => click.referrer, { aliases: ['referer'] }),
  search_engine: valueMacro('Search engine of the referrer.', ({ click }) => click.searchEngine, { aliases: ['se'] }),
  x_requested_with: valueMacro('App whose web view opened the link.', ({ click }) => click.xRequestedWith),
  is_bot: valueMacro('1 for a bot, else 0.', ({ click }) => flagText(click.isBot), ours),
  is_using_proxy: valueMacro('1 for a visitor behind a proxy, else 0.', ({ click }) => flagText(click.isProxy), ours),
  current_domain: valueMacro(
    'Domain of the campaign; the host name the visitor used when it has none.',
    ({ campaignDomain, click }) => campaignDomain?.() || click.host,
  ),
  destination: valueMacro('Where the visitor is sent.', ({ destination }) => destination, { isUrl: true }),
}
