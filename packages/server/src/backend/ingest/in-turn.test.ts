import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onlyCurrency } from '@trackyard/core/currency/exchange.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import { createLog } from '../../log.ts'
import { SpoolWriter } from '../../spool/writer.ts'
import { createMemoryEvents } from '../../stores/events/memory.ts'
import { startIngest } from './ingest.ts'

const silent = { ...createLog('test', 'error'), error: () => undefined, warn: () => undefined, info: () => undefined }

it('rows are dropped between batches, never while one is stored in part', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'trackyard-in-turn-'))
  const spool = new SpoolWriter({ dir, segmentBytes: 1500, fsync: 'interval', log: silent })
  const inner = createMemoryEvents()
  let isDown = true
  const store = {
    ...inner,
    insertLines: async (...insert: Parameters<typeof inner.insertLines>) =>
      isDown ? Promise.reject(new Error('the store is gone')) : inner.insertLines(...insert),
  }
  const atMs = Date.UTC(2024, 0, 5)
  const sub_id = createSubId(atMs, 0.5)
  const line = JSON.stringify({ sub_id, datetime: atMs, campaign_id: 1 })
  await new Promise((resolve) => spool.append(`c\t${sub_id}\t{}\t${line}`, resolve))
  const ingest = startIngest({
    ...{ spoolDir: dir, statePath: join(dir, 'ingest.json'), rejectedPath: join(dir, 'rejected.ndjson') },
    source: { exchange: async () => onlyCurrency('USD'), offerTerms: async () => null, costTerms: async () => null },
    ...{ store, log: silent },
  })
  while (ingest.status().failure === '') await sleep(1)
  const drop = () => ingest.inTurn(() => store.dropMonth('clicks', '2024-01'))
  await assert.rejects(drop(), /stored in part/)
  isDown = false
  assert.ok(await ingest.untilStored(0, 5000))
  assert.equal(inner.clicks().length, 1)
  await drop()
  assert.deepEqual([inner.clicks().length, inner.oddStates()], [0, []])
  await ingest.close()
  await spool.close()
  rmSync(dir, { recursive: true })
})
