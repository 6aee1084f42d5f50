import type { Cell, NaiveClick } from './recount.ts'

export interface Names {
  readonly campaign: ReadonlyMap<number, string>
  readonly offer: ReadonlyMap<number, string>
}

type Read = (click: NaiveClick, zone: string, names: Names) => string | number | boolean | null

const text =
  (column: string): Read =>
  (click) =>
    String(click[column] ?? '')
const number =
  (column: string): Read =>
  (click) =>
    Number(click[column] ?? 0)
const flag =
  (column: string): Read =>
  (click) =>
    click[column] === 1
const name =
  (kind: keyof Names): Read =>
  (click, _zone, names) =>
    names[kind].get(Number(click[`${kind}_id`] ?? 0)) ?? null
const local =
  (from: number, to: number): Read =>
  (click, zone) =>
    localTime(click.atMs, zone).slice(from, to)

/** Columns to group by, read from a click as a person would. */
export const columns = {
  campaign: name('campaign'),
  offer: name('offer'),
  campaign_id: number('campaign_id'),
  stream_id: number('stream_id'),
  landing_id: number('landing_id'),
  offer_id: number('offer_id'),
  affiliate_network_id: number('affiliate_network_id'),
  ts_id: number('ts_id'),
  country_code: text('country'),
  region: text('region'),
  isp: text('isp'),
  device_type: text('device_type'),
  os: text('os'),
  browser: text('browser'),
  source: text('source'),
  keyword: text('keyword'),
  ad_campaign_id: text('ad_campaign_id'),
  creative_id: text('creative_id'),
  sub_id_1: text('sub_id_1'),
  sub_id_2: text('sub_id_2'),
  is_bot: flag('is_bot'),
  is_unique_campaign: flag('is_unique_campaign'),
  is_lead: flag('is_lead'),
  is_sale: flag('is_sale'),
  is_rejected: flag('is_rejected'),
  landing_clicked: flag('landing_clicked'),
  year: local(0, 4),
  month: (click, zone) => localTime(click.atMs, zone).slice(0, 7).replace('-', '/'),
  day: local(0, 10),
  hour: local(11, 13),
  day_hour: (click, zone) => localTime(click.atMs, zone).slice(0, 13).replaceAll(/[- ]/g, ''),
  datetime: local(0, 19),
} as const satisfies Record<string, Read>
export type Column = keyof typeof columns
export const COLUMNS = Object.keys(columns).filter((key): key is Column => key in columns)

const sum =
  (column: string) =>
  (clicks: readonly NaiveClick[]): number =>
    clicks.reduce((total, click) => total + Number(click[column] ?? 0), 0)
const money = (micros: number): number => rounded(BigInt(micros), 100n, 10_000)
const sumMoney =
  (...names: string[]) =>
  (clicks: readonly NaiveClick[]): number =>
    money(names.reduce((total, column) => total + sum(column)(clicks), 0))
const share =
  (of: string, per: string | null) =>
  (clicks: readonly NaiveClick[]): number => {
    const whole = per === null ? clicks.length : sum(per)(clicks)
    return whole === 0 ? 0 : rounded(BigInt(sum(of)(clicks)) * 10_000n, BigInt(whole), 100)
  }
const revenue = (clicks: readonly NaiveClick[]): number => sum('lead_revenue')(clicks) + sum('sale_revenue')(clicks)

export const metrics = {
  clicks: (clicks) => clicks.length,
  campaign_unique_clicks: sum('is_unique_campaign'),
  stream_unique_clicks: sum('is_unique_stream'),
  global_unique_clicks: sum('is_unique_global'),
  bots: sum('is_bot'),
  lp_views: (clicks) => clicks.filter((click) => Number(click.landing_id ?? 0) > 0).length,
  lp_clicks: sum('landing_clicked'),
  empty_referrers: (clicks) => clicks.filter((click) => !click.referrer).length,
  leads: sum('leads'),
  sales: sum('sales'),
  rejected: sum('rejected'),
  conversions: (clicks) => sum('leads')(clicks) + sum('sales')(clicks),
  cost: sumMoney('cost'),
  revenue: sumMoney('lead_revenue', 'sale_revenue'),
  lead_revenue: sumMoney('lead_revenue'),
  sale_revenue: sumMoney('sale_revenue'),
  rejected_revenue: sumMoney('rejected_revenue'),
  profit: (clicks) => money(revenue(clicks) - sum('cost')(clicks)),
  crs: share('sales', null),
  bot_share: share('is_bot', null),
  roi: (clicks) => {
    const cost = sum('cost')(clicks)
    return cost === 0 ? 0 : rounded(BigInt(revenue(clicks) - cost) * 10_000n, BigInt(cost), 100)
  },
  epc: (clicks) => (clicks.length === 0 ? 0 : rounded(BigInt(revenue(clicks)), 100n * BigInt(clicks.length), 10_000)),
  cpc: (clicks) =>
    clicks.length === 0 ? 0 : rounded(BigInt(sum('cost')(clicks)), 100n * BigInt(clicks.length), 10_000),
} as const satisfies Record<string, (clicks: readonly NaiveClick[]) => number>
export type Metric = keyof typeof metrics
export const METRICS = Object.keys(metrics).filter((key): key is Metric => key in metrics)

/** `of / per`, a whole number rounded half away from zero, then divided by `scale`. */
function rounded(of: bigint, per: bigint, scale: number): number {
  const size = of < 0n ? -of : of
  const whole = Number((2n * size + per) / (2n * per))
  return (of < 0n && whole !== 0 ? -whole : whole) / scale
}

const formats = new Map<string, Intl.DateTimeFormat>()
/** `2026-02-03 14:05:09` in that zone. */
export function localTime(atMs: number, zone: string): string {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' })
  formats.set(zone, format)
  return format.format(atMs)
}

export interface Question {
  readonly zone: string
  /** In local time of the zone, to the second, both included; null for all time. */
  readonly from: string | null
  readonly to: string | null
  readonly grouping: readonly Column[]
  readonly metrics: readonly Metric[]
  readonly filters: readonly NaiveFilter[]
}

export interface NaiveFilter {
  readonly name: Column
  readonly operator:
    | 'EQUALS'
    | 'NOT_EQUAL'
    | 'CONTAINS'
    | 'NOT_CONTAIN'
    | 'BEGINS_WITH'
    | 'IN_LIST'
    | 'IS_TRUE'
    | 'IS_FALSE'
  readonly expression: string | readonly string[]
}

const lower = (value: unknown): string => String(value ?? '').toLowerCase()
const one = ({ expression }: NaiveFilter): string => lower(expression)
const holds: Record<NaiveFilter['operator'], (value: unknown, filter: NaiveFilter) => boolean> = {
  EQUALS: (value, filter) => lower(value) === one(filter),
  NOT_EQUAL: (value, filter) => lower(value) !== one(filter),
  CONTAINS: (value, filter) => lower(value).includes(one(filter)),
  NOT_CONTAIN: (value, filter) => !lower(value).includes(one(filter)),
  BEGINS_WITH: (value, filter) => lower(value).startsWith(one(filter)),
  IN_LIST: (value, { expression }) => [expression].flat().map(lower).includes(lower(value)),
  IS_TRUE: (value) => value === true,
  IS_FALSE: (value) => value === false,
}

/** The rows of a report: grouping columns and metrics, in no order. */
export function naiveReport(
  clicks: readonly NaiveClick[],
  question: Question,
  names: Names,
): Record<string, unknown>[] {
  const { zone, from, to, grouping, filters } = question
  const chosen = clicks.filter((click) => {
    const at = localTime(click.atMs, zone)
    if ((from !== null && at < from) || (to !== null && at > to)) return false
    return filters.every((filter) => holds[filter.operator](columns[filter.name](click, zone, names), filter))
  })
  const groups = Map.groupBy(chosen, (click) => JSON.stringify(grouping.map((key) => columns[key](click, zone, names))))
  return [...groups.values()].map((members) => {
    const first = members[0]
    const cells: Record<string, Cell | boolean | null> = {}
    if (first) for (const key of grouping) cells[key] = columns[key](first, zone, names)
    for (const metric of question.metrics) cells[metric] = metrics[metric](members)
    return cells
  })
}
