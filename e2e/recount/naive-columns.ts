import { createHash } from 'node:crypto'
import type { Row } from './naive-rows.ts'

/** What things are called and which group they are in now, and which values are labelled. */
export interface Naming {
  readonly names: Readonly<Record<string, ReadonlyMap<number, string>>>
  readonly groups: Readonly<Record<string, ReadonlyMap<number, number>>>
  readonly labels: readonly {
    readonly campaignId: number
    readonly refName: string
    readonly value: string
    readonly label: string
  }[]
  /** 1 = Monday. */
  readonly firstWeekday: number
  /** The base currency, which amounts that name none came in; '' where there are no currencies. */
  readonly baseCurrency: string
}

export interface Asked extends Naming {
  readonly grouping: readonly string[]
}
type Read = (row: Row, asked: Asked) => string | number | boolean | null

/** `code`: filters take the stored code as well as the name that is shown. `exact`: what is shown sorts as it is. */
export interface NaiveColumn {
  readonly kind: 'text' | 'number' | 'flag' | 'time'
  readonly read: Read
  readonly sort?: (row: Row, asked: Asked) => string | number
  readonly code?: (row: Row) => string
}

const text = (name: string, change: (value: string) => string = (value) => value): NaiveColumn => ({
  kind: 'text',
  read: ({ click }) => change(String(click[name] ?? '')),
})
const inCurrency = (name: string): NaiveColumn => ({
  kind: 'text',
  read: ({ click }, { baseCurrency }) => String(click[name] ?? '') || baseCurrency,
})
const number = (name: string): NaiveColumn => ({ kind: 'number', read: ({ click }) => Number(click[name] ?? 0) })
const flag = (name: string): NaiveColumn => ({ kind: 'flag', read: ({ click }) => click[name] === 1 })

/** Names are sorted without regard to case; what has none comes last. */
const byName =
  (read: Read) =>
  (row: Row, asked: Asked): string => {
    const name = read(row, asked)
    return name === null || name === '' ? '\u{10ffff}' : String(name).toLowerCase()
  }
const named = (kind: string, id: string): NaiveColumn => {
  const read: Read = ({ click }, { names }) => names[kind]?.get(Number(click[id] ?? 0)) ?? null
  return { kind: 'text', read, sort: byName(read) }
}
const groupOf = (kind: string, { click }: Row, { groups }: Asked): number =>
  groups[`${kind}s`]?.get(Number(click[`${kind}_id`] ?? 0)) ?? 0
const grouped = (kind: string): Record<string, NaiveColumn> => {
  const read: Read = (row, asked) => asked.names.groups?.get(groupOf(kind, row, asked)) ?? null
  return {
    [`${kind}_group`]: { kind: 'text', read, sort: byName(read) },
    [`${kind}_group_id`]: { kind: 'number', read: (row, asked) => groupOf(kind, row, asked) },
  }
}
const spelledOut = (column: string, type: 'region' | 'language'): NaiveColumn => {
  const names = new Intl.DisplayNames('en', { type })
  const read: Read = ({ click }) => (click[column] ? (names.of(String(click[column])) ?? '') : '')
  return { kind: 'text', read, sort: byName(read), code: ({ click }) => String(click[column] ?? '') }
}

const local = (of: (local: string, asked: Asked) => string): NaiveColumn => ({
  kind: 'text',
  read: (row, asked) => of(row.local, asked),
})
const weekdayOf = (day: string): number => new Date(`${day}T12:00:00Z`).getUTCDay() || 7
export const dayLater = (day: string, count: number): string =>
  new Date(Date.parse(`${day}T12:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10)
const dotted = (day: string): string => day.split('-').reverse().join('.')
const weekStart = (local: string, firstWeekday: number): string => {
  const day = local.slice(0, 10)
  return dayLater(day, -((weekdayOf(day) - firstWeekday + 7) % 7))
}

const LABELLED = ['ip', 'source', 'ad_campaign_id', 'creative_id', 'keyword', ...numbered('sub_id_', 30)]
function labelOf({ click }: Row, { grouping, labels }: Asked): string | null {
  const looked = LABELLED.filter((name) => grouping.includes(name))
  const all = (looked.length > 0 ? looked : LABELLED).flatMap((name) =>
    labels
      .filter((one) => one.refName === name && one.campaignId === click.campaign_id)
      .filter((one) => one.value === String(click[name] ?? ''))
      .map((one) => one.label),
  )
  return all.find((label) => label === 'blacklist') ?? all[0] ?? null
}

/** First and last address of the networks of the addresses that tests use. */
const MASKS: Readonly<Record<string, readonly [string, string]>> = {
  '203.0.113.9': ['203.0.0.0 - 203.0.255.255', '203.0.113.0 - 203.0.113.255'],
  '203.0.113.77': ['203.0.0.0 - 203.0.255.255', '203.0.113.0 - 203.0.113.255'],
  '10.20.30.40': ['10.20.0.0 - 10.20.255.255', '10.20.30.0 - 10.20.30.255'],
  '2001:db8:1:2::1': [
    '2001:db8:: - 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:db8:1:: - 2001:db8:1:ffff:ffff:ffff:ffff:ffff',
  ],
}
const mask = (which: 0 | 1): NaiveColumn => text('ip', (ip) => MASKS[ip]?.[which] ?? octets(ip, which))
function octets(ip: string, which: 0 | 1): string {
  const parts = ip.split('.')
  if (parts.length !== 4) return ''
  const kept = parts.slice(0, 2 + which)
  const end = (value: string): string => [...kept, value, value].slice(0, 4).join('.')
  return `${end('0')} - ${end('255')}`
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
}
const each = (names: readonly string[], column: (name: string) => NaiveColumn): Record<string, NaiveColumn> =>
  Object.fromEntries(names.map((name) => [name, column(name)]))

const TEXTS = `sub_id visitor_code host ip region city isp connection_type operator device_type device_brand
  device_model os os_version browser browser_version user_agent referrer search_engine x_requested_with keyword source
  ad_campaign_id creative_id external_id destination`.split(/\s+/)
const NUMBERS = `campaign_id parent_campaign_id stream_id landing_id offer_id affiliate_network_id ts_id asn`.split(' ')
const FLAGS = `is_unique_campaign is_unique_stream is_unique_global is_bot is_using_proxy is_datacenter landing_clicked
  is_lead is_sale is_rejected`.split(/\s+/)

/** Every dimension of reports, read from a click as a person would. */
export const columns: Readonly<Record<string, NaiveColumn>> = {
  ...each([...TEXTS, ...numbered('sub_id_', 30), ...numbered('extra_param_', 10)], (name) => text(name)),
  ...each(['currency', 'cost_currency', 'click_revenue_currency'], inCurrency),
  ...each(NUMBERS, number),
  ...each(FLAGS, flag),
  click_id: text('sub_id'),
  parent_sub_id: { kind: 'text', read: ({ click }) => (click.parent_sub_id ? String(click.parent_sub_id) : null) },
  campaign: named('campaigns', 'campaign_id'),
  parent_campaign: named('campaigns', 'parent_campaign_id'),
  stream: named('streams', 'stream_id'),
  landing: named('landings', 'landing_id'),
  offer: named('offers', 'offer_id'),
  affiliate_network: named('affiliate_networks', 'affiliate_network_id'),
  ts: named('traffic_sources', 'ts_id'),
  ...grouped('campaign'),
  ...grouped('landing'),
  ...grouped('offer'),
  country: spelledOut('country', 'region'),
  language: spelledOut('language', 'language'),
  country_code: text('country'),
  country_flag: text('country', (code) => code.toLowerCase()),
  region_code: text('region'),
  language_id: text('language'),
  device_type_id: text('device_type'),
  os_icon: text('os', (os) => os.toLowerCase().replaceAll(' ', '_')),
  browser_icon: text('browser', (browser) => browser.toLowerCase().replaceAll(' ', '_')),
  ip_mask1: mask(0),
  ip_mask2: mask(1),
  is_empty_referrer: { kind: 'flag', read: ({ click }) => !click.referrer },
  visitor_id: {
    kind: 'number',
    read: ({ click }) =>
      click.visitor_code ? createHash('md5').update(String(click.visitor_code)).digest().readUIntLE(0, 6) : 0,
  },
  label: { kind: 'text', read: labelOf, sort: (row, asked) => labelOf(row, asked) ?? '' },
  datetime: { kind: 'time', read: ({ local: at }) => at },
  year: local((at) => at.slice(0, 4)),
  month: local((at) => at.slice(0, 7).replace('-', '/')),
  week: {
    ...local((at, { firstWeekday }) => {
      const first = weekStart(at, firstWeekday)
      return `${dotted(first)} - ${dotted(dayLater(first, 6))}`
    }),
    sort: ({ local: at }, { firstWeekday }) => weekStart(at, firstWeekday),
  },
  weekday: local((at) => String(weekdayOf(at.slice(0, 10)))),
  day: local((at) => at.slice(0, 10)),
  hour: local((at) => at.slice(11, 13)),
  day_hour: local((at) => at.slice(0, 13).replaceAll(/[- ]/g, '')),
}
export const COLUMNS = Object.keys(columns)

/** The column of this name; the tests ask for known ones only. */
export function columnOf(name: string): NaiveColumn {
  const column = columns[name]
  if (!column) throw new Error(`The recount knows no column ${name}`)
  return column
}
