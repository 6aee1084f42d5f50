import { z } from 'zod'
import type { Totals } from '../../packages/server/src/simulate/story.ts'
import type { Yard } from '../harness.ts'
import { type NaiveClick, recount } from '../recount/recount.ts'

const METRICS = ['clicks', 'lp_clicks', 'leads', 'sales', 'rejected', 'revenue', 'cost'] as const
type Figures = Record<(typeof METRICS)[number], number>
const GROUPINGS = [[], ['campaign_id', 'offer_id'], ['sub_id_1'], ['sub_id_2', 'is_bot']] as const
/** Columns the recount needs; others would fill the memory for nothing. */
const KEPT = ['datetime', 'campaign_id', 'offer_id', 'sub_id_1', 'sub_id_2', 'is_bot', 'is_unique_campaign', 'cost']

const figures = z.object(Object.fromEntries(METRICS.map((name) => [name, z.number()])))
const answer = z.object({ rows: z.array(z.record(z.string(), z.unknown())), summary: figures })

/** Compares every row of some reports with a recount of the spool, and their sums with what was sent. */
export async function check(yard: Yard, spoolDir: string, sent: Totals): Promise<{ rows: number; wrong: string[] }> {
  const { clicks } = recount(spoolDir, KEPT)
  const wrong: string[] = []
  let rows = 0
  for (const grouping of GROUPINGS) {
    const report = { range: { interval: 'all_time' }, grouping, metrics: METRICS, summary: true }
    const got = answer.parse(await yard.api('POST', '/report/build', report))
    const wanted = sums(clicks, grouping)
    rows += got.rows.length
    const told = new Map(got.rows.map((row) => [keyOf(row, grouping), inWords(toSums(figures.parse(row)))]))
    for (const key of new Set([...told.keys(), ...wanted.keys()]))
      if (told.get(key) !== wanted.get(key))
        wrong.push(`by ${grouping.join(', ') || 'nothing'}: ${key} is ${told.get(key)}, not ${wanted.get(key)}`)
    if (grouping.length === 0) wrong.push(...unlikeSent(figures.parse(got.rows[0]), sent))
  }
  return { rows, wrong }
}

function unlikeSent(report: Readonly<Record<string, number>>, sent: Totals): string[] {
  const told: Readonly<Record<string, number>> = {
    ...{ clicks: sent.clicks, lp_clicks: sent.landingClicks, revenue: sent.revenueCents / 100 },
    ...{ leads: sent.leads, sales: sent.sales, rejected: sent.rejected },
  }
  return Object.entries(told).flatMap(([name, value]) =>
    report[name] === value ? [] : [`${name}: ${value} were sent, the report says ${report[name]}`],
  )
}

function sums(clicks: readonly NaiveClick[], grouping: readonly string[]): Map<string, string> {
  const groups = new Map<string, Figures>()
  for (const click of clicks) {
    const cells = { ...click, offer_id: click.offer_id ?? 0, is_bot: click.is_bot === 1 }
    const key = keyOf(cells, grouping)
    const sum = groups.get(key) ?? { clicks: 0, lp_clicks: 0, leads: 0, sales: 0, rejected: 0, revenue: 0, cost: 0 }
    groups.set(key, sum)
    sum.clicks++
    sum.lp_clicks += Number(click.landing_clicked ?? 0)
    for (const name of ['leads', 'sales', 'rejected', 'cost'] as const) sum[name] += Number(click[name] ?? 0)
    sum.revenue += Number(click.lead_revenue ?? 0) + Number(click.sale_revenue ?? 0)
  }
  return new Map([...groups].map(([key, sum]) => [key, inWords(sum)]))
}

const keyOf = (row: Readonly<Record<string, unknown>>, grouping: readonly string[]): string =>
  JSON.stringify(grouping.map((name) => row[name] ?? ''))
const isMoney = (name: string): boolean => name === 'revenue' || name === 'cost'
/** Money in millionths; reports round it to ten thousandths. */
const inWords = (sums: Readonly<Record<string, number>>): string =>
  METRICS.map((name) => `${name} ${isMoney(name) ? Math.round((sums[name] ?? 0) / 100) / 1e4 : sums[name]}`).join(', ')
/** What a report shows, in the unit of the sums. */
const toSums = (row: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(
    METRICS.map((name) => [name, isMoney(name) ? Math.round((row[name] ?? 0) * 1e6) : (row[name] ?? 0)]),
  )
