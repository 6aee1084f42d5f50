import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openExchange } from '@trackyard/core/currency/exchange.ts'
import { openRateBook } from '@trackyard/core/currency/rate-book.ts'
import { adminRecord } from '@trackyard/core/events/admin-event.ts'
import { clickColumns } from '@trackyard/core/events/click-columns.ts'
import { fromStoreLine } from '@trackyard/core/events/store-line.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import fc from 'fast-check'
import { createLog } from '../../log.ts'
import { SpoolWriter } from '../../spool/writer.ts'
import { type SpawnedStore, spawnStore } from '../../store/spawn-store.ts'
import { openClickHouseEvents } from '../../stores/events/clickhouse.ts'
import { createMemoryEvents } from '../../stores/events/memory.ts'
import type { EventStore } from '../../stores/events/port.ts'
import { isForeign, withConvertedMoney } from './click-money.ts'
import { startIngest } from './ingest.ts'

const silent = { ...createLog('test', 'error'), error: () => undefined, warn: () => undefined, info: () => undefined }
const NOON = Date.UTC(2026, 1, 3, 12)
const HOUR_MS = 3_600_000
/** The bank publishes at 14:00 what the euro is worth today; from 15:00 on the base currency is the euro. */
const PUBLISHED_MS = NOON + 2 * HOUR_MS
const SWITCHED_MS = NOON + 3 * HOUR_MS
const yesterday = { day: '2026-02-02', perEuro: { USD: 1.1, GBP: 0.88 }, knownFromMs: 0 }
const today = { day: '2026-02-03', perEuro: { USD: 1.2, GBP: 0.8 }, knownFromMs: PUBLISHED_MS }
const tomorrow = { day: '2026-02-03', perEuro: { USD: 9, GBP: 9 }, knownFromMs: NOON + 20 * HOUR_MS }
const bases = [
  { currency: 'USD', sinceMs: 0 },
  { currency: 'EUR', sinceMs: SWITCHED_MS },
]
const exchange = openExchange(openRateBook([yesterday, today]), bases)
/** What is known a day later. */
const laterExchange = openExchange(openRateBook([yesterday, today, tomorrow]), bases)

const OFFER = {
  ...{ payout_type: 'CPA' as const, payout_value: 0, payout_auto: true, payout_upsell: true },
  payout_currency: 'GBP',
}
const CAPS = { costTerms: async () => null, offerTerms: async () => OFFER }

const click = (atMs: number, row: object): string => {
  const sub_id = createSubId(atMs, 0.5)
  return `c\t${sub_id}\t{}\t${JSON.stringify({ sub_id, datetime: atMs, campaign_id: 1, offer_id: 9, ...row })}`
}
const postback = (clickMs: number, atMs: number, params: object): string => {
  const subId = createSubId(clickMs, 0.5)
  return `p\t${subId}\t${JSON.stringify({ kind: 'postback', subId, atMs, params: { subid: subId, ...params }, ip: '' })}`
}

const BEFORE = NOON + HOUR_MS
const AFTER = PUBLISHED_MS + 1000
const SWITCHED = SWITCHED_MS + 1000
/** What comes in, in this order. */
const HISTORY: readonly string[] = [
  click(NOON, { cost: 0.5 }),
  click(BEFORE, { cost: 0.034, cost_currency: 'EUR' }),
  click(AFTER, { cost: 0.034, cost_currency: 'EUR', sale_revenue: 2, click_revenue: 2, click_revenue_currency: 'GBP' }),
  click(AFTER + 1, { cost: 5, cost_currency: 'EURO' }),
  click(SWITCHED, { cost: 0.034, currency: 'EUR' }),
  click(SWITCHED + 1, { currency: 'EUR', cost: 1.2, cost_currency: 'USD' }),
  postback(NOON, BEFORE, { payout: '10', currency: 'eur', tid: 'A' }),
  // The network repeats itself after the rate has changed, then pays more.
  postback(NOON, AFTER, { payout: '10', currency: 'EUR', tid: 'A' }),
  postback(NOON, AFTER + 1, { payout: '20', currency: 'EUR', tid: 'B' }),
  // Without a currency it is the base of that moment, and the click stays in the base it came in.
  postback(BEFORE, SWITCHED + 2, { payout: '10', tid: 'C' }),
  postback(AFTER, AFTER + 2, { payout: '7', currency: 'EUX' }),
  adminRecord({
    ...{ kind: 'click_edit', subId: createSubId(AFTER, 0.5), atMs: AFTER + 3, slots: {} },
    ...{ costMicros: 1_000_000, costCurrency: 'GBP' },
  }),
]
/** Sub id → what its click costs and earned, in micros of the currency of its row. */
const EXPECTED: readonly (readonly [number, number, number])[] = [
  [NOON, 500_000, 11_000_000 + 24_000_000],
  [BEFORE, 37_400, 12_000_000],
  [AFTER, 1_500_000, 3_000_000 + 7_000_000],
  [AFTER + 1, 5_000_000, 0],
  [SWITCHED, 34_000, 0],
  [SWITCHED + 1, 1_000_000, 0],
]

async function store(records: readonly string[], into: EventStore, money = exchange): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'trackyard-currencies-'))
  const spool = new SpoolWriter({ dir, segmentBytes: 1_000_000, fsync: 'interval', log: silent })
  for (const record of records) await new Promise<void>((resolve) => spool.append(record, () => resolve()))
  const [statePath, rejectedPath] = [join(dir, 'ingest.json'), join(dir, 'rejected.ndjson')]
  const source = { ...CAPS, exchange: async () => money }
  const ingest = startIngest({ spoolDir: dir, statePath, rejectedPath, store: into, source, log: silent })
  while (ingest.status().position < spool.position && ingest.status().failure === '') await sleep(2)
  assert.equal(ingest.status().failure, '')
  assert.equal(ingest.status().rejected, 0)
  await ingest.close()
  await spool.close()
  rmSync(dir, { recursive: true, force: true })
}

const rowOf = async (into: EventStore, atMs: number) => {
  const subId = createSubId(atMs, 0.5)
  return (await into.loadStates([subId])).get(subId)?.row ?? {}
}

describe('money in other currencies is stored in the base currency of its click, with what it was and the rate', () => {
  let server: SpawnedStore
  before(async () => {
    server = await spawnStore()
  })
  after(() => server.stop())
  const openStores = async (): Promise<readonly (readonly [string, EventStore])[]> => {
    const { socketPath, password } = server
    const real = openClickHouseEvents({ url: 'http://localhost', socketPath, password, database: 'currencies' })
    await real.migrate()
    return [
      ['in memory', createMemoryEvents()],
      ['ClickHouse', real],
    ]
  }

  it('by the rates known when it happened', async () => {
    for (const [name, into] of await openStores()) {
      await store(HISTORY, into)
      for (const [atMs, cost, revenue] of EXPECTED) {
        const row = await rowOf(into, atMs)
        assert.deepEqual([row.cost ?? 0, row.sale_revenue ?? 0], [cost, revenue], `${name} ${atMs - NOON}`)
      }
      const paid = await rowOf(into, BEFORE)
      assert.deepEqual([paid.cost_original, paid.cost_currency, paid.cost_rate], [34_000, 'EUR', 1.1], name)
      const earned = await rowOf(into, AFTER)
      assert.deepEqual(
        [earned.click_revenue, earned.click_revenue_original, earned.click_revenue_currency, earned.click_revenue_rate],
        [3_000_000, 2_000_000, 'GBP', 1.5],
      )
      assert.deepEqual([earned.cost_original, earned.cost_currency, earned.cost_rate], [1_000_000, 'GBP', 1.5])
      const unknown = await rowOf(into, AFTER + 1)
      assert.deepEqual([unknown.cost_original, unknown.cost_currency, unknown.cost_rate ?? 0], [5_000_000, 'EURO', 0])
      const [first, second] = (await into.loadConversions([createSubId(NOON, 0.5)])).get(createSubId(NOON, 0.5)) ?? []
      assert.deepEqual(
        [first, second].map((one) => [one?.row.revenue, one?.row.revenue_original, one?.row.revenue_rate]),
        [
          [11_000_000, 10_000_000, 1.1],
          [24_000_000, 20_000_000, 1.2],
        ],
      )
      assert.equal(first?.row.revenue_currency, 'EUR')
      await into.close()
    }
  })

  it('and a replay of the spool, whatever was learned since, gives the same figures', async () => {
    const [once, again] = [createMemoryEvents(), createMemoryEvents()]
    await store(HISTORY, once)
    await store(HISTORY, again, laterExchange)
    assert.deepEqual(again.clicks(), once.clicks())
    assert.deepEqual(again.conversions(), once.conversions())
    assert.ok(once.conversions().length >= 4)
  })

  it('without reading what visitors wrote for an amount', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.nat(9_000_000),
        fc.constantFrom('', 'EUR', 'ZZZ'),
        (text, cost, code) => {
          const evil = `${text}","cost":9,"cost_currency":"EUR","x":"`
          const row = {
            sub_id: 'a',
            keyword: evil,
            cost: cost / 1_000_000,
            ...(code ? { cost_currency: code } : {}),
            referrer: evil,
          }
          const line = JSON.stringify(row)
          const converted = isForeign(line) ? withConvertedMoney(line, exchange, AFTER) : line
          const read = fromStoreLine(clickColumns, converted)
          assert.deepEqual([read.keyword, read.referrer], [evil, evil])
          const expected = exchange.into('USD', AFTER).read(fromStoreLine(clickColumns, line).cost as number, code)
          assert.equal(read.cost, expected.micros)
          assert.equal(read.cost_original ?? 0, expected.original?.micros ?? 0)
        },
      ),
      { numRuns: 200 },
    ))
})
