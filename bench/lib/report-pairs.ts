import { END_MS } from './report-data.ts'

/** What is promised of it: the ten reports people open most, those that tell very many values apart, single clicks. */
export type ReportKind = 'common' | 'distinct or top' | 'click log'

/** A request to the report API and the statement an engineer would write by hand for the same numbers. */
export interface ReportPair {
  readonly name: string
  readonly kind: ReportKind
  readonly body: Readonly<Record<string, unknown>>
  readonly byHand: string
}

const day = (daysBeforeEnd: number): string =>
  `toDateTime64('${new Date(END_MS - daysBeforeEnd * 86_400_000).toISOString().slice(0, 10)} 00:00:00', 3, 'UTC')`
const since = (days: number, until = 0): string => `WHERE datetime >= ${day(days)} AND datetime < ${day(until)}`
const CONVERSIONS = 'sum(sign * (leads + sales + registrations + deposits + custom_conversions)) AS conversions'
const REVENUE = 'sum(sign * (lead_revenue + sale_revenue + registration_revenue + deposit_revenue)) AS revenue'
const MONEY = ['clicks', 'conversions', 'cost', 'revenue', 'profit', 'roi']
const MONEY_BY_HAND = `sum(sign) AS n, ${CONVERSIONS}, ${REVENUE}, sum(sign * cost) AS spent`
const LAST_7_DAYS = { interval: '6_days_ago' }
const LAST_30_DAYS = { interval: '29_days_ago' }
const inCampaign = { name: 'campaign_id', operator: 'EQUALS', expression: 3 }

/** Money by some columns, as most reports are. */
const money = (
  name: string,
  { grouping, days, more = {} }: { grouping: string[]; days: number; more?: Readonly<Record<string, unknown>> },
  columns: string,
  rest = '',
): ReportPair => ({
  name,
  kind: 'common',
  body: { grouping, metrics: MONEY, range: { interval: `${days - 1}_days_ago` }, ...more },
  byHand: `SELECT ${columns}, ${MONEY_BY_HAND} FROM clicks ${since(days)} ${rest}`,
})

/** The ten commonest, as people look at their money; the first is the one the design speaks of. */
const common: readonly ReportPair[] = [
  {
    name: 'campaign × country × day, 30 d',
    kind: 'common',
    body: {
      grouping: ['campaign_id', 'country_code', 'day'],
      metrics: ['clicks', 'lp_clicks', 'conversions', 'cost', 'revenue', 'profit', 'roi'],
      range: LAST_30_DAYS,
    },
    byHand: `SELECT campaign_id, country, toDate(datetime) AS day, ${MONEY_BY_HAND}, sum(sign * landing_clicked) FROM clicks ${since(30)} GROUP BY campaign_id, country, day ORDER BY n DESC, campaign_id, country, day`,
  },
  money(
    'campaigns, 30 d, with totals',
    { grouping: ['campaign_id'], days: 30, more: { summary: true } },
    'campaign_id',
    'GROUP BY campaign_id WITH TOTALS ORDER BY n DESC',
  ),
  money('days, all 60 d', { grouping: ['day'], days: 60 }, 'toDate(datetime) AS day', 'GROUP BY day ORDER BY day'),
  money('countries, 7 d', { grouping: ['country_code'], days: 7 }, 'country', 'GROUP BY country ORDER BY n DESC'),
  money('offers, 30 d', { grouping: ['offer_id'], days: 30 }, 'offer_id', 'GROUP BY offer_id ORDER BY n DESC'),
  money(
    'traffic sources × campaigns, 7 d',
    { grouping: ['ts_id', 'campaign_id'], days: 7 },
    'ts_id, campaign_id',
    'GROUP BY ts_id, campaign_id ORDER BY n DESC',
  ),
  money(
    'streams of a campaign, 30 d',
    { grouping: ['stream_id'], days: 30, more: { filters: [inCampaign] } },
    'stream_id',
    'AND campaign_id = 3 GROUP BY stream_id ORDER BY n DESC',
  ),
  {
    name: 'landing pages × offers, two countries, 30 d',
    kind: 'common',
    body: {
      grouping: ['landing_id', 'offer_id'],
      metrics: ['clicks', 'campaign_unique_clicks', 'lp_clicks', 'lp_ctr', 'cr', 'revenue'],
      filters: [{ name: 'country_code', operator: 'IN_LIST', expression: ['US', 'DE'] }],
      range: LAST_30_DAYS,
    },
    byHand: `SELECT landing_id, offer_id, sum(sign) AS n, sum(sign * is_unique_campaign), sum(sign * landing_clicked), ${CONVERSIONS}, ${REVENUE}, sum(sign * (landing_id != 0)) AS views FROM clicks ${since(30)} AND country IN ('US', 'DE') GROUP BY landing_id, offer_id ORDER BY n DESC`,
  },
  money(
    'one campaign by two sub ids, 30 d, first 500',
    { grouping: ['sub_id_1', 'sub_id_2'], days: 30, more: { filters: [inCampaign], limit: 500 } },
    'sub_id_1, sub_id_2',
    'AND campaign_id = 3 GROUP BY sub_id_1, sub_id_2 ORDER BY n DESC LIMIT 500',
  ),
  {
    name: 'devices × systems × hours, yesterday',
    kind: 'common',
    body: { grouping: ['device_type', 'os', 'hour'], metrics: MONEY, range: { interval: 'yesterday' } },
    byHand: `SELECT device_type, os, toHour(datetime) AS hour, ${MONEY_BY_HAND} FROM clicks ${since(2, 1)} GROUP BY device_type, os, hour ORDER BY n DESC`,
  },
]

/** Each also tells how many different values there are: the rows before the limit. */
const distinct: readonly ReportPair[] = [
  {
    name: 'top 100 of 3000 sites by profit, 30 d',
    kind: 'distinct or top',
    body: {
      grouping: ['source'],
      metrics: MONEY,
      sort: [{ name: 'profit', order: 'desc' }],
      limit: 100,
      range: LAST_30_DAYS,
    },
    byHand: `SELECT source, ${MONEY_BY_HAND} FROM clicks ${since(30)} GROUP BY source ORDER BY revenue - spent DESC LIMIT 100`,
  },
  {
    name: 'top 100 of 1.2 M addresses, 7 d',
    kind: 'distinct or top',
    body: { grouping: ['ip'], metrics: ['clicks', 'cost'], limit: 100, range: LAST_7_DAYS },
    byHand: `SELECT ip, sum(sign) AS n, sum(sign * cost) FROM clicks ${since(7)} GROUP BY ip HAVING n > 0 ORDER BY n DESC, ip LIMIT 100`,
  },
  {
    name: 'different visitors of 7 d',
    kind: 'distinct or top',
    body: { grouping: ['visitor_code'], metrics: ['clicks'], limit: 1, range: LAST_7_DAYS },
    byHand: `SELECT visitor_code, sum(sign) AS n FROM clicks ${since(7)} GROUP BY visitor_code HAVING n > 0 ORDER BY n DESC, visitor_code LIMIT 1`,
  },
  {
    name: 'user agents with a click that paid, 30 d, top 100 by revenue',
    kind: 'distinct or top',
    body: {
      grouping: ['user_agent'],
      metrics: ['clicks', 'sales', 'revenue'],
      filters: [{ name: 'sales', operator: 'GREATER_THAN', expression: 0 }],
      sort: [{ name: 'revenue', order: 'desc' }],
      limit: 100,
      range: LAST_30_DAYS,
    },
    byHand: `SELECT user_agent, sum(sign) AS n, sum(sign * sales) AS sold, ${REVENUE} FROM clicks ${since(30)} GROUP BY user_agent HAVING sold > 0 ORDER BY revenue DESC LIMIT 100`,
  },
]

const LISTED = ['sub_id', 'datetime', 'ip', 'country', 'landing_id', 'offer_id', 'source'].join(', ')

export const reportPairs: readonly ReportPair[] = [
  ...common,
  ...distinct,
  {
    name: 'last 100 clicks of a campaign, with their number',
    kind: 'click log',
    body: {
      columns: ['sub_id', 'datetime', 'ip', 'country_code', 'landing_id', 'offer_id', 'source'],
      filters: [inCampaign],
      sort: [{ name: 'datetime', order: 'desc' }],
      limit: 100,
      range: LAST_30_DAYS,
    },
    byHand: `SELECT ${LISTED}, (SELECT sum(sign) FROM clicks ${since(30)} AND campaign_id = 3) AS total FROM clicks ${since(30)} AND campaign_id = 3 AND sign = 1 AND (sub_id, version) NOT IN (SELECT sub_id, version FROM clicks ${since(30)} AND campaign_id = 3 AND sign = -1) ORDER BY datetime DESC LIMIT 100`,
  },
]
