import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import type { ClickSelection } from '@trackyard/core/events/admin-event.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import fc from 'fast-check'
import { spawnStore } from '../../store/spawn-store.ts'
import { openClickHouseEvents } from './clickhouse.ts'
import { toLine } from './line.ts'
import { createMemoryEvents } from './memory.ts'

const server = await spawnStore()
after(() => server.stop())

const START_MS = Date.UTC(2026, 4, 1)
const STEP_MS = 1000
const CLICKS = 60
const TEXTS = ['', 'a', "it's", 'b\\', 'ü']

const rows = Array.from({ length: CLICKS }, (_, i) => {
  const datetime = START_MS + i * STEP_MS
  const flags = { is_bot: i % 5 === 0 ? 1 : 0, is_unique_campaign: i % 2 }
  const texts = { sub_id_1: TEXTS[i % 5] ?? '', keyword: TEXTS[(i * 3 + 1) % 4] ?? '', source: i % 3 ? 's' : '' }
  const row = { sub_id: createSubId(datetime, 0.5), datetime, campaign_id: 1 + (i % 4), cost: (i % 3) * 1000 }
  return { ...row, ...flags, ...texts }
})

const moment = fc.nat(CLICKS).map((n) => START_MS + n * STEP_MS)
const values = fc.uniqueArray(fc.constantFrom(...TEXTS), { minLength: 0, maxLength: 3 })
const selection = fc.record<ClickSelection>({
  campaignIds: fc.oneof(
    fc.constantFrom<number[] | null>(null, [1, 2, 3], []),
    fc.nat(4).map((id) => [id]),
  ),
  fromMs: moment,
  toMs: fc.oneof(moment, fc.constant(Number.MAX_SAFE_INTEGER)),
  slots: fc.oneof<fc.Arbitrary<Record<string, string[]>>[]>(
    fc.constant({}),
    fc.record({ sub_id_1: values }),
    fc.record({ keyword: values, sub_id_1: values }),
    fc.record({ source: fc.constantFrom<string[]>(['s'], [''], ['s', 'x']), keyword: values, sub_id_1: values }),
  ),
  costsMicros: fc.option(fc.constantFrom<number[]>([0], [1000, 2000]), { freq: 8 }),
  onlyUniques: fc.constantFrom(false, false, true),
  withBots: fc.constantFrom(true, true, false),
})

it('clicks of many selections at once are those that each selects alone', async () => {
  const { socketPath, password } = server
  const store = openClickHouseEvents({ url: 'http://localhost', socketPath, password, database: 'counts' })
  await store.migrate()
  const memory = createMemoryEvents()
  const lines = rows.map((row, i) => toLine('clicks', row, i + 1))
  for (const one of [store, memory]) await one.insertLines('clicks', lines, 'm')
  await fc.assert(
    fc.asyncProperty(fc.array(selection, { minLength: 1, maxLength: 40, size: 'max' }), async (selections) => {
      const clicks = { selections, below: 1000 }
      assert.deepEqual(await store.countEach(clicks), await memory.countEach(clicks))
      assert.deepEqual(await store.countEachByTime(clicks, 7000), await memory.countEachByTime(clicks, 7000))
      assert.deepEqual(await store.listEach(clicks), await memory.listEach(clicks))
    }),
    { numRuns: 40 },
  )
  await store.close()
})
