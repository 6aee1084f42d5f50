import type { Click } from '../click/click.ts'
import { PARAMETER_SLOTS } from '../click/click.ts'
import type { Campaign } from '../entities/index.ts'
import type { ClickRow, ConversionRow } from '../events/click-columns.ts'
import type { MacroContext } from '../macros/macro.ts'

interface Named {
  readonly id: number
  readonly name: string
}

/** Everything a postback may tell about one conversion: the rows as they are stored, and names to the ids in them. */
export interface ConversionFacts {
  /** When the request is made; {date} prints it. UTC epoch milliseconds. */
  readonly atMs: number
  readonly click: ClickRow
  readonly conversion: ConversionRow
  readonly campaign: Named & { readonly parameters: Campaign['parameters'] }
  readonly stream: Named | null
  readonly landing: Named | null
  readonly offer: Named | null
  readonly trafficSource: Named | null
  readonly baseCurrency: string
}

/** The facts in the form that macros read. */
export function toMacroContext(facts: ConversionFacts, currency: string): MacroContext {
  const { click, conversion, campaign, stream, landing, offer, trafficSource } = facts
  const word = (column: string): string => String(click[column] ?? '')
  const amount = (column: string): number => Number(click[column] ?? 0)
  return {
    click: toClick(facts),
    subId: word('sub_id'),
    visitorCode: word('visitor_code'),
    campaign,
    stream,
    landing,
    offer,
    trafficSource,
    parentCampaignId: amount('parent_campaign_id'),
    costMicros: amount('cost'),
    // A conversion leads nowhere, so there is no link and no proof to print.
    token: '',
    offerUrl: () => '',
    fileText: () => '',
    destination: word('destination'),
    trackerOrigin: '',
    conversion: {
      tid: String(conversion.tid ?? ''),
      status: String(conversion.status ?? ''),
      originalStatus: String(conversion.original_status ?? ''),
      revenueMicros: Number(conversion.revenue ?? 0),
      costMicros: Number(conversion.conversion_cost ?? 0),
      currency,
    },
  }
}

function toClick({ atMs, click }: ConversionFacts): Click {
  const word = (column: string): string => String(click[column] ?? '')
  const isSet = (column: string): boolean => Number(click[column] ?? 0) === 1
  return {
    atMs,
    roll: Number(click.roll ?? 0),
    ip: word('ip'),
    host: word('host'),
    params: {},
    slots: Object.fromEntries(PARAMETER_SLOTS.map((slot) => [slot, word(slot)])),
    userAgent: word('user_agent'),
    referrer: word('referrer'),
    language: word('language'),
    searchEngine: word('search_engine'),
    xRequestedWith: word('x_requested_with'),
    geo: {
      country: word('country'),
      region: word('region'),
      city: word('city'),
      isp: word('isp'),
      asn: Number(click.asn ?? 0),
      connectionType: word('connection_type'),
      operator: word('operator'),
      isDatacenter: isSet('is_datacenter'),
    },
    device: {
      type: word('device_type'),
      brand: word('device_brand'),
      model: word('device_model'),
      os: word('os'),
      osVersion: word('os_version'),
      browser: word('browser'),
      browserVersion: word('browser_version'),
    },
    isBot: isSet('is_bot'),
    isProxy: isSet('is_using_proxy'),
  }
}
