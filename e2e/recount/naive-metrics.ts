import { OWN_STATUSES } from './naive-rows.ts'

type Sums = Readonly<Record<string, bigint>>
type Metric = (sums: Sums) => number

const of = (sums: Sums, ...names: readonly string[]): bigint =>
  names.reduce((total, name) => total + (sums[name] ?? 0n), 0n)

const count =
  (...names: readonly string[]): Metric =>
  (sums) =>
    Number(of(sums, ...names))
const money =
  (plus: readonly string[], minus: readonly string[] = []): Metric =>
  (sums) =>
    rounded(of(sums, ...plus) - of(sums, ...minus), 100n, 10_000)
/** Money divided by a count; `times` 1000 for prices of a thousand. */
const each =
  (plus: readonly string[], per: readonly string[], times = 1n): Metric =>
  (sums) =>
    rounded(of(sums, ...plus) * times, 100n * of(sums, ...per), 10_000)
const share =
  (part: readonly string[], whole: readonly string[], minus: readonly string[] = []): Metric =>
  (sums) =>
    rounded((of(sums, ...part) - of(sums, ...minus)) * 10_000n, of(sums, ...whole), 100)

const REVENUE = ['lead_revenue', 'sale_revenue', 'registration_revenue', 'deposit_revenue']
const CONFIRMED = ['sale_revenue', 'deposit_revenue']
const CONVERSIONS = ['leads', 'sales', 'registrations', 'deposits', 'custom_conversions']
const UNIQUE = ['campaign_unique']
const CLICKS = ['clicks']
const COST = ['cost']

/** Every metric of reports, by its words in the reference (conversions-and-reports §7.6). */
export const metrics: Readonly<Record<string, Metric>> = {
  clicks: count('clicks'),
  campaign_unique_clicks: count('campaign_unique'),
  stream_unique_clicks: count('stream_unique'),
  global_unique_clicks: count('global_unique'),
  uc_campaign_rate: share(UNIQUE, CLICKS),
  uc_stream_rate: share(['stream_unique'], CLICKS),
  uc_global_rate: share(['global_unique'], CLICKS),
  bots: count('bots'),
  bot_share: share(['bots'], CLICKS),
  proxies: count('proxies'),
  empty_referrers: count('empty_referrers'),
  lp_views: count('lp_views'),
  lp_clicks: count('lp_clicks'),
  lp_ctr: share(['lp_clicks'], ['lp_views']),
  landing_clicked_period: (sums) => rounded(of(sums, 'seconds') * 100n, of(sums, 'went_on'), 100),
  conversions: count(...CONVERSIONS),
  leads: count('leads'),
  sales: count('sales'),
  rejected: count('rejected'),
  rebills: count('rebills'),
  trash: count('trash'),
  registrations: count('registrations'),
  deposits: count('deposits'),
  ...Object.fromEntries(
    [7, 8, 9, 10, ...OWN_STATUSES.keys()].flatMap((number) => [
      [`custom_conversion_${number}`, count(`custom_conversion_${number}`)],
      [`custom_conversion_${number}_revenue`, money([`custom_conversion_${number}_revenue`])],
      [`cr_custom_conversion_${number}`, share([`custom_conversion_${number}`], CLICKS)],
    ]),
  ),
  approve: share(['sales'], ['leads', 'sales', 'rejected', 'trash']),
  cr: share(CONVERSIONS, CLICKS),
  cr_low: (sums) => shareEnd(sums, 'low'),
  cr_high: (sums) => shareEnd(sums, 'high'),
  crs: share(['sales'], CLICKS),
  crl: share(['leads'], CLICKS),
  cr_registrations: share(['registrations'], CLICKS),
  cr_deposits: share(['deposits'], CLICKS),
  cr_regs_to_deps: share(['deposits'], ['registrations']),
  ucr: share(['registrations'], UNIQUE),
  cost: money(COST),
  revenue: money(REVENUE),
  ...Object.fromEntries(
    ['lead', 'sale', 'rejected', 'trash', 'registration', 'deposit'].map((status) => [
      `${status}_revenue`,
      money([`${status}_revenue`]),
    ]),
  ),
  profit: money(REVENUE, COST),
  profit_confirmed: money(CONFIRMED, COST),
  profitability: money(REVENUE, COST),
  roi: share(REVENUE, COST, COST),
  roi_confirmed: share(CONFIRMED, COST, COST),
  epc: each(REVENUE, CLICKS),
  epc_low: (sums) => moneyEnd(sums, 'low'),
  epc_high: (sums) => moneyEnd(sums, 'high'),
  epc_confirmed: each(CONFIRMED, CLICKS),
  epc_hold: each(['lead_revenue'], CLICKS),
  uepc: each(REVENUE, UNIQUE),
  uepc_confirmed: each(CONFIRMED, UNIQUE),
  uepc_hold: each(['lead_revenue'], UNIQUE),
  cpc: each(COST, CLICKS),
  ucpc: each(COST, UNIQUE),
  ecpc: each(COST, CLICKS, 1000n),
  ecpm: each(REVENUE, CLICKS, 1000n),
  ecpm_confirmed: each(CONFIRMED, CLICKS, 1000n),
  cps: each(COST, ['sales']),
  cpa: each(COST, CONVERSIONS),
  cpl: each(COST, ['leads']),
  cpr: each(COST, ['registrations']),
  cpd: each(COST, ['deposits']),
  ec: each(REVENUE, CONVERSIONS),
  ec_confirmed: each(CONFIRMED, CONVERSIONS),
}
export const METRICS = Object.keys(metrics)
/** Metrics that are worked out by search here: their last decimal may differ. */
export const ESTIMATED: ReadonlySet<string> = new Set(['cr_low', 'cr_high', 'epc_low', 'epc_high'])

export function metricOf(name: string): Metric {
  const metric = metrics[name]
  if (!metric) throw new Error(`The recount knows no metric ${name}`)
  return metric
}

/** `top / bottom`, a whole number rounded half away from zero, then divided by `scale`; 0 over 0. */
function rounded(top: bigint, bottom: bigint, scale: number): number {
  if (bottom === 0n) return 0
  const isNegative = top < 0n !== bottom < 0n
  const [above, below] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom]
  const size = Number((2n * above + below) / (2n * below))
  return (isNegative && size !== 0 ? -size : size) / scale
}

/** Standard deviations that 95 % of what chance brings lies within. */
const Z = 1.959963984540054
type End = 'low' | 'high'

function shareEnd(sums: Sums, end: End): number {
  const [seen, clicks] = [Number(of(sums, ...CONVERSIONS)), Number(of(sums, 'clicks'))]
  if (clicks === 0) return 0
  if (seen > clicks) return round((countEnd(seen, end) / clicks) * 100, 2)
  const share = seen / clicks
  const rate = searched(end, share, 1, (p) => (share - p) ** 2 - (Z ** 2 * p * (1 - p)) / clicks)
  return round(rate * 100, 2)
}

function moneyEnd(sums: Sums, end: End): number {
  const [earned, squares, clicks] = [of(sums, ...REVENUE), of(sums, 'revenue_squared'), of(sums, 'clicks')].map(Number)
  if (!clicks) return 0
  if (!earned || !squares || earned <= 0) return round((earned ?? 0) / 1_000_000 / clicks, 4)
  const payment = squares / earned
  const payments = earned / payment
  return round((countEnd(payments, end) * payment) / 1_000_000 / clicks, 4)
}

const countEnd = (seen: number, end: End): number =>
  searched(end, seen, seen * 2 + 100, (count) => (seen - count) ** 2 - Z ** 2 * count)

/** Where `excess` passes zero, below `seen` or between it and `most`. */
function searched(end: End, seen: number, most: number, excess: (rate: number) => number): number {
  let [within, outside] = end === 'low' ? [seen, 0] : [seen, most]
  if (excess(outside) <= 0) return outside
  for (let round = 0; round < 200; round++) {
    const middle = (within + outside) / 2
    if (excess(middle) > 0) outside = middle
    else within = middle
  }
  return within
}

const round = (value: number, decimals: number): number =>
  (Math.sign(value) * Math.round(Math.abs(value) * 10 ** decimals)) / 10 ** decimals || 0
