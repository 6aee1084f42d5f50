import assert from 'node:assert/strict'
import type { ReportContext } from '../../packages/core/src/report/context.ts'
import { planReport, type Report } from '../../packages/core/src/report/plan.ts'
import { parseReportQuery } from '../../packages/core/src/report/query.ts'
import type { Result } from '../../packages/core/src/result.ts'
import type { Random } from '../../packages/server/src/simulate/random.ts'
import type { EventQueries } from '../../packages/server/src/stores/events/port.ts'
import type { Naming } from './naive-columns.ts'
import { naiveReport } from './naive-report.ts'
import { type Happened, OWN_STATUSES } from './naive-rows.ts'
import { NOW_MS } from './random-history.ts'
import { randomQuestion, randomSort } from './random-question.ts'
import { sameReport } from './same-report.ts'

/** What was asked so far, to see that the questions are not all of one kind. */
export const noneSeen = () => ({ reports: 0, rows: 0, filtered: 0, compared: 0, dated: 0, trends: 0 })
type Seen = ReturnType<typeof noneSeen>

interface Asked {
  readonly store: EventQueries
  /** What is in the store, or what of it the campaigns have that may be seen. */
  readonly happened: readonly [Happened, ...Happened[]]
  readonly naming: Omit<Naming, 'firstWeekday'>
  /** Null: all that are in the store. */
  readonly campaignIds: readonly number[] | null
  readonly random: Random
}

/** Asks a random report of the store, as a whole and a page of it, and fails unless the naive recount says the same. */
export async function compareReport(
  { store, happened, naming, campaignIds, random }: Asked,
  seen: Seen,
): Promise<void> {
  const firstWeekday = random.integer(1, 7)
  const asked = { ...naming, firstWeekday, grouping: [] }
  const { question, range } = randomQuestion(random, happened, asked, NOW_MS)
  const page = { limit: random.integer(1, 20), offset: random.pick([0, 0, 3]), sort: randomSort(random, question) }
  const context: ReportContext = {
    ...naming,
    labels: naming.labels.map((one) => ({ ...one, label: one.label === 'whitelist' ? 'whitelist' : 'blacklist' })),
    ...{ firstWeekday, nowMs: NOW_MS, defaultTimeZone: 'UTC', campaignIds, ownStatuses: OWN_STATUSES },
  }
  const ask = async (more: object): Promise<Report> => {
    const { zone: _, from: __, to: ___, ...request } = question
    const query = demand(parseReportQuery({ ...request, range, ...more }))
    const plan = demand(planReport(query, context))
    const trend = plan.trend ? await store.query(plan.trend) : undefined
    return plan.present(await store.query(plan), trend)
  }
  const wanted = naiveReport(happened, question, asked, NOW_MS)
  try {
    const whole = await ask({ summary: true, sort: page.sort })
    sameReport(whole, wanted, question, page.sort)
    const { rows, total } = await ask(page)
    assert.deepEqual(rows, whole.rows.slice(page.offset, page.offset + page.limit))
    if (rows.length > 0) assert.equal(total, whole.total)
    seen.rows += rows.length
  } catch (error) {
    const told = JSON.stringify({ question, range, page, firstWeekday })
    throw new Error(`${told}\n${error instanceof Error ? error.message : String(error)}`)
  }
  seen.reports++
  if (question.filters.length > 0) seen.filtered++
  if (question.compare) seen.compared++
  if (question.conversion_date !== 'click') seen.dated++
  if (question.trend) seen.trends++
}

function demand<T>(result: Result<T>): T {
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}
