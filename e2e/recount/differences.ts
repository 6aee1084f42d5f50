import { z } from 'zod'
import type { ApiCall } from '../../packages/server/src/simulate/sample-campaigns.ts'
import type { Naming } from './naive-columns.ts'
import { METRICS } from './naive-metrics.ts'
import { naiveReport, type Question } from './naive-report.ts'
import { recount } from './recount.ts'
import { sameReport } from './same-report.ts'

/** Reports that nothing about names or labels enters, by every date of conversions and in different zones. */
const QUESTIONS: readonly Pick<Question, 'grouping' | 'zone' | 'conversion_date'>[] = [
  { grouping: [], zone: 'UTC', conversion_date: 'click' },
  { grouping: ['campaign_id', 'offer_id'], zone: 'Europe/Berlin', conversion_date: 'click' },
  { grouping: ['sub_id_3'], zone: 'UTC', conversion_date: 'click' },
  { grouping: ['sub_id_1', 'landing_clicked'], zone: 'America/New_York', conversion_date: 'sale' },
  { grouping: ['day_hour', 'campaign_id'], zone: 'Asia/Kathmandu', conversion_date: 'conversion' },
]
const NO_NAMES: Naming = { names: {}, groups: {}, labels: [], firstWeekday: 1, baseCurrency: '' }
const answer = z.object({
  rows: z.array(z.record(z.string(), z.unknown())),
  total: z.number(),
  summary: z.record(z.string(), z.number().nullable()),
})

/** Asks for reports on everything and compares them, figure by figure, with a recount of the whole spool. */
export async function differences(api: ApiCall, spoolDir: string): Promise<{ asked: number; found: string[] }> {
  const { clicks, conversions } = recount(spoolDir)
  const happened = clicks.map((click) => ({ click, conversions: conversions.get(click.subId) ?? [] }))
  const found: string[] = []
  for (const asked of QUESTIONS) {
    const question = { ...asked, from: null, to: null, metrics: METRICS, filters: [], compare: null, trend: null }
    const { zone, from: _, to: __, ...request } = question
    const range = { interval: 'all_time', timezone: zone }
    const got = answer.parse(await api('POST', '/report/build', { ...request, range, summary: true }))
    try {
      sameReport(got, naiveReport(happened, question, NO_NAMES, Date.now()), question, [])
    } catch (error) {
      found.push(
        `by ${asked.grouping.join(', ') || 'nothing'}: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
  return { asked: QUESTIONS.length, found }
}
