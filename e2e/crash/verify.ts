import { z } from 'zod'
import { pathsOf } from '../../packages/server/src/paths.ts'
import type { Yard } from '../harness.ts'
import { differences } from '../recount/differences.ts'
import { CPC_CENTS } from './campaigns.ts'
import type { Receiver } from './receiver.ts'
import type { Expected, Ledger } from './traffic.ts'

export interface Findings {
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  /** Landing clicks, conversions, costs or figures that are not what was promised. */
  readonly wrong: readonly string[]
  readonly storedClicks: number
  readonly storedConversions: number
  /** Reports that were compared with a recount of the spool. */
  readonly recounted: number
}

const METRICS = ['clicks', 'lp_clicks', 'revenue', 'sale_revenue', 'cost'] as const
const report = z.object({ rows: z.array(z.object({ sub_id: z.string(), ...numbers(METRICS) })) })
const costReport = z.object({ rows: z.array(z.object({ sub_id_3: z.string(), cost: z.number() })) })
const clickLog = z.object({ rows: z.array(z.object({ sub_id: z.string() })) })
const conversionLog = z.object({
  rows: z.array(z.object({ sub_id: z.string(), tid: z.string(), status: z.string(), revenue: z.number() })),
})

function numbers<const Name extends string>(names: readonly Name[]): Record<Name, z.ZodNumber> {
  return Object.fromEntries(names.map((name) => [name, z.number()])) as Record<Name, z.ZodNumber>
}

/** Compares the store, through the API, and what the receiver heard with what visitors and networks were told. */
export async function verify(yard: Yard, ledger: Ledger, receiver: Receiver): Promise<Findings> {
  const range = { interval: 'all_time' }
  const ask = (path: string, more: object): Promise<unknown> => yard.api('POST', path, { range, ...more })
  const { rows } = report.parse(await ask('/report/build', { grouping: ['sub_id'], metrics: METRICS }))
  const listed = clickLog.parse(await ask('/clicks/log', { columns: ['sub_id'], limit: 100_000 })).rows
  const columns = ['sub_id', 'tid', 'status', 'revenue']
  const converted = conversionLog.parse(await ask('/conversions/log', { columns, limit: 100_000 })).rows
  const costs = costReport.parse(await ask('/report/build', { grouping: ['sub_id_3'], metrics: ['cost'] })).rows

  const found = new Map(rows.map((one) => [one.sub_id, one]))
  const lost: string[] = []
  const wrong: string[] = []
  for (const [subId, expected] of ledger.clicks) {
    const stored = found.get(subId)
    if (!stored) lost.push(`click ${subId}`)
    else if (!agrees(stored, expected)) wrong.push(`${JSON.stringify(stored)} but ${inWords(expected)}`)
  }
  const times = Map.groupBy(listed, (one) => one.sub_id)
  const doubled = rows
    .filter(({ sub_id, clicks }) => clicks !== 1 || times.get(sub_id)?.length !== 1)
    .map(({ sub_id }) => `click ${sub_id}`)
  if (found.size > ledger.clicks.size + ledger.unansweredClicks)
    wrong.push(`${found.size} clicks, more than were ever sent`)

  const promised = [...ledger.clicks].flatMap(([subId, { conversions }]) =>
    [...conversions].map(([tid, { status, cents }]) => `conversion ${subId} ${tid} ${status} ${cents}`),
  )
  const stored = converted.map(
    (one) => `conversion ${one.sub_id} ${one.tid} ${one.status} ${Math.round(one.revenue * 100)}`,
  )
  lost.push(...without(promised, stored))
  doubled.push(...without(stored, promised), ...stored.filter((one, index) => stored.indexOf(one) !== index))

  const cost = new Map(costs.map((one) => [one.sub_id_3, Math.round(one.cost * 100)]))
  for (const [group, cents] of ledger.costs)
    if (cost.get(group) !== cents) wrong.push(`the clicks of ${group} cost ${cost.get(group)} cents, not ${cents}`)

  lost.push(...without(ledger.messages, receiver.heard.keys()).map((what) => `postback ${what}`))
  doubled.push(...without(receiver.heard.keys(), ledger.messages).map((what) => `postback without reason ${what}`))
  for (const [what, ids] of receiver.heard)
    if (ids.size !== 1) doubled.push(`postback ${what} with the ids ${[...ids].join(' ')}`)

  const recount = await differences(yard.api, pathsOf(yard.dataDir).spool)
  wrong.push(...recount.found)
  return { lost, doubled, wrong, storedClicks: found.size, storedConversions: stored.length, recounted: recount.asked }
}

function without(some: Iterable<string>, others: Iterable<string>): string[] {
  const left = new Set(others)
  return [...some].filter((one) => !left.has(one))
}

const HELD: ReadonlySet<string> = new Set(['lead', 'registration', 'deposit'])
const EARNED: ReadonlySet<string> = new Set(['sale', 'rebill'])

function agrees(stored: z.output<typeof report>['rows'][number], { landing, conversions }: Expected): boolean {
  if (landing !== 'unsure' && stored.lp_clicks !== (landing === 'answered' ? 1 : 0)) return false
  if (stored.lp_clicks > 1) return false
  const sum = (statuses: ReadonlySet<string>): number =>
    [...conversions.values()].reduce((total, one) => total + (statuses.has(one.status) ? one.cents : 0), 0)
  // Whether or not the answer arrived, a landing click that counted has earned its price, once.
  const earned = sum(EARNED) + stored.lp_clicks * CPC_CENTS
  return Math.round(stored.sale_revenue * 100) === earned && Math.round(stored.revenue * 100) === earned + sum(HELD)
}

const inWords = ({ landing, conversions }: Expected): string =>
  `landing click: ${landing}, conversions: ${JSON.stringify([...conversions])}`
