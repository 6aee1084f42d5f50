import type { ReportContext } from '@trackyard/core/report/context.ts'
import { planReport } from '@trackyard/core/report/plan.ts'
import { planClickLog } from '@trackyard/core/report/plan-log.ts'
import { parseClickLogQuery, parseReportQuery } from '@trackyard/core/report/query.ts'
import type { Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { openClickHouseEvents } from '../packages/server/src/stores/events/clickhouse.ts'
import type { EventQueries } from '../packages/server/src/stores/events/port.ts'
import { cpuSeconds, memoryMb, resetPeak } from './lib/process-use.ts'
import { type Benchmark, type Line, type Outcome, rounded } from './lib/report.ts'
import { DATABASE, END_MS, openReportData } from './lib/report-data.ts'
import { type ReportKind, type ReportPair, reportPairs } from './lib/report-pairs.ts'
import { interleave, median, timed } from './lib/rounds.ts'
import { sqlOf } from './lib/store-sql.ts'

const CONTEXT: ReportContext = { names: {}, nowMs: END_MS - 1, defaultTimeZone: 'UTC', firstWeekday: 1 }

/** Reports over the table ingest fills, beside statements written by hand; memory of the store; bytes on disk. */
export const reports: Benchmark = {
  name: 'reports',
  about: 'reports over 10 M clicks beside SQL written by hand',
  async run({ small }) {
    const clicks = small ? 20_000 : 10_000_000
    const store = await openReportData(clicks)
    const { socketPath, password } = store
    const events = openClickHouseEvents({ url: 'http://localhost', socketPath, password, database: DATABASE })
    const sql = sqlOf(store, DATABASE)
    try {
      // Data made by an earlier release has not all columns yet.
      await events.migrate()
      const idleMb = memoryMb(store.pid).now
      resetPeak(store.pid)
      const lines: Line[] = []
      for (const pair of reportPairs)
        lines.push(await compare(pair, { events, sql, pid: store.pid, rounds: small ? 1 : 31 }))
      const memory = memoryMb(store.pid)
      const bytes = await bytesPerClick(sql, clicks)
      return outcomeOf(clicks, lines, { idleMb, afterMb: memory.now, peakMb: memory.peak, ...bytes })
    } finally {
      await events.close()
      await store.stop({ keep: true })
    }
  },
}

type Sql = (text: string) => Promise<string>

interface Asked {
  readonly events: EventQueries
  readonly sql: Sql
  readonly pid: number
  readonly rounds: number
}

async function compare(pair: ReportPair, { events, sql, pid, rounds }: Asked): Promise<Line> {
  const ask = pair.kind === 'click log' ? () => askLog(pair, events) : () => askReport(pair, events)
  const askByHand = async (): Promise<string> => {
    const text = await sql(`${pair.byHand} FORMAT JSON`)
    JSON.parse(text)
    return text
  }
  const rows = await ask()
  const rowsByHand = z.object({ data: z.array(z.unknown()) }).parse(JSON.parse(await askByHand())).data.length
  if (rows !== rowsByHand) throw new Error(`${pair.name}: ${rows} rows as planned, ${rowsByHand} by hand`)
  // What the store computes says more than the clock where others use the machine.
  const measured = async (work: () => Promise<unknown>): Promise<{ ms: number; cpuMs: number }> => {
    const before = cpuSeconds(pid)
    const ms = await timed(work)
    return { ms, cpuMs: (cpuSeconds(pid) - before) * 1000 }
  }
  const seen = await interleave({ planned: () => measured(ask), byHand: () => measured(askByHand) }, { rounds })
  const middle = (of: 'planned' | 'byHand'): number => median(seen[of].map(({ ms }) => ms))
  const cpu = (of: 'planned' | 'byHand'): number => seen[of].reduce((sum, { cpuMs }) => sum + cpuMs, 0) / rounds
  return {
    report: pair.name,
    kind: pair.kind,
    rows,
    'ms, as planned': rounded(middle('planned')),
    'ms, by hand': rounded(middle('byHand')),
    ratio: rounded(middle('planned') / middle('byHand')),
    'CPU ms, as planned': rounded(cpu('planned')),
    'CPU ms, by hand': rounded(cpu('byHand')),
    'ratio of CPU': rounded(cpu('planned') / Math.max(1, cpu('byHand'))),
  }
}

/** As the report route does it: parse, plan, ask, work out the metrics. Answers the number of rows. */
async function askReport({ body }: ReportPair, events: EventQueries): Promise<number> {
  const plan = demand(planReport(demand(parseReportQuery(body)), CONTEXT))
  return plan.present(await events.query(plan)).rows.length
}

async function askLog({ body }: ReportPair, events: EventQueries): Promise<number> {
  const plan = demand(planClickLog(demand(parseClickLogQuery(body)), CONTEXT))
  const [page, count] = await Promise.all([events.query(plan.page), events.query(plan.count)])
  return plan.present(page.rows, count.rows).rows.length
}

function demand<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

interface Storage {
  readonly idleMb: number
  readonly afterMb: number
  readonly peakMb: number
  readonly bytesPerClick: number
  readonly rowsPerClick: number
  readonly parts: number
}

async function bytesPerClick(
  sql: Sql,
  clicks: number,
): Promise<Pick<Storage, 'bytesPerClick' | 'rowsPerClick' | 'parts'>> {
  const answer = await sql(
    `SELECT sum(bytes_on_disk), sum(rows), count() FROM system.parts WHERE database = '${DATABASE}' AND active AND table = 'clicks'`,
  )
  const [bytes = 0, rows = 0, parts = 0] = answer.split('\t').map(Number)
  return { bytesPerClick: bytes / clicks, rowsPerClick: rows / clicks, parts }
}

function outcomeOf(clicks: number, lines: readonly Line[], storage: Storage): Outcome {
  const worst = (name: string, kind?: ReportKind): number =>
    Math.max(...lines.filter((line) => kind === undefined || line.kind === kind).map((line) => Number(line[name])))
  return {
    title: `Reports over ${clicks.toLocaleString('en')} clicks`,
    tables: [
      { about: 'Sixty days, 20 % landing clicks, 3 % sales. Warm, medians of interleaved rounds.', lines },
      {
        about: 'The store.',
        lines: [
          { what: 'memory after opening, MB', value: storage.idleMb },
          { what: 'memory after the reports, MB', value: storage.afterMb },
          { what: 'peak of memory during the reports, MB', value: storage.peakMb },
          { what: 'bytes on disk per click', value: rounded(storage.bytesPerClick) },
          { what: 'rows per click (cancelled states not yet merged away)', value: rounded(storage.rowsPerClick) },
          { what: 'parts', value: storage.parts },
        ],
      },
    ],
    budgets: [
      {
        what: 'ms, the slowest of the ten commonest',
        measured: worst('ms, as planned', 'common'),
        limit: 300,
        kept: 'at most',
      },
      {
        what: 'ms, the slowest of distinct and top',
        measured: worst('ms, as planned', 'distinct or top'),
        limit: 1500,
        kept: 'at most',
      },
      { what: 'ratio to SQL by hand, worst of all', measured: worst('ratio'), limit: 1.15, kept: 'at most' },
      {
        what: 'CPU beside SQL by hand, worst ratio of all',
        measured: worst('ratio of CPU'),
        limit: 1.15,
        kept: 'at most',
      },
      { what: 'store memory idle, MB', measured: storage.idleMb, limit: 500, kept: 'at most' },
      { what: 'bytes on disk per click', measured: rounded(storage.bytesPerClick), limit: 120, kept: 'at most' },
    ],
  }
}
