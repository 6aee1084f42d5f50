import { CUSTOM_SLOTS } from '../conversion/custom-status.ts'
import type { Expression, MetricCatalog, MetricDef, Operand, Unit } from './expression.ts'
import { countedColumn } from './own-columns.ts'

const define = (label: string, unit: Unit, help: string, expr: Expression): MetricDef => ({ label, unit, help, expr })
const sum = (...columns: readonly string[]): Expression => ({ op: 'sum', columns })
const countIf = (column: string): Expression => ({ op: 'countIf', column })
const add = (...terms: Operand[]): Expression => ({ op: 'add', terms })
const subtract = (from: Operand, minus: Operand): Expression => ({ op: 'subtract', from, minus })
const ratio = (of: Operand, per: Operand, scale = 1): Expression => ({ op: 'ratio', of, per, scale })
const percent = (of: Operand, per: Operand): Expression => ratio(of, per, 100)

/** What counts as revenue; the spread of it is looked at in the same columns. */
const REVENUE_COLUMNS = ['lead_revenue', 'sale_revenue', 'registration_revenue', 'deposit_revenue'] as const
/** What counts as confirmed of it. */
const CONFIRMED = sum('sale_revenue', 'deposit_revenue')
/** Ends of the interval of a conversion rate: a share of clicks. */
const shareEnd = (end: 'low' | 'high', of: Operand): Expression => ({
  op: 'interval',
  method: 'wilson',
  end,
  of,
  per: 'clicks',
  scale: 100,
})
/** Ends of the interval of money per click. */
const moneyEnd = (end: 'low' | 'high', of: Operand, columns: readonly string[]): Expression => ({
  op: 'interval',
  method: 'scaled_poisson',
  end,
  of,
  per: 'clicks',
  squares: { op: 'sumSquares', columns },
})

/**
 * Metrics of the statuses of the user's own (reference admin-api §3.6), by their numbers; null where nobody says what the
 * status is called.
 */
export const customMetrics = (statuses: ReadonlyMap<number, string | null>): MetricCatalog =>
  Object.fromEntries(
    [...statuses].flatMap(([slot, status]) => {
      const name = `custom_conversion_${slot}`
      const whose = status === null ? `your own status with number ${slot}` : `your own status ${status}`
      return [
        [name, define(status ?? `Custom ${slot}`, 'count', `Conversions now in ${whose}.`, sum(name))],
        [
          `${name}_revenue`,
          define(
            `Revenue (${status ?? `custom ${slot}`})`,
            'money',
            `Money of conversions now in ${whose}.`,
            sum(`${name}_revenue`),
          ),
        ],
        [
          `cr_${name}`,
          define(
            `CR (${status ?? `custom ${slot}`})`,
            'percent',
            `Conversions now in ${whose} of clicks.`,
            percent(sum(name), 'clicks'),
          ),
        ],
      ]
    }),
  )

/** Every metric of a report (reference conversions-and-reports §7.6); what its help says besides is in metric-docs.ts. */
export const metrics = {
  clicks: define('Clicks', 'count', 'Requests that reached a campaign, bots included.', { op: 'count' }),
  campaign_unique_clicks: define(
    'Unique clicks (campaign)',
    'count',
    'First visits to the campaign.',
    countIf('is_unique_campaign'),
  ),
  stream_unique_clicks: define(
    'Unique clicks (stream)',
    'count',
    'First visits to the stream.',
    countIf('is_unique_stream'),
  ),
  global_unique_clicks: define(
    'Unique clicks (global)',
    'count',
    'First visits to any campaign.',
    countIf('is_unique_global'),
  ),
  uc_campaign_rate: define(
    'Unique share (campaign)',
    'percent',
    'Unique clicks of clicks.',
    percent('campaign_unique_clicks', 'clicks'),
  ),
  uc_stream_rate: define(
    'Unique share (stream)',
    'percent',
    'Unique clicks of clicks.',
    percent('stream_unique_clicks', 'clicks'),
  ),
  uc_global_rate: define(
    'Unique share (global)',
    'percent',
    'Unique clicks of clicks.',
    percent('global_unique_clicks', 'clicks'),
  ),
  bots: define('Bots', 'count', 'Clicks that look like bots.', countIf('is_bot')),
  bot_share: define('Bot share', 'percent', 'Bots of clicks.', percent('bots', 'clicks')),
  proxies: define('Proxies', 'count', 'Clicks that came through a proxy.', countIf('is_using_proxy')),
  empty_referrers: define('Empty referrers', 'count', 'Clicks without a referrer.', {
    op: 'countIf',
    column: 'referrer',
    is: 'empty',
  }),

  lp_views: define('LP views', 'count', 'Clicks that were shown a landing page.', countIf('landing_id')),
  lp_clicks: define('LP clicks', 'count', 'Clicks that went on from the landing page.', countIf('landing_clicked')),
  lp_ctr: define('LP CTR', 'percent', 'LP clicks of LP views.', percent('lp_clicks', 'lp_views')),
  landing_clicked_period: define(
    'Time on LP',
    'seconds',
    'Mean seconds between the click and the LP click.',
    ratio(sum('landing_clicked_period'), countIf('landing_clicked_datetime')),
  ),

  conversions: define(
    'Conversions',
    'count',
    'Leads, sales, registrations, deposits and those of your own statuses that count; no rebills, nothing rejected.',
    sum('leads', 'sales', 'registrations', 'deposits', 'custom_conversions'),
  ),
  leads: define('Leads', 'count', 'Conversions now on hold.', sum('leads')),
  sales: define('Sales', 'count', 'Conversions now confirmed.', sum('sales')),
  rejected: define('Rejected', 'count', 'Conversions now rejected.', sum('rejected')),
  rebills: define('Rebills', 'count', 'Additional conversions of a click.', sum('rebills')),
  trash: define('Trash', 'count', 'Conversions now in trash.', sum('trash')),
  registrations: define('Registrations', 'count', 'Conversions now in status registration.', sum('registrations')),
  deposits: define('Deposits', 'count', 'Conversions now in status deposit.', sum('deposits')),
  approve: define(
    'Approve',
    'percent',
    'Sales of leads, sales, rejected and trash.',
    percent('sales', add('leads', 'sales', 'rejected', 'trash')),
  ),
  ...customMetrics(new Map(CUSTOM_SLOTS.map((slot) => [slot, null]))),

  cr: define('CR', 'percent', 'Conversions of clicks.', percent('conversions', 'clicks')),
  cr_low: define('CR, at least', 'percent', 'Lower end of what CR may really be.', shareEnd('low', 'conversions')),
  cr_high: define('CR, at most', 'percent', 'Upper end of what CR may really be.', shareEnd('high', 'conversions')),
  crs: define('CR sales', 'percent', 'Sales of clicks.', percent('sales', 'clicks')),
  crl: define('CR leads', 'percent', 'Leads of clicks.', percent('leads', 'clicks')),
  cr_registrations: define(
    'CR registrations',
    'percent',
    'Registrations of clicks.',
    percent('registrations', 'clicks'),
  ),
  cr_deposits: define('CR deposits', 'percent', 'Deposits of clicks.', percent('deposits', 'clicks')),
  cr_regs_to_deps: define(
    'CR registrations to deposits',
    'percent',
    'Deposits of registrations.',
    percent('deposits', 'registrations'),
  ),
  ucr: define('UCR', 'percent', 'Registrations of unique clicks.', percent('registrations', 'campaign_unique_clicks')),

  cost: define('Cost', 'money', 'What the clicks cost.', sum('cost')),
  revenue: define('Revenue', 'money', 'Money on hold and confirmed; nothing rejected.', sum(...REVENUE_COLUMNS)),
  lead_revenue: define('Revenue (hold)', 'money', 'Money of leads.', sum('lead_revenue')),
  sale_revenue: define('Revenue (confirmed)', 'money', 'Money of sales and rebills.', sum('sale_revenue')),
  rejected_revenue: define('Revenue (rejected)', 'money', 'Money of rejected conversions.', sum('rejected_revenue')),
  trash_revenue: define('Revenue (trash)', 'money', 'Money of trash conversions.', sum('trash_revenue')),
  registration_revenue: define(
    'Revenue (registrations)',
    'money',
    'Money of registrations.',
    sum('registration_revenue'),
  ),
  deposit_revenue: define('Revenue (deposits)', 'money', 'Money of deposits.', sum('deposit_revenue')),
  profit: define('Profit', 'money', 'Revenue less cost.', subtract('revenue', 'cost')),
  profit_confirmed: define('Profit (confirmed)', 'money', 'Confirmed money less cost.', subtract(CONFIRMED, 'cost')),
  profitability: define(
    'Profitability',
    'money',
    'Same as profit, shown as a coloured mark.',
    subtract('revenue', 'cost'),
  ),
  roi: define('ROI', 'percent', 'Profit of cost.', percent('profit', 'cost')),
  roi_confirmed: define('ROI (confirmed)', 'percent', 'Confirmed profit of cost.', percent('profit_confirmed', 'cost')),

  epc: define('EPC', 'money', 'Revenue per click.', ratio('revenue', 'clicks')),
  epc_low: define(
    'EPC, at least',
    'money',
    'Lower end of what EPC may really be.',
    moneyEnd('low', 'revenue', REVENUE_COLUMNS),
  ),
  epc_high: define(
    'EPC, at most',
    'money',
    'Upper end of what EPC may really be.',
    moneyEnd('high', 'revenue', REVENUE_COLUMNS),
  ),
  epc_confirmed: define('EPC (confirmed)', 'money', 'Confirmed money per click.', ratio(CONFIRMED, 'clicks')),
  epc_hold: define('EPC (hold)', 'money', 'Money on hold per click.', ratio('lead_revenue', 'clicks')),
  uepc: define('uEPC', 'money', 'Revenue per unique click.', ratio('revenue', 'campaign_unique_clicks')),
  uepc_confirmed: define(
    'uEPC (confirmed)',
    'money',
    'Confirmed money per unique click.',
    ratio(CONFIRMED, 'campaign_unique_clicks'),
  ),
  uepc_hold: define(
    'uEPC (hold)',
    'money',
    'Money on hold per unique click.',
    ratio('lead_revenue', 'campaign_unique_clicks'),
  ),
  cpc: define('CPC', 'money', 'Cost per click.', ratio('cost', 'clicks')),
  ucpc: define('uCPC', 'money', 'Cost per unique click.', ratio('cost', 'campaign_unique_clicks')),
  ecpc: define('eCPC', 'money', 'Cost of 1000 clicks.', ratio('cost', 'clicks', 1000)),
  ecpm: define('eCPM', 'money', 'Revenue of 1000 clicks.', ratio('revenue', 'clicks', 1000)),
  ecpm_confirmed: define(
    'eCPM (confirmed)',
    'money',
    'Confirmed money of 1000 clicks.',
    ratio(CONFIRMED, 'clicks', 1000),
  ),
  cps: define('CPS', 'money', 'Cost per sale.', ratio('cost', 'sales')),
  cpa: define('CPA', 'money', 'Cost per conversion.', ratio('cost', 'conversions')),
  cpl: define('CPL', 'money', 'Cost per lead.', ratio('cost', 'leads')),
  cpr: define('CPR', 'money', 'Cost per registration.', ratio('cost', 'registrations')),
  cpd: define('CPD', 'money', 'Cost per deposit.', ratio('cost', 'deposits')),
  ec: define('EC', 'money', 'Revenue per conversion.', ratio('revenue', 'conversions')),
  ec_confirmed: define('EC (confirmed)', 'money', 'Confirmed money per conversion.', ratio(CONFIRMED, 'conversions')),
} as const satisfies MetricCatalog

/** The metric of this name, of whichever status of the user's own; null when there is none. */
export function metricNamed(name: string): MetricDef | null {
  if (Object.hasOwn(metrics, name)) return METRICS[name] ?? null
  const number = countedColumn(name.replace(/^cr_/, ''))?.number
  return (number === undefined ? null : customMetrics(new Map([[number, null]]))[name]) ?? null
}
const METRICS: MetricCatalog = metrics

/** Names scripts use for a metric that has another name here. */
export const metricAliases: Readonly<Record<string, string>> = {
  confirmed_revenue: 'sale_revenue',
  confirmed_profit: 'profit_confirmed',
  regs: 'registrations',
}

/** Money of one conversion, in the conversion log: whatever its status (reference conversions-and-reports §8.2). */
export const conversionMetrics = {
  revenue: define('Revenue', 'money', 'Money of the conversion.', sum('revenue')),
  cost: define(
    'Cost',
    'money',
    'What the click cost. Only its first conversion carries it, so that sums hold it once.',
    sum('conversion_cost'),
  ),
  profit: define('Profit', 'money', 'Revenue less cost.', subtract('revenue', 'cost')),
  profitability: define('Profitability', 'money', 'Same as profit.', subtract('revenue', 'cost')),
} as const satisfies MetricCatalog
