import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { toLine } from './line.ts'
import type { EventStore } from './port.ts'

const AT_MS = Date.UTC(2026, 1, 3, 14, 5, 9, 123)
let made = 0
/** A sub id of our shape that came at this time and is not like any other. */
export const makeSubId = (atMs: number): string =>
  `${atMs.toString(36).padStart(8, '0')}${(++made).toString(36).padStart(9, '0')}`

const clickRow = (subId: string, more: Record<string, string | number> = {}): Record<string, string | number> => ({
  sub_id: subId,
  datetime: AT_MS,
  campaign_id: 41,
  country: 'PL',
  sub_id_3: 'zone "7"\n\\ and tab\t, quote \' and ❤',
  cost: 50_000,
  roll: 4_294_967_295,
  is_bot: 1,
  trace: '12:f0',
  ...more,
})

/** The laws every event store keeps. Runs on each adapter. */
export const eventStoreSuite = (name: string, open: () => Promise<EventStore>): void => {
  describe(`event store: ${name}`, () => {
    let store: EventStore
    before(async () => {
      store = await open()
      await store.migrate()
      await store.migrate()
    })
    after(() => store.close())

    it('answers a ping', async () => assert.equal(await store.ping(), true))

    it('gives a click back as it was written: money exact, times to the millisecond, empty columns absent', async () => {
      const subId = makeSubId(AT_MS)
      const row = clickRow(subId, {
        lead_revenue: 123_456_789_012_345,
        landing_clicked_datetime: AT_MS + 1,
        sale_revenue: 1,
        offer_id: 0,
        city: '',
      })
      await store.insertLines('clicks', [toLine('clicks', row, 7)], 'm1')
      const { offer_id: _, city: __, ...stored } = row
      assert.deepEqual(await store.loadStates([subId]), new Map([[subId, { row: stored, version: 7 }]]))
    })

    it('reads lines written by hand, ignores columns it does not know', async () => {
      const subId = makeSubId(AT_MS)
      await store.insertLines(
        'clicks',
        `{"sub_id":"${subId}","datetime":${AT_MS},"cost":0.05,"version":3,"of_the_future":[1]}\n`,
        'm2',
      )
      const state = (await store.loadStates([subId])).get(subId)
      assert.deepEqual(state, { row: { sub_id: subId, datetime: AT_MS, cost: 50_000 }, version: 3 })
    })

    it('takes half a surrogate pair and control characters without stopping', async () => {
      const subId = makeSubId(AT_MS)
      const line = `{"sub_id":"${subId}","datetime":${AT_MS},"keyword":"a\\ud800b","source":"\\u0000\\u0001","version":4}`
      await store.insertLines('clicks', [line], 'm2b')
      assert.equal((await store.loadStates([subId])).get(subId)?.version, 4)
    })

    it('keeps negative amounts', async () => {
      const subId = makeSubId(AT_MS)
      await store.insertLines('clicks', [toLine('clicks', clickRow(subId, { sale_revenue: -1_500_001 }), 1)], 'm3')
      assert.equal((await store.loadStates([subId])).get(subId)?.row.sale_revenue, -1_500_001)
    })

    it('nets states: a cancelled one is gone, the new one stands', async () => {
      const subId = makeSubId(AT_MS)
      const old = clickRow(subId)
      const next = clickRow(subId, { offer_id: 9, landing_clicked: 1 })
      await store.insertLines('clicks', [toLine('clicks', old, 10)], 'm4')
      await store.insertLines('clicks', [toLine('clicks', old, 10, -1), toLine('clicks', next, 11)], 'm4')
      assert.deepEqual((await store.loadStates([subId])).get(subId), { row: next, version: 11 })
    })

    it('nets a whole life within one insert', async () => {
      const subId = makeSubId(AT_MS)
      const rows = [clickRow(subId), clickRow(subId, { offer_id: 1 }), clickRow(subId, { offer_id: 2 })]
      const lines = rows.flatMap((row, i) => [
        toLine('clicks', row, 20 + i),
        ...(i < 2 ? [toLine('clicks', row, 20 + i, -1)] : []),
      ])
      await store.insertLines('clicks', lines, 'm5')
      assert.deepEqual((await store.loadStates([subId])).get(subId), { row: rows[2], version: 22 })
    })

    it('leaves unknown and malformed sub ids out', async () => {
      assert.deepEqual(await store.loadStates([makeSubId(AT_MS), "x' OR 1=1 --", '']), new Map())
      assert.deepEqual(await store.loadConversions([makeSubId(AT_MS), 'nonsense']), new Map())
    })

    it('finds clicks of many days at once', async () => {
      const times = Array.from({ length: 130 }, (_, i) => i * 31).map((days) => AT_MS - days * 86_400_000)
      const subIds = times.map(makeSubId)
      await store.insertLines(
        'clicks',
        subIds.map((subId, i) => toLine('clicks', clickRow(subId, { datetime: times[i] ?? 0 }), i)),
        'm6',
      )
      assert.deepEqual(new Set((await store.loadStates(subIds)).keys()), new Set(subIds))
    })

    it('keeps the newest version of a conversion, oldest conversion first', async () => {
      const subId = makeSubId(AT_MS)
      const conversion = (id: number, more: Record<string, string | number>): Record<string, string | number> => ({
        sub_id: subId,
        datetime: AT_MS,
        country: 'PL',
        conversion_id: `${subId}-${id}`,
        postback_datetime: AT_MS + id * 1000,
        ...more,
      })
      const lines = [
        toLine('conversions', conversion(2, { status: 'rebill', revenue: 5_000_000 }), 31),
        toLine('conversions', conversion(1, { status: 'lead', revenue: 2_000_000, params: '{"a":"b"}' }), 30),
      ]
      await store.insertLines('conversions', lines, 'm7')
      await store.insertLines(
        'conversions',
        [toLine('conversions', conversion(1, { status: 'sale', revenue: 3_000_000 }), 32)],
        'm7',
      )
      assert.deepEqual((await store.loadConversions([subId])).get(subId), [
        { row: conversion(1, { status: 'sale', revenue: 3_000_000 }), version: 32 },
        { row: conversion(2, { status: 'rebill', revenue: 5_000_000 }), version: 31 },
      ])
    })

    it('takes the postback log', async () => {
      await store.insertLines(
        'postback_log',
        [toLine('postback_log', { datetime: AT_MS, seq: 5, outcome: 'created', sub_id: 'x' }, 5)],
        'm8',
      )
    })

    it('takes an empty batch', async () => {
      await store.insertLines('clicks', [], 'm9')
      await store.insertLines('clicks', '', 'm9')
    })

    it('passes the fence when nothing runs', async () => {
      await store.waitForMarker('m1', 2000)
    })
  })
}
