import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { toLine } from './line.ts'
import type { ClickRewrite, EventStore } from './port.ts'

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

    it('counts the conversions of an offer since a moment, as they are now, in statuses that count for caps', async () => {
      const offers = [880_001, 880_002, 880_003] as const
      const add = async (offer: number, status: string, more: Record<string, string | number>, version = 1) => {
        const subId = String(more.sub_id ?? makeSubId(AT_MS))
        const row = { sub_id: subId, datetime: AT_MS, offer_id: offer, conversion_id: `${subId}-1`, status, ...more }
        await store.insertLines('conversions', [toLine('conversions', row, version)], `cap${made}-${version}`)
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

    describe('changes of many clicks', () => {
      const campaignId = 77
      const day = Date.UTC(2026, 2, 31)
      // Two months, so two parts of the table.
      const subIds = Array.from({ length: 10 }, (_, i) => makeSubId(day + i * 10_000_000))
      const rows = subIds.map((subId, i) => {
        const texts = { sub_id_1: ['', "it's", 'a\\b'][i % 3] ?? '', keyword: 'k' }
        const flags = { is_bot: i === 4 ? 1 : 0, is_unique_campaign: i % 2, cost: i === 9 ? 0 : 1_500_000 }
        return clickRow(subId, { datetime: day + i * 10_000_000, campaign_id: campaignId, ...texts, ...flags })
      })
      const selection: ClickRewrite['selection'] = {
        ...{ campaignIds: [campaignId], fromMs: day, toMs: day + 100_000_000, slots: {}, costsMicros: null },
        ...{ onlyUniques: false, withBots: true },
      }
      const places = async (
        chosen: Partial<ClickRewrite['selection']>,
        below = 1000,
      ): Promise<(number | undefined)[]> => {
        const clicks = { selection: { ...selection, ...chosen }, below }
        const found = await store.clicksAt(clicks, 1, 0)
        assert.equal(await store.countClicks(clicks), found.length)
        return found.map(({ subId }) => subIds.indexOf(subId))
      }
      const costs = async (): Promise<(number | undefined)[]> => {
        const states = await store.loadStates(subIds)
        return subIds.map((subId) => states.get(subId) && Number(states.get(subId)?.row.cost ?? 0))
      }
      const part = (more: Partial<ClickRewrite>): ClickRewrite => ({
        ...{ selection, below: 1000, after: '', upTo: null, change: { kind: 'remove' } },
        ...more,
      })
      before(async () => {
        await store.insertLines(
          'clicks',
          rows.map((row, i) => toLine('clicks', row, 100 + i)),
          'm10',
        )
        const conversions = [0, 9].map((i) => ({ ...{ sub_id: subIds[i] ?? '', datetime: day + i * 10_000_000 }, i }))
        for (const { i, ...own } of conversions) {
          const row = { ...own, campaign_id: campaignId, conversion_id: `${own.sub_id}-1`, status: 'lead' }
          await store.insertLines('conversions', [toLine('conversions', row, 200 + i)], 'm10')
        }
      })

      it('choose by campaign, time, slots, cost, uniqueness, bots and age', async () => {
        assert.deepEqual(await places({}), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        assert.deepEqual(await places({ campaignIds: [] }), [])
        assert.deepEqual(await places({ campaignIds: [campaignId + 1] }), [])
        assert.deepEqual(await places({ fromMs: day + 10_000_000, toMs: day + 30_000_000 }), [1, 2])
        assert.deepEqual(await places({ slots: { sub_id_1: ["it's", 'a\\b'] } }), [1, 2, 4, 5, 7, 8])
        assert.deepEqual(await places({ slots: { sub_id_1: [''], keyword: ['k'] } }), [0, 3, 6, 9])
        assert.deepEqual(await places({ slots: { sub_id_1: [], keyword: ['k'] } }), [])
        assert.deepEqual(await places({ costsMicros: [0] }), [9])
        assert.deepEqual(await places({ onlyUniques: true }), [1, 3, 5, 7, 9])
        assert.deepEqual(await places({ withBots: false, fromMs: day + 30_000_000 }), [3, 5, 6, 7, 8, 9])
        assert.deepEqual(await places({}, 103), [0, 1, 2])
        const all = { ...selection, campaignIds: null, fromMs: 0, toMs: 8_640_000_000_000_000 }
        assert.ok((await store.countClicks({ selection: all, below: 1000 })) > 10)
      })

      it('tell who stands at which place', async () => {
        const marks = await store.clicksAt({ selection, below: 1000 }, 4, 3)
        assert.deepEqual(
          marks.map(({ place, subId }) => [place, subIds.indexOf(subId)]),
          [
            [3, 2],
            [4, 3],
            [8, 7],
          ],
        )
        const within = { selection, below: 1000, after: subIds[1] ?? '', upTo: subIds[6] ?? '' }
        assert.equal(await store.countClicks(within), 5)
        assert.equal(await store.countClicks(within, { atMost: 3, timeoutMs: 5000 }), 3)
        assert.equal(await store.countClicks(within, { atMost: 9, timeoutMs: 5000 }), 5)
        assert.deepEqual(await store.clicksAt(within, 3, 0), [{ place: 3, subId: subIds[4] }])
      })

      it('set costs part by part, exactly, and once however often they run', async () => {
        const change = { kind: 'cost' as const, micros: 2_000_000, oneMoreUpTo: subIds[1] ?? '' }
        const bots = { ...selection, withBots: false }
        await store.rewriteClicks(part({ selection: bots, upTo: subIds[2] ?? '', change }), 'm11')
        const first = [2_000_001, 2_000_001, 2_000_000]
        const old = Array.from({ length: 6 }, () => 1_500_000)
        assert.deepEqual(await costs(), [...first, ...old, 0])
        for (let again = 0; again < 2; again++) {
          await store.rewriteClicks(part({ selection: bots, upTo: subIds[2] ?? '', change }), 'm11')
          await store.rewriteClicks(part({ selection: bots, after: subIds[2] ?? '', change }), 'm11')
        }
        const rest = [2_000_000, 1_500_000, 2_000_000, 2_000_000, 2_000_000, 2_000_000, 2_000_000]
        assert.deepEqual(await costs(), [...first, ...rest])
        const states = await store.loadStates(subIds)
        assert.deepEqual(
          subIds.map((subId) => states.get(subId)?.version),
          [...Array.from({ length: 4 }, () => 1000), 104, ...Array.from({ length: 5 }, () => 1000)],
        )
        const { sub_id_1: _, is_bot: __, ...kept } = rows[3] ?? {}
        assert.deepEqual(states.get(subIds[3] ?? '')?.row, { ...kept, cost: 2_000_000 })
        const charged = await store.loadConversions(subIds)
        const told = [0, 9].map((i) =>
          charged.get(subIds[i] ?? '')?.map(({ row, version }) => [row.conversion_cost, version]),
        )
        assert.deepEqual(told, [[[2_000_001, 1000]], [[2_000_000, 1000]]])
      })

      it('remove clicks and their conversions, once', async () => {
        const some = { ...selection, fromMs: day + 20_000_000 }
        for (let again = 0; again < 2; again++) await store.rewriteClicks(part({ selection: some, below: 2000 }), 'm12')
        assert.deepEqual(await costs(), [2_000_001, 2_000_001, ...Array.from({ length: 8 }, () => undefined)])
        assert.deepEqual([...(await store.loadConversions(subIds)).keys()], [subIds[0]])
        assert.deepEqual(await places({}, 3000), [0, 1])
      })
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
