import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SeenBefore, VisitorState } from '@trackyard/core/click/click.ts'
import type { Visit } from '@trackyard/core/events/spool-event.ts'
import type { VisitorQuery, VisitorStore } from './port.ts'

const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2031, 4, 4, 10, 30)
const ANNA = '0abcdef0123456'
const BERT = '1zzzzz1yyyyyyy'

/** What every VisitorStore must do, whatever it is made of. */
export function visitorStoreContract(name: string, open: () => VisitorStore): void {
  const query = (fields: Partial<VisitorQuery> = {}): VisitorQuery => ({
    visitor: ANNA,
    campaignId: 1,
    atMs: START_MS,
    uniqueTtlMs: 24 * HOUR_MS,
    streamIds: [10, 11],
    limitStreamIds: [],
    wantsBinding: false,
    ...fields,
  })
  /** Decides as the tracker does: what is new is worked out from what the store answers. */
  const visit = (store: VisitorStore, fields: Partial<Visit> = {}): void => {
    const { visitor = ANNA, campaignId = 1, streamId = 10, atMs = START_MS } = fields
    const state = store.read(query({ visitor, campaignId, atMs }))
    const unique = `${state.isUniqueGlobal ? 'g' : ''}${state.isUniqueCampaign ? 'c' : ''}${state.seenStreams.has(streamId) ? '' : 's'}`
    store.record({ visitor, campaignId, streamId, atMs, unique, counts: false, bind: null, ...fields })
  }

  describe(`VisitorStore: ${name}`, () => {
    it('does not know a new visitor', () => {
      const state = open().read(query())
      assert.equal(state.isUniqueCampaign, true)
      assert.equal(state.isUniqueGlobal, true)
      assert.deepEqual([...state.seenStreams], [])
    })

    it('knows a visitor by campaign, by stream and everywhere, each apart', () => {
      const store = open()
      visit(store)
      const same = store.read(query())
      assert.deepEqual([same.isUniqueCampaign, same.isUniqueGlobal, [...same.seenStreams]], [false, false, [10]])
      const elsewhere = store.read(query({ campaignId: 2, streamIds: [20] }))
      assert.deepEqual(
        [elsewhere.isUniqueCampaign, elsewhere.isUniqueGlobal, [...elsewhere.seenStreams]],
        [true, false, []],
      )
      assert.equal(store.read(query({ visitor: BERT })).isUniqueGlobal, true)
    })

    it('forgets after the uniqueness time, counted from the first visit and not from the last', () => {
      const store = open()
      visit(store)
      visit(store, { atMs: START_MS + 23 * HOUR_MS })
      assert.equal(store.read(query({ atMs: START_MS + 24 * HOUR_MS - 1000 })).isUniqueCampaign, false)
      assert.equal(store.read(query({ atMs: START_MS + 24 * HOUR_MS })).isUniqueCampaign, true)
    })

    it('counts chosen streams by hour, by day and in all', () => {
      const store = open()
      const counts = (atMs: number) => store.read(query({ limitStreamIds: [10], atMs })).limits.get(10)
      visit(store, { counts: true })
      visit(store, { counts: true, visitor: BERT })
      assert.deepEqual(counts(START_MS), { hour: 2, day: 2, total: 2 })
      assert.deepEqual(counts(START_MS + HOUR_MS), { hour: 0, day: 2, total: 2 })
      assert.deepEqual(counts(START_MS + 24 * HOUR_MS), { hour: 0, day: 0, total: 2 })
    })

    it('counts hours and days by the clocks of the zone that is asked for', () => {
      const store = open()
      const counts = (atMs: number, timeZone: string) => {
        const zones = { timeZone, limitStreamIds: [10], limitZones: [{ timeZone: 'Asia/Kolkata', streamIds: [10] }] }
        const { limits, limitsIn } = store.read(query({ ...zones, atMs }))
        return [limits.get(10), limitsIn?.get('Asia/Kolkata')?.get(10)]
      }
      // The day on which clocks in Berlin are turned back has 25 hours, from 22:00 UTC on.
      const at = (hour: number, minute = 0): number => Date.UTC(2025, 9, 25, hour, minute)
      for (const atMs of [at(21, 59), at(22), at(24, 10), at(25, 10), at(46, 20)]) visit(store, { atMs, counts: true })
      assert.deepEqual(counts(at(46, 59), 'Europe/Berlin'), [
        { hour: 1, day: 4, total: 5 },
        { hour: 0, day: 1, total: 5 },
      ])
      assert.deepEqual(counts(at(47), 'Europe/Berlin'), [
        { hour: 0, day: 0, total: 5 },
        { hour: 0, day: 1, total: 5 },
      ])
    })

    it('knows an address and a browser apart from the visitor, each in every scope', () => {
      const store = open()
      const also = [
        { by: 'ip', visitor: ANNA, unique: 'gcs' },
        { by: 'cookie', visitor: BERT, unique: 'cs' },
      ] as const
      store.record({
        visitor: '2',
        campaignId: 1,
        streamId: 10,
        atMs: START_MS,
        unique: '',
        also,
        counts: false,
        bind: null,
      })
      const { byIp, byCookie, ...own } = store.read(query({ byIp: ANNA, byCookie: BERT }))
      assert.deepEqual(byIp && toData(byIp), { isUniqueCampaign: false, isUniqueGlobal: false, seenStreams: [10] })
      assert.deepEqual(byCookie && toData(byCookie), {
        isUniqueCampaign: false,
        isUniqueGlobal: true,
        seenStreams: [10],
      })
      assert.equal(own.isUniqueGlobal, true)
      const crossed = store.read(query({ byIp: BERT, byCookie: ANNA }))
      assert.deepEqual([crossed.byIp?.isUniqueGlobal, crossed.byCookie?.isUniqueCampaign], [true, true])
      assert.equal(store.read(query()).byIp, undefined)
    })

    it('keeps a binding until its time is over, and the last one wins', () => {
      const store = open()
      const bound = (atMs: number) => store.read(query({ wantsBinding: true, atMs })).binding
      assert.equal(bound(START_MS), null)
      visit(store, { bind: { landingId: 5, offerId: null, untilMs: START_MS + HOUR_MS } })
      assert.deepEqual({ ...bound(START_MS), untilMs: 0 }, { streamId: 10, landingId: 5, offerId: null, untilMs: 0 })
      visit(store, { streamId: 11, bind: { landingId: null, offerId: 7, untilMs: START_MS + HOUR_MS } })
      assert.equal(bound(START_MS)?.streamId, 11)
      assert.equal(bound(START_MS + HOUR_MS), null)
    })

    it('recording a visit twice changes nothing about uniqueness', () => {
      const once = open()
      const twice = open()
      const first: Visit = {
        visitor: ANNA,
        campaignId: 1,
        streamId: 10,
        atMs: START_MS,
        unique: 'gcs',
        counts: false,
        bind: null,
      }
      once.record(first)
      twice.record(first)
      twice.record(first)
      assert.deepEqual(toData(once.read(query())), toData(twice.read(query())))
    })
  })
}

/** What a store says of a visitor, to be compared: streams are looked up now. */
export function toData<State extends SeenBefore | VisitorState>(state: State): object {
  const { byIp, byCookie }: Partial<VisitorState> = state
  return {
    ...state,
    seenStreams: [...state.seenStreams],
    ...(byIp ? { byIp: toData(byIp) } : {}),
    ...(byCookie ? { byCookie: toData(byCookie) } : {}),
  }
}
