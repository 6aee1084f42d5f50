import { z } from 'zod'
import type { Yard } from '../harness.ts'
import { CPC_CENTS, type Expected, type Ledger, TOTAL_COST } from './traffic.ts'

export interface Findings {
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  /** Landing clicks or conversions that are not what was promised. */
  readonly wrong: readonly string[]
  readonly storedClicks: number
  readonly storedConversions: number
}

const METRICS = ['clicks', 'lp_clicks', 'leads', 'sales', 'rebills', 'lead_revenue', 'sale_revenue', 'cost'] as const
const answer = z.object({
  rows: z.array(z.object({ sub_id: z.string(), ...numbers(METRICS) })),
  summary: z.object(numbers(METRICS)),
})
const log = z.object({ rows: z.array(z.object({ sub_id: z.string() })), total: z.number() })

function numbers<const Name extends string>(names: readonly Name[]): Record<Name, z.ZodNumber> {
  return Object.fromEntries(names.map((name) => [name, z.number()])) as Record<Name, z.ZodNumber>
}

/** Compares the store, through the API, with what visitors and networks were told. */
export async function verify(yard: Yard, ledger: Ledger): Promise<Findings> {
  const range = { interval: 'all_time' }
  const report = answer.parse(
    await yard.api('POST', '/report/build', { range, grouping: ['sub_id'], metrics: METRICS, summary: true }),
  )
  const clickLog = log.parse(await yard.api('POST', '/clicks/log', { range, columns: ['sub_id'], limit: 100_000 }))
  const conversions = log.parse(await yard.api('POST', '/conversions/log', { range, columns: ['sub_id'], limit: 1 }))
  const found = new Map(report.rows.map((one) => [one.sub_id, one]))
  const listed = Map.groupBy(clickLog.rows, (one) => one.sub_id)

  const lost: string[] = []
  const wrong: string[] = []
  for (const [subId, expected] of ledger.clicks) {
    const stored = found.get(subId)
    if (!stored) lost.push(subId)
    else if (!agrees(stored, expected)) wrong.push(`${JSON.stringify(stored)} but ${JSON.stringify(expected)}`)
  }
  const doubled = [...found.values()]
    .filter(({ sub_id, clicks }) => clicks !== 1 || listed.get(sub_id)?.length !== 1)
    .map(({ sub_id }) => sub_id)
  const promised = [...ledger.clicks.values()].reduce(
    (sum, { leads, sales, rebills }) => sum + leads + sales + rebills,
    0,
  )
  if (report.summary.cost !== TOTAL_COST) wrong.push(`the clicks cost ${report.summary.cost}, not ${TOTAL_COST}`)
  if (conversions.total !== promised)
    wrong.push(`${conversions.total} conversions are listed, ${promised} were promised`)
  if (found.size > ledger.clicks.size + ledger.unansweredClicks)
    wrong.push(`${found.size} clicks, more than were ever sent`)
  return { lost, doubled, wrong, storedClicks: found.size, storedConversions: conversions.total }
}

function agrees(stored: z.output<typeof answer>['rows'][number], expected: Expected): boolean {
  const { landing, leads, sales, rebills, leadCents, saleCents } = expected
  if (landing !== 'unsure' && stored.lp_clicks !== (landing === 'answered' ? 1 : 0)) return false
  if (stored.lp_clicks > 1) return false
  return (
    stored.leads === leads &&
    stored.sales === sales &&
    stored.rebills === rebills &&
    Math.round(stored.lead_revenue * 100) === leadCents &&
    // Whether or not the answer arrived, a landing click that counted has earned its price, once.
    Math.round(stored.sale_revenue * 100) === saleCents + stored.lp_clicks * CPC_CENTS
  )
}
