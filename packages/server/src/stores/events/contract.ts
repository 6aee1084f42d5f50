import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { AT_MS, clickRow, makeSubId } from './contract-rows.ts'
import { sweepSuite } from './contract-sweeps.ts'
import { type LoggedPostbacks, upkeepSuite } from './contract-upkeep.ts'
import { toLine } from './line.ts'
import type { EventStore } from './port.ts'

export { makeSubId }

/** The laws every event store keeps. Runs on each adapter. */
export const eventStoreSuite = <Store extends EventStore>(
  name: string,
  open: () => Promise<Store>,
  logged: LoggedPostbacks<Store>,
): void => {
  describe(`event store: ${name}`, () => {
    let store: Store
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

    it('counts the conversions of an offer since a moment, as they are now, in statuses that count for caps', async () => {
      const offers = [880_001, 880_002, 880_003] as const
      const add = async (offer: number, status: string, more: Record<string, string | number>, version = 1) => {
        const subId = String(more.sub_id ?? makeSubId(AT_MS))
        const row = { sub_id: subId, datetime: AT_MS, offer_id: offer, conversion_id: `${subId}-1`, status, ...more }
        await store.insertLines('conversions', [toLine('conversions', row, version)], `cap-${subId}-${version}`)
        return subId
      }
      for (const status of ['lead', 'sale', 'registration', 'deposit', 'rejected', 'trash', 'rebill'])
        await add(offers[0], status, { postback_datetime: AT_MS + 5000 })
      await add(offers[0], 'lead', { postback_datetime: AT_MS + 4999 })
      const changed = await add(offers[1], 'lead', { postback_datetime: AT_MS + 1 })
      await add(offers[1], 'rejected', { sub_id: changed, postback_datetime: AT_MS + 1 }, 2)
      const late = await add(offers[2], 'rejected', { postback_datetime: AT_MS + 1 })
      await add(offers[2], 'sale', { sub_id: late, postback_datetime: AT_MS + 1 }, 2)
      const gone = await add(offers[2], 'sale', { postback_datetime: AT_MS + 1 })
      await add(offers[2], 'sale', { sub_id: gone, postback_datetime: AT_MS + 1, is_deleted: 1 }, 2)
      const since = new Map([
        [offers[0], AT_MS + 5000],
        [offers[1], AT_MS],
        [offers[2], AT_MS],
      ])
      const expected = new Map([
        [offers[0], 4],
        [offers[2], 1],
      ])
      assert.deepEqual(new Map([...(await store.countForCaps(since))].sort()), expected)
      assert.deepEqual(await store.countForCaps(new Map()), new Map())
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
      const { datetime: _, country: __, ...own } = conversion(1, { status: 'sale', revenue: 3_000_000 })
      assert.deepEqual((await store.loadConversions([subId], 'own')).get(subId)?.[0], { row: own, version: 32 })
    })

    it('forgets a conversion that was removed, and takes it back', async () => {
      const subId = makeSubId(AT_MS)
      const row = { sub_id: subId, datetime: AT_MS, conversion_id: `${subId}-1`, status: 'lead' }
      const stored = async () => (await store.loadConversions([subId])).get(subId)?.map(({ version }) => version)
      await store.insertLines('conversions', [toLine('conversions', row, 40)], 'm7b')
      await store.insertLines('conversions', [toLine('conversions', { ...row, is_deleted: 1 }, 41)], 'm7b')
      assert.deepEqual(await stored(), undefined)
      await store.insertLines('conversions', [toLine('conversions', row, 40)], 'm7b')
      assert.deepEqual(await stored(), undefined)
      await store.insertLines('conversions', [toLine('conversions', row, 42)], 'm7b')
      assert.deepEqual(await stored(), [42])
    })

    sweepSuite(() => store)

    it('takes the postback log', async () => {
      await store.insertLines(
        'postback_log',
        [toLine('postback_log', { datetime: AT_MS, seq: 5, outcome: 'created', sub_id: 'x' }, 5)],
        'm8',
      )
    })

    upkeepSuite(() => store, logged)

    it('takes an empty batch', async () => {
      await store.insertLines('clicks', [], 'm9')
      await store.insertLines('clicks', '', 'm9')
    })

    it('passes the fence when nothing runs', async () => {
      await store.waitForMarker('m1', 2000)
    })
  })
}
