import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawnStore } from '../packages/server/src/store/spawn-store.ts'
import { writeClickSpool } from './lib/click-spool.ts'
import { type IngestOrder, type IngestResult, ingestResult } from './lib/ingest-process.ts'
import { cpuSeconds } from './lib/process-use.ts'
import { type Benchmark, type Line, rounded } from './lib/report.ts'
import { interleave, median } from './lib/rounds.ts'
import { sqlOf } from './lib/store-sql.ts'

/** What moving the spool into a fresh store took. */
interface Move {
  readonly perSecond: number
  readonly perCpuSecond: number
  readonly backendMicros: number
  readonly storeMicros: number
}

/** The real ingest into a fresh store, beside plain inserts of the same lines through the same front. */
export const ingest: Benchmark = {
  name: 'ingest',
  about: 'spool into store beside plain inserts',
  async run({ small }) {
    const clicks = small ? 2000 : 200_000
    const dir = mkdtempSync(join(tmpdir(), 'trackyard-ingest-'))
    try {
      const spoolDir = await writeClickSpool(dir, clicks)
      const ways = {
        ingest: () => move('ingest', spoolDir, dir, clicks),
        'plain inserts': () => move('raw', spoolDir, dir, clicks),
      }
      const found = await interleave(ways, { rounds: small ? 1 : 3, warmUps: 0 })
      const of = (moves: readonly Move[], read: (move: Move) => number): number => median(moves.map(read))
      const lines: Line[] = Object.entries(found).map(([way, moves]) => ({
        way,
        'clicks / s': Math.round(of(moves, (one) => one.perSecond)),
        'clicks / CPU-s, both processes': Math.round(of(moves, (one) => one.perCpuSecond)),
        'µs CPU / click, backend': rounded(of(moves, (one) => one.backendMicros)),
        'µs CPU / click, store': rounded(of(moves, (one) => one.storeMicros)),
      }))
      const ratios = found.ingest.map((own, index) => own.perSecond / (found['plain inserts'][index]?.perSecond ?? NaN))
      return {
        title: 'Ingest',
        tables: [{ about: `${clicks} clicks from a spool into a fresh store each time, medians.`, lines }],
        budgets: [
          {
            what: 'clicks per CPU second, backend and store together',
            measured: Number(lines[0]?.['clicks / CPU-s, both processes']),
            limit: 15_000,
            kept: 'at least',
          },
          { what: 'clicks/s beside plain inserts', measured: rounded(median(ratios)), limit: 0.7, kept: 'at least' },
        ],
      }
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },
}

async function move(way: IngestOrder['way'], spoolDir: string, stateDir: string, clicks: number): Promise<Move> {
  const store = await spawnStore()
  try {
    const { socketPath, password } = store
    const before = cpuSeconds(store.pid)
    const result = await runIngest({ way, spoolDir, stateDir, socketPath, password, clicks })
    const storeCpu = cpuSeconds(store.pid) - before
    const stored = Number(await sqlOf(store, 'trackyard')('SELECT uniqExact(sub_id) FROM clicks'))
    if (stored !== clicks) throw new Error(`${stored} of ${clicks} clicks were stored`)
    return {
      perSecond: clicks / result.seconds,
      perCpuSecond: clicks / (result.cpuSeconds + storeCpu),
      backendMicros: (result.cpuSeconds / clicks) * 1e6,
      storeMicros: (storeCpu / clicks) * 1e6,
    }
  } finally {
    await store.stop()
  }
}

function runIngest(order: IngestOrder): Promise<IngestResult> {
  const child = fork(fileURLToPath(new URL('./lib/ingest-process.ts', import.meta.url)), { execArgv: [] })
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the ingest process ended with code ${code}`)))
    child.once('message', (message) => resolve(ingestResult.parse(message)))
    child.send(order)
  })
}
