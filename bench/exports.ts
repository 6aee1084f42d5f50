import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuSeconds, memoryMb, resetPeak } from './lib/process-use.ts'
import { type Benchmark, type Line, rounded } from './lib/report.ts'
import { openReportData } from './lib/report-data.ts'
import { API_KEY, type Stack, startStack } from './lib/stack.ts'

const COLUMNS =
  `sub_id datetime campaign_id country_code city device_type os source sub_id_1 landing_id offer_id user_agent
  is_sale cost revenue profit`.split(/\s+/)

/** Files of the click log through the whole server: how long they take, and how much memory while they are written. */
export const exportsBenchmark: Benchmark = {
  name: 'exports',
  about: 'files of 100 000 and a million clicks',
  async run({ small }) {
    const clicks = small ? 20_000 : 10_000_000
    const made = await openReportData(clicks)
    await made.stop({ keep: true })
    const dataDir = mkdtempSync(join(tmpdir(), 'trackyard-bench-'))
    symlinkSync(made.dir, join(dataDir, 'store'))
    const stack = await startStack({ dataDir })
    try {
      // Compiled code and pools are there for good afterwards.
      for (const format of ['csv', 'xlsx']) await download(stack, format, 1000)
      const lines: Line[] = []
      for (const rows of small ? [1000, 5000] : [100_000, 1_000_000])
        for (const format of ['csv', 'xlsx']) lines.push(await measure(stack, format, rows))
      const largest = (name: string): number => Math.max(...lines.map((line) => Number(line[name])))
      return {
        title: `Exports of ${clicks.toLocaleString('en')} clicks`,
        tables: [{ about: `The click log, newest first, ${COLUMNS.length} columns.`, lines }],
        budgets: [
          { what: 'MB the backend grows by', measured: largest('backend, MB more'), limit: 100, kept: 'at most' },
          { what: 'MB the store grows by', measured: largest('store, MB more'), limit: 1000, kept: 'at most' },
        ],
      }
    } finally {
      await stack.stop({ keep: true })
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
}

async function measure(stack: Stack, format: string, rows: number): Promise<Line> {
  const { backend, store } = stack.pids
  const before = { backend: memoryMb(backend).now, store: memoryMb(store).now }
  const cpuBefore = { backend: cpuSeconds(backend), store: cpuSeconds(store) }
  for (const pid of [backend, store]) resetPeak(pid)
  const startedAt = performance.now()
  const { bytes, lines } = await download(stack, format, rows)
  if (format === 'csv' && lines !== rows + 1) throw new Error(`${lines} lines of a file of ${rows} rows`)
  return {
    file: format,
    rows,
    MB: rounded(bytes / 1e6),
    seconds: rounded((performance.now() - startedAt) / 1000),
    'backend, CPU s': rounded(cpuSeconds(backend) - cpuBefore.backend),
    'store, CPU s': rounded(cpuSeconds(store) - cpuBefore.store),
    'backend, MB more': memoryMb(backend).peak - before.backend,
    'store, MB more': memoryMb(store).peak - before.store,
  }
}

/** Reads the file and forgets it. */
async function download(stack: Stack, format: string, limit: number): Promise<{ bytes: number; lines: number }> {
  const reply = await fetch(new URL('/admin_api/v1/clicks/log', stack.base), {
    method: 'POST',
    headers: { 'api-key': API_KEY },
    body: JSON.stringify({ range: { interval: 'all_time' }, columns: COLUMNS, format, limit }),
  })
  if (reply.status !== 200 || reply.body === null) throw new Error(`${reply.status}: ${await reply.text()}`)
  let [bytes, lines] = [0, 0]
  for await (const piece of reply.body) {
    bytes += piece.length
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++
  }
  return { bytes, lines }
}
