import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onlyCurrency } from '@trackyard/core/currency/exchange.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import fc from 'fast-check'
import { createLog } from '../../log.ts'
import { SpoolWriter } from '../../spool/writer.ts'
import { createMemoryEvents, type MemoryEvents } from '../../stores/events/memory.ts'
import { startIngest } from '../ingest/ingest.ts'
import { deriveMessages } from './derive.ts'
import type { Directory } from './directory.ts'
import { type DeliveryQueue, openQueue } from './queue.ts'

const silent = { ...createLog('test', 'error'), error: () => undefined, warn: () => undefined, info: () => undefined }
const START_MS = Date.UTC(2026, 1, 3)
const OFFER = { payout_type: 'CPA' as const, payout_value: 0, payout_auto: true, payout_upsell: true }
const NOW_MS = START_MS + 1_000_000

/** Two postbacks are told of everything. */
const directory = {
  due: async () => ['s1', 't2'].map((key) => ({ key })) as unknown as Awaited<ReturnType<Directory['due']>>,
  refresh: async () => undefined,
}

const happening = fc.record({
  who: fc.nat(3),
  status: fc.constantFrom('lead', 'sale', 'rejected', 'registration', 'trash'),
  tid: fc.constantFrom('', 'A', 'B'),
  /** What has come so far is stored before it. */
  batch: fc.boolean(),
})
/** Where a run breaks off: before or after a message is queued, before or after an insert is applied. */
const failure = fc.record({ at: fc.nat(4), step: fc.constantFrom('tell', 'told', 'insert', 'inserted') })
type Failure = Readonly<{ at: number; step: string }>

const subIdOf = (who: number): string => createSubId(START_MS + who, who / 10)

it('whenever ingest is killed, every change of a conversion is queued for every postback, once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 1, maxLength: 12 }),
      fc.array(failure, { maxLength: 5 }),
      async (history, failures) => {
        const dir = mkdtempSync(join(tmpdir(), 'trackyard-once-'))
        const spool = new SpoolWriter({ dir, segmentBytes: 1500, fsync: 'interval', log: silent })
        const append = (text: string): Promise<void> => new Promise((done) => spool.append(text, () => done()))
        const queue = openQueue(':memory:')
        const left = [...failures]
        const run = { dir, spool, queue, store: createMemoryEvents() }
        try {
          for (let who = 0; who < 4; who++)
            await append(
              `c\t${subIdOf(who)}\t{}\t${JSON.stringify({ sub_id: subIdOf(who), datetime: START_MS + who, campaign_id: 1, offer_id: 9 })}`,
            )
          for (const [at, { who, status, tid, batch }] of history.entries()) {
            if (batch) while (!(await runOnce(run, left.shift())));
            const subId = subIdOf(who)
            const params = { subid: subId, status, tid, payout: '2' }
            const event = { kind: 'postback', subId, atMs: START_MS + 1000 * at, params, ip: '' }
            await append(`p\t${subId}\t${JSON.stringify(event)}`)
          }
          while (!(await runOnce(run, left.shift())));

          const calm = openQueue(':memory:')
          rmSync(join(dir, 'ingest.json'))
          assert.ok(await runOnce({ ...run, queue: calm, store: createMemoryEvents() }))
          assert.deepEqual(idsIn(queue), idsIn(calm))
          assert.ok(idsIn(queue).length > 0)
          calm.close()
        } finally {
          queue.close()
          await spool.close()
          rmSync(dir, { recursive: true, force: true })
        }
      },
    ),
    { numRuns: 60 },
  )
})

const idsIn = (queue: DeliveryQueue): string[] =>
  ['s1', 't2'].flatMap((lane) => queue.due(lane, NOW_MS, 1000, new Set()).map(({ id }) => `${lane} ${id}`)).sort()

interface Run {
  readonly dir: string
  readonly spool: SpoolWriter
  readonly queue: DeliveryQueue
  readonly store: MemoryEvents
}

/** Runs until all is stored or the failure comes; then it is stopped, as a crash at that moment would. */
async function runOnce({ dir, spool, queue, store }: Run, fails?: Failure): Promise<boolean> {
  let steps = 0
  const isNow = (step: string): boolean => fails?.step === step && steps++ === fails.at
  const ingest = startIngest({
    spoolDir: dir,
    statePath: join(dir, 'ingest.json'),
    rejectedPath: join(dir, 'rejected.ndjson'),
    store: {
      ...store,
      async insertLines(table, lines, marker) {
        if (isNow('insert')) throw new Error('the store is gone')
        await store.insertLines(table, lines, marker)
        if (isNow('inserted')) throw new Error('the answer of the store was lost')
      },
    },
    source: { exchange: async () => onlyCurrency('USD'), offerTerms: async () => OFFER, costTerms: async () => null },
    log: silent,
    async onStatusChanges(changes, position) {
      if (isNow('tell')) throw new Error('the queue is gone')
      queue.tell(await deriveMessages(changes, directory), position, NOW_MS)
      if (isNow('told')) throw new Error('killed')
    },
  })
  while (ingest.status().failure === '' && ingest.status().position < spool.position) await sleep(1)
  const { failure: reason } = ingest.status()
  await ingest.close()
  return reason === ''
}
