import type { Click } from '../click/click.ts'
import { PARAMETER_SLOTS } from '../click/click.ts'
import type { Exchange } from '../currency/exchange.ts'
import { readOriginal } from '../currency/originals.ts'
import type { Campaign } from '../entities/index.ts'
import type { ClickRow, ConversionRow } from '../events/click-columns.ts'
import type { MacroContext } from '../macros/macro.ts'
import type { Micros } from '../money.ts'

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
  readonly campaign: Named & { readonly parameters: Campaign['parameters']; readonly domain?: string }
  readonly stream: Named | null
  readonly landing: Named | null
  readonly offer: Named | null
  readonly trafficSource: Named | null
  /** Content of a file the operator laid down for macros, '' when there is none. */
  readonly fileText: (name: string) => string
  /** For amounts in the currency of the receiver. */
  readonly exchange: Exchange
}

/** The facts in the form that macros read, amounts in the given currency; null: the base currency. */
export function toMacroContext(facts: ConversionFacts, wanted: string | null): MacroContext {
  const { click, conversion, campaign, stream, landing, offer, trafficSource } = facts
  const currency = wanted ?? facts.exchange.base
  const moneyIn = amountsIn(currency, facts)
  const word = (column: string): string => String(click[column] ?? '')
  const amount = (column: string): number => Number(click[column] ?? 0)
  return {
    click: toClick(facts),
    subId: word('sub_id'),
    visitorCode: word('visitor_code'),
    campaign,
    campaignDomain: () => campaign.domain ?? '',
    stream,
    landing,
    offer,
    trafficSource,
    parentCampaignId: amount('parent_campaign_id'),
    costMicros: moneyIn(click, 'cost'),
    // A conversion leads nowhere, so there is no link and no proof to print.
    token: () => '',
    offerUrl: () => '',
    fileText: facts.fileText,
    destination: word('destination'),
    trackerOrigin: '',
    conversion: {
      tid: String(conversion.tid ?? ''),
      status: String(conversion.status ?? ''),
      originalStatus: String(conversion.original_status ?? ''),
      revenueMicros: moneyIn(conversion, 'revenue'),
      costMicros: moneyIn(conversion, 'conversion_cost'),
      currency,
    },
  }
}

/**
 * Reads amounts of rows into one currency: as they came, when they came in it, else by the rates of the day on which the
 * conversion was reported first, so that every try and every replay tells the same.
 */
function amountsIn(
  currency: string,
  { click, conversion, exchange }: ConversionFacts,
): (row: ClickRow, column: string) => Micros {
  const rows = currencyOf(click, exchange)
  const money = exchange.into(currency, toldAtMs({ click, conversion }))
  return (row, column) => {
    const original = readOriginal(column, row)
    return original?.currency === currency ? original.micros : money.read(Number(row[column] ?? 0), rows).micros
  }
}

/** Why amounts in this currency are not what they should be, in words; null when they are. */
export const currencyWarning = ({ click, conversion, exchange }: ConversionFacts, currency: string): string | null =>
  readOriginal('revenue', conversion)?.currency === currency
    ? null
    : exchange
        .into(currency, toldAtMs({ click, conversion }))
        .read(Number(conversion.revenue ?? 0), currencyOf(click, exchange)).warning

const currencyOf = (click: ClickRow, exchange: Exchange): string => String(click.currency ?? '') || exchange.first
const toldAtMs = ({ click, conversion }: Pick<ConversionFacts, 'click' | 'conversion'>): number =>
  Number(conversion.postback_datetime ?? click.datetime ?? 0)

/** Most are empty, and this is done for every attempt. */
function slotsOf(click: ClickRow): Record<string, string> {
  const slots: Record<string, string> = {}
  for (const slot of PARAMETER_SLOTS) {
    const value = click[slot]
    if (value !== undefined && value !== '') slots[slot] = String(value)
  }
  return slots
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
    slots: slotsOf(click),
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
