import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { CostShare, Sweep } from '@trackyard/core/costs/sweep.ts'
import type { ClickSelection } from '@trackyard/core/events/admin-event.ts'
import { clickRow, makeSubId } from './contract-rows.ts'
import { toLine } from './line.ts'
import type { EventStore, SelectedClicks } from './port.ts'

/** What every event store does to many clicks at once; part of its contract. */
export const sweepSuite = (store: () => EventStore): unknown =>
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
    const selection: ClickSelection = {
      ...{ campaignIds: [campaignId], fromMs: day, toMs: day + 100_000_000, slots: {}, costsMicros: null },
      ...{ onlyUniques: false, withBots: true },
    }
    const chosenBy = async (chosen: Partial<ClickSelection>, more: Partial<SelectedClicks> = {}): Promise<number[]> => {
      // Others that it is asked together with change nothing.
      const beside = [selection, { ...selection, slots: { sub_id_1: ["it's"] }, toMs: day + 45_000_000 }]
      const clicks = { selections: [...beside, { ...selection, ...chosen }, ...beside], below: 1000, ...more }
      const [own, alone] = await Promise.all(
        [clicks, { ...clicks, selections: clicks.selections.slice(2, 3) }].map(async (asked) => ({
          count: (await store().countEach(asked)).at(asked === clicks ? 2 : 0),
          byTime: (await store().countEachByTime(asked, 60_000)).at(asked === clicks ? 2 : 0),
          places: (await store().listEach(asked)).at(asked === clicks ? 2 : 0) ?? [],
        })),
      )
      assert.deepEqual(own, alone)
      const { count, byTime, places = [] } = own ?? {}
      const times = places.map(({ atMs }) => atMs)
      assert.equal(count?.clicks, places.length)
      assert.ok(places.length === 0 || (count.firstMs <= (times.at(0) ?? 0) && count.lastMs >= (times.at(-1) ?? 0)))
      const minutes = Map.groupBy(times, (atMs) => Math.floor(atMs / 60_000) * 60_000)
      assert.deepEqual(
        byTime,
        [...minutes].map(([fromMs, all]) => ({ fromMs, clicks: all.length })),
      )
      return places.map(({ subId }) => subIds.indexOf(subId))
    }
    const costs = async (): Promise<(number | undefined)[]> => {
      const states = await store().loadStates(subIds)
      return subIds.map((subId) => states.get(subId) && Number(states.get(subId)?.row.cost ?? 0))
    }
    const placeOf = (index: number) => ({ atMs: day + index * 10_000_000, subId: subIds[index] ?? '' })
    const share = (micros: number, oneMore: number | null): CostShare => ({
      ...{ rowCurrencies: ['', 'USD'], micros, original: null },
      oneMoreUpTo: oneMore === null ? null : placeOf(oneMore),
    })
    const all = { campaignIds: null, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }
    before(async () => {
      await store().insertLines(
        'clicks',
        rows.map((row, i) => toLine('clicks', row, 100 + i)),
        'm10',
      )
      const conversions = [0, 9].map((i) => ({ ...{ sub_id: subIds[i] ?? '', datetime: day + i * 10_000_000 }, i }))
      for (const { i, ...own } of conversions) {
        const row = { ...own, campaign_id: campaignId, conversion_id: `${own.sub_id}-1`, status: 'lead' }
        await store().insertLines('conversions', [toLine('conversions', row, 200 + i)], 'm10')
        const further = { ...row, conversion_id: `${own.sub_id}-2`, charged: 300_000, conversion_cost: 300_000 }
        if (i === 0) await store().insertLines('conversions', [toLine('conversions', further, 200 + i)], 'm10')
      }
    })

    it('choose by campaign, time, slots, cost, uniqueness, bots and age', async () => {
      assert.deepEqual(await chosenBy({}), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      assert.deepEqual(await chosenBy({ campaignIds: [] }), [])
      assert.deepEqual(await chosenBy({ campaignIds: [campaignId + 1] }), [])
      assert.deepEqual(await chosenBy({ fromMs: day + 10_000_000, toMs: day + 30_000_000 }), [1, 2])
      assert.deepEqual(await chosenBy({ slots: { sub_id_1: ["it's", 'a\\b'] } }), [1, 2, 4, 5, 7, 8])
      assert.deepEqual(await chosenBy({ slots: { sub_id_1: [''], keyword: ['k'] } }), [0, 3, 6, 9])
      assert.deepEqual(await chosenBy({ slots: { sub_id_1: [], keyword: ['k'] } }), [])
      assert.deepEqual(await chosenBy({ costsMicros: [0] }), [9])
      assert.deepEqual(await chosenBy({ onlyUniques: true }), [1, 3, 5, 7, 9])
      assert.deepEqual(await chosenBy({ withBots: false, fromMs: day + 30_000_000 }), [3, 5, 6, 7, 8, 9])
      assert.deepEqual(await chosenBy({}, { below: 103 }), [0, 1, 2])
      const everything = { ...selection, campaignIds: null, fromMs: 0, toMs: 8_640_000_000_000_000 }
      const [all] = await store().countEach({ selections: [everything], below: 1000 }, { timeoutMs: 5000 })
      assert.ok((all?.clicks ?? 0) > 10)
    })

    it('choose among clicks as sweeps will leave them', async () => {
      const cheap: Sweep = {
        kind: 'costs',
        seq: 500,
        selection: { ...selection, onlyUniques: true },
        shares: [share(7, 3)],
      }
      const gone: Sweep = { kind: 'clean', seq: 600, selection: { ...selection, toMs: day + 30_000_000 } }
      assert.deepEqual(await chosenBy({ costsMicros: [7] }, { sweeps: [cheap] }), [5, 7, 9])
      assert.deepEqual(await chosenBy({ costsMicros: [8] }, { sweeps: [cheap] }), [1, 3])
      assert.deepEqual(await chosenBy({}, { sweeps: [cheap, gone] }), [3, 4, 5, 6, 7, 8, 9])
      const ofSeven: Sweep = {
        ...cheap,
        seq: 700,
        selection: { ...selection, costsMicros: [7] },
        shares: [share(9, null)],
      }
      assert.deepEqual(await chosenBy({ costsMicros: [9] }, { sweeps: [cheap, gone, ofSeven] }), [5, 7, 9])
      // Too old for what the clicks are by now.
      assert.deepEqual(await chosenBy({}, { sweeps: [{ ...gone, seq: 101 }] }), [1, 2, 3, 4, 5, 6, 7, 8, 9])
    })

    it('set costs part by part, exactly, and once however often they run', async () => {
      const bots = { ...selection, withBots: false }
      const sweeps: Sweep[] = [{ kind: 'costs', seq: 1000, selection: bots, shares: [share(2_000_000, 1)] }]
      assert.deepEqual(await store().countSwept({ sweeps, ...all }, 1_000_000_000_000), [
        { campaignId, fromMs: 1_000_000_000_000, clicks: 9 },
      ])
      const firstThree = { sweeps, campaignIds: [campaignId], fromMs: 0, toMs: day + 30_000_000 }
      await store().sweepClicks(firstThree, 'm11')
      const first = [2_000_001, 2_000_001, 2_000_000]
      const old = Array.from({ length: 6 }, () => 1_500_000)
      assert.deepEqual(await costs(), [...first, ...old, 0])
      assert.deepEqual(await store().countSwept(firstThree, 1000), [])
      await store().sweepClicks({ sweeps, ...all, campaignIds: [campaignId + 1] }, 'm11')
      assert.deepEqual(await costs(), [...first, ...old, 0])
      for (let again = 0; again < 2; again++) {
        await store().sweepClicks(firstThree, 'm11')
        await store().sweepClicks({ sweeps, ...all, fromMs: day + 30_000_000 }, 'm11')
      }
      const rest = [2_000_000, 1_500_000, 2_000_000, 2_000_000, 2_000_000, 2_000_000, 2_000_000]
      assert.deepEqual(await costs(), [...first, ...rest])
      const states = await store().loadStates(subIds)
      assert.deepEqual(
        subIds.map((subId) => states.get(subId)?.version),
        [...Array.from({ length: 4 }, () => 1000), 104, ...Array.from({ length: 5 }, () => 1000)],
      )
      const { sub_id_1: _, is_bot: __, ...kept } = rows[3] ?? {}
      assert.deepEqual(states.get(subIds[3] ?? '')?.row, { ...kept, cost: 2_000_000 })
      const charged = await store().loadConversions(subIds)
      const told = [0, 9].map((i) =>
        charged
          .get(subIds[i] ?? '')
          ?.map(({ row, version }) => [row.conversion_id, row.conversion_cost, row.charged, row.settled, version]),
      )
      const [one = '', , , , , , , , , last = ''] = subIds
      assert.deepEqual(told, [
        [
          [`${one}-1`, 2_000_001, undefined, undefined, 1000],
          [`${one}-2`, undefined, undefined, 300_000, 1000],
        ],
        [[`${last}-1`, 2_000_000, undefined, undefined, 1000]],
      ])
    })

    it('give each row what is meant for its currency, and what it was before', async () => {
      const original = { micros: 3, currency: 'EUR', rate: 1.25 }
      const shares = [
        { ...share(4, 8), original },
        { ...share(5, null), rowCurrencies: ['SEK'] },
      ]
      const sweeps: Sweep[] = [{ kind: 'costs', seq: 1100, selection, shares }]
      await store().sweepClicks({ sweeps, ...all }, 'm11b')
      assert.deepEqual(await costs(), [5, 5, 5, 5, 5, 5, 5, 5, 5, 4])
      const row = (await store().loadStates(subIds)).get(subIds[9] ?? '')?.row
      assert.deepEqual([row?.cost_original, row?.cost_currency, row?.cost_rate], [3, 'EUR', 1.25])
    })

    it('carry out several at once, each on clicks as the one before leaves them', async () => {
      const cheap: Sweep = {
        kind: 'costs',
        seq: 1200,
        selection: { ...selection, onlyUniques: true },
        shares: [share(7, null)],
      }
      const ofSeven: Sweep = {
        ...cheap,
        seq: 1300,
        selection: { ...selection, costsMicros: [7] },
        shares: [share(9, 1)],
      }
      const gone: Sweep = { kind: 'clean', seq: 1400, selection: { ...selection, fromMs: day + 90_000_000 } }
      const none: Sweep = { kind: 'clean', seq: 1500, selection: { ...selection, campaignIds: [] } }
      for (let again = 0; again < 2; again++)
        await store().sweepClicks({ sweeps: [cheap, ofSeven, gone, none], ...all }, 'm11c')
      assert.deepEqual(await costs(), [5, 10, 5, 9, 5, 9, 5, 9, 5, undefined])
      assert.deepEqual((await store().loadConversions(subIds)).size, 1)
    })

    it('remove clicks and their conversions, once', async () => {
      const some = { ...selection, fromMs: day + 20_000_000 }
      const sweeps: Sweep[] = [{ kind: 'clean', seq: 2000, selection: some }]
      for (let again = 0; again < 2; again++) await store().sweepClicks({ sweeps, ...all }, 'm12')
      assert.deepEqual(await costs(), [5, 10, ...Array.from({ length: 8 }, () => undefined)])
      assert.deepEqual([...(await store().loadConversions(subIds)).keys()], [subIds[0]])
      assert.deepEqual(await chosenBy({}, { below: 3000 }), [0, 1])
    })
  })
