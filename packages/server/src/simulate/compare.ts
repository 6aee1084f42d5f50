import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { ApiCall } from './sample-campaigns.ts'
import type { Totals } from './story.ts'

const PATIENCE_MS = 15_000
const POLL_MS = 250

const metrics = ['clicks', 'lp_clicks', 'leads', 'sales', 'rejected', 'revenue'] as const
const answer = z.object({ summary: z.object(Object.fromEntries(metrics.map((name) => [name, z.number()]))) })

export interface Comparison {
  /** One line a number: what was sent beside what the report shows. */
  readonly lines: readonly string[]
  readonly isEqual: boolean
}

/** Waits until the report of these clicks shows what was sent, but not for long, and puts both side by side. */
export async function compareWithReport(api: ApiCall, tag: string, totals: Totals): Promise<Comparison> {
  const sent = {
    clicks: totals.clicks,
    lp_clicks: totals.landingClicks,
    leads: totals.leads,
    sales: totals.sales,
    rejected: totals.rejected,
  }
  const giveUpAt = performance.now() + PATIENCE_MS
  for (;;) {
    const reported = await report(api, tag)
    const isEqual = Object.entries(sent).every(([name, count]) => reported[name] === count)
    if (isEqual || performance.now() > giveUpAt) return { lines: sideBySide(sent, reported, totals), isEqual }
    await sleep(POLL_MS)
  }
}

async function report(api: ApiCall, tag: string): Promise<Record<string, number>> {
  const built = await api('POST', '/report/build', {
    range: { interval: 'all_time' },
    metrics,
    filters: [{ name: 'sub_id_10', operator: 'EQUALS', expression: tag }],
    summary: true,
  })
  return answer.parse(built).summary
}

function sideBySide(
  sent: Readonly<Record<string, number>>,
  reported: Readonly<Record<string, number>>,
  { revenueCents }: Totals,
): string[] {
  const labels = { clicks: 'clicks', lp_clicks: 'landing clicks', leads: 'leads', sales: 'sales', rejected: 'rejected' }
  const counts = Object.entries(labels).map(([name, label]) => line(label, String(sent[name]), String(reported[name])))
  const payouts = (revenueCents / 100).toFixed(2)
  const revenue = (reported.revenue ?? 0).toFixed(2)
  const isFixed = payouts !== revenue
  return [
    line('', 'sent', 'in the report'),
    ...counts,
    line('revenue', payouts, revenue),
    ...(isFixed ? ['Offers with a payout of their own count that, whatever the postback says.'] : []),
  ]
}

const line = (label: string, sent: string, reported: string): string =>
  `  ${label.padEnd(16)}${sent.padStart(10)}${reported.padStart(16)}`
