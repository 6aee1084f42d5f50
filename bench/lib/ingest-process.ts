/** The backend's half of the ingest benchmark, in a process of its own so that its CPU time can be told apart. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { onlyCurrency } from '../../packages/core/src/currency/exchange.ts'
import { startIngest } from '../../packages/server/src/backend/ingest/ingest.ts'
import { createLog } from '../../packages/server/src/log.ts'
import { writeIngestState } from '../../packages/server/src/spool/ingest-state.ts'
import { readSpool } from '../../packages/server/src/spool/reader.ts'
import { openClickHouseEvents } from '../../packages/server/src/stores/events/clickhouse.ts'

export const ingestOrder = z.object({
  way: z.enum(['ingest', 'raw']),
  spoolDir: z.string(),
  stateDir: z.string(),
  socketPath: z.string(),
  password: z.string(),
  clicks: z.number(),
})
export type IngestOrder = z.infer<typeof ingestOrder>
export const ingestResult = z.object({ seconds: z.number(), cpuSeconds: z.number() })
export type IngestResult = z.infer<typeof ingestResult>

const BATCH_BYTES = 8 * 1_048_576

process.once('message', (message) => {
  void run(ingestOrder.parse(message)).then((result) => process.send?.(result, () => process.exit(0)))
})

async function run(order: IngestOrder): Promise<IngestResult> {
  const { socketPath, password } = order
  const store = openClickHouseEvents({ url: 'http://localhost', socketPath, password, database: 'trackyard' })
  await store.migrate()
  const work = order.way === 'ingest' ? () => ingestAll(order, store) : await rawInserts(order, store)
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await work()
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  return { seconds, cpuSeconds: (user + system) / 1e6 }
}

type Store = ReturnType<typeof openClickHouseEvents>

/** The real thing: reads the spool, plans, keeps its state on disk, inserts. */
async function ingestAll({ spoolDir, stateDir, clicks }: IngestOrder, store: Store): Promise<void> {
  const statePath = join(stateDir, 'ingest.json')
  writeIngestState(statePath, { position: 0, isReplay: false, sweeps: [], pending: null })
  const ingest = startIngest({
    spoolDir,
    statePath,
    rejectedPath: join(stateDir, 'rejected.log'),
    store,
    source: { exchange: async () => onlyCurrency('USD'), offerTerms: async () => null, costTerms: async () => null },
    log: createLog('ingest', 'warn'),
  })
  while (ingest.status().storedClicks < clicks) await sleep(10)
  await ingest.close()
}

/** The same lines in the same portions, put together beforehand: nothing but the client, the front and the engine. */
async function rawInserts({ spoolDir }: IngestOrder, store: Store): Promise<() => Promise<void>> {
  const batches: string[] = []
  for (let position = 0; ; ) {
    const { records, next, isFull } = readSpool(spoolDir, position, BATCH_BYTES)
    const lines = records.map(({ rest, seq }) => `{"version":${seq},${rest.slice(rest.indexOf('\t') + 2)}`)
    if (lines.length > 0) batches.push(lines.join('\n'))
    position = next
    if (!isFull) break
  }
  return async () => {
    for (const [index, batch] of batches.entries()) await store.insertLines('clicks', batch, `raw${index}`)
  }
}
