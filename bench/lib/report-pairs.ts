import { END_MS } from './report-data.ts'

/** A request to the report API and the statement an engineer would write by hand for the same numbers. */
export interface ReportPair {
  readonly name: string
  readonly kind: 'report' | 'click log'
  readonly body: Readonly<Record<string, unknown>>
  readonly byHand: string
}

const day = (daysBeforeEnd: number): string =>
  `toDateTime64('${new Date(END_MS - daysBeforeEnd * 86_400_000).toISOString().slice(0, 10)} 00:00:00', 3, 'UTC')`
const since = (days: number): string => `WHERE datetime >= ${day(days)} AND datetime < ${day(0)}`
const sums = (...columns: readonly string[]): string =>
  ['sum(sign) AS n', ...columns.map((column) => `sum(sign * ${column}) AS s_${column}`)].join(', ')
const CONVERSIONS = ['leads', 'sales', 'registrations', 'deposits', 'custom_conversions']
const REVENUE = ['lead_revenue', 'sale_revenue', 'registration_revenue', 'deposit_revenue']
const MONEY = ['clicks', 'conversions', 'cost', 'revenue', 'profit', 'roi']
const MONEY_BY_HAND = sums(...CONVERSIONS, ...REVENUE, 'cost')
const LAST_30_DAYS = { interval: '29_days_ago' }

/** The first is the one the budget speaks of. */
export const reportPairs: readonly [ReportPair, ...ReportPair[]] = [
  {
    name: 'campaign × country × day, 30 d',
    kind: 'report',
    body: {
      grouping: ['campaign_id', 'country_code', 'day'],
      metrics: ['clicks', 'lp_clicks', 'conversions', 'cost', 'revenue', 'profit', 'roi'],
      range: LAST_30_DAYS,
    },
    byHand: `SELECT campaign_id, country, toDate(datetime) AS day, ${sums('landing_clicked', ...CONVERSIONS, ...REVENUE, 'cost')} FROM clicks ${since(30)} GROUP BY campaign_id, country, day ORDER BY n DESC, campaign_id, country, day`,
  },
  {
    name: 'campaigns, 30 d, with totals',
    kind: 'report',
    body: { grouping: ['campaign_id'], metrics: MONEY, range: LAST_30_DAYS, summary: true },
    byHand: `SELECT campaign_id, ${MONEY_BY_HAND} FROM clicks ${since(30)} GROUP BY campaign_id WITH TOTALS ORDER BY n DESC`,
  },
  {
    name: 'countries, 7 d',
    kind: 'report',
    body: { grouping: ['country_code'], metrics: MONEY, range: { interval: '6_days_ago' } },
    byHand: `SELECT country, ${MONEY_BY_HAND} FROM clicks ${since(7)} GROUP BY country ORDER BY n DESC`,
  },
  {
    name: 'days, all 60 d',
    kind: 'report',
    body: { grouping: ['day'], metrics: MONEY, range: { interval: '59_days_ago' } },
    byHand: `SELECT toDate(datetime) AS day, ${MONEY_BY_HAND} FROM clicks ${since(60)} GROUP BY day ORDER BY day`,
  },
  {
    name: 'one campaign by two sub ids, 30 d',
    kind: 'report',
    body: {
      grouping: ['sub_id_1', 'sub_id_2'],
      metrics: MONEY,
      filters: [{ name: 'campaign_id', operator: 'EQUALS', expression: 3 }],
      limit: 500,
      range: LAST_30_DAYS,
    },
    byHand: `SELECT sub_id_1, sub_id_2, ${MONEY_BY_HAND} FROM clicks ${since(30)} AND campaign_id = 3 GROUP BY sub_id_1, sub_id_2 ORDER BY n DESC LIMIT 500`,
  },
  {
    name: 'top 100 of 3000 sources by profit, 30 d',
    kind: 'report',
    body: {
      grouping: ['source'],
      metrics: MONEY,
      sort: [{ name: 'profit', order: 'desc' }],
      limit: 100,
      range: LAST_30_DAYS,
    },
    byHand: `SELECT source, ${MONEY_BY_HAND} FROM clicks ${since(30)} GROUP BY source ORDER BY ${REVENUE.map((name) => `s_${name}`).join(' + ')} - s_cost DESC LIMIT 100`,
  },
  {
    name: 'landing pages × offers, two countries, 30 d',
    kind: 'report',
    body: {
      grouping: ['landing_id', 'offer_id'],
      metrics: ['clicks', 'campaign_unique_clicks', 'lp_clicks', 'lp_ctr', 'cr', 'revenue'],
      filters: [{ name: 'country_code', operator: 'IN_LIST', expression: ['US', 'DE'] }],
      range: LAST_30_DAYS,
    },
    byHand: `SELECT landing_id, offer_id, ${sums('is_unique_campaign', 'landing_clicked', ...CONVERSIONS, ...REVENUE)}, sum(sign * (landing_id != 0)) AS views FROM clicks ${since(30)} AND country IN ('US', 'DE') GROUP BY landing_id, offer_id ORDER BY n DESC`,
  },
  {
    name: 'devices × systems × hours, yesterday',
    kind: 'report',
    body: { grouping: ['device_type', 'os', 'hour'], metrics: MONEY, range: { interval: 'yesterday' } },
    byHand: `SELECT device_type, os, toHour(datetime) AS hour, ${MONEY_BY_HAND} FROM clicks WHERE datetime >= ${day(2)} AND datetime < ${day(1)} GROUP BY device_type, os, hour ORDER BY n DESC`,
  },
  {
    name: 'last 100 clicks of a campaign, with their number',
    kind: 'click log',
    body: {
      columns: ['sub_id', 'datetime', 'ip', 'country_code', 'landing_id', 'offer_id', 'source'],
      filters: [{ name: 'campaign_id', operator: 'EQUALS', expression: 3 }],
      sort: [{ name: 'datetime', order: 'desc' }],
      limit: 100,
      range: LAST_30_DAYS,
    },
    byHand: `SELECT sub_id, datetime, ip, country, landing_id, offer_id, source, (SELECT sum(sign) FROM clicks ${since(30)} AND campaign_id = 3) AS total FROM clicks ${since(30)} AND campaign_id = 3 AND sign = 1 AND (sub_id, version) NOT IN (SELECT sub_id, version FROM clicks ${since(30)} AND campaign_id = 3 AND sign = -1) ORDER BY datetime DESC LIMIT 100`,
  },
]
