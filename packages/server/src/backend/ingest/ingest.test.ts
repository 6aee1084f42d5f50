import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onlyCurrency } from '@trackyard/core/currency/exchange.ts'
import { adminRecord } from '@trackyard/core/events/admin-event.ts'
import { conversionColumns } from '@trackyard/core/events/click-columns.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import fc from 'fast-check'
import { z } from 'zod'
import { createLog } from '../../log.ts'
import { readIngestState } from '../../spool/ingest-state.ts'
import { SpoolWriter } from '../../spool/writer.ts'
import { createMemoryEvents, type MemoryEvents } from '../../stores/events/memory.ts'
import { type EventStore, RefusedRows, TooMuchAtOnce } from '../../stores/events/port.ts'
import { type Ingest, startIngest } from './ingest.ts'

const silent = { ...createLog('test', 'error'), error: () => undefined, warn: () => undefined, info: () => undefined }
const START_MS = Date.UTC(2026, 1, 3)
const OFFER = { payout_type: 'CPA' as const, payout_value: 0, payout_auto: true, payout_upsell: true }

/** Something that happens to one of a few clicks; `batch` starts a new batch before it. */
interface Happening {
  readonly who: number
  readonly what: 'landing' | 'lead' | 'sale' | 'second' | 'update'
  readonly batch: boolean
}
const happenings = fc.array(
  fc.record({
    who: fc.nat(4),
    what: fc.constantFrom<Happening['what'][]>('landing', 'lead', 'sale', 'second', 'update'),
    batch: fc.boolean(),
  }),
  { minLength: 1, maxLength: 14 },
)

const subIdOf = (who: number): string => createSubId(START_MS + who, who / 10)

function recordOf({ who, what }: Happening, at: number): string {
  const subId = subIdOf(who)
  const event = { subId, atMs: START_MS + 1000 * at }
  const postback = (params: object): string =>
    `p\t${subId}\t${JSON.stringify({ kind: 'postback', ...event, params: { subid: subId, ...params }, ip: '' })}`
  if (what === 'lead') return postback({ status: 'lead', tid: 'A', payout: '2' })
  if (what === 'sale') return postback({ status: 'sale', tid: 'A', payout: '3' })
  if (what === 'second') return postback({ status: 'sale', tid: 'B', payout: '0.5' })
  if (what === 'update')
    return `u\t${subId}\t${JSON.stringify({ kind: 'update', ...event, slots: { sub_id_1: `new${at}` } })}`
  const landing = {
    offerId: 9,
    affiliateNetworkId: 4,
    destination: 'https://o.example/',
    slots: {},
    payoutMicros: 50_000,
  }
  return `l\t${subId}\t${JSON.stringify({ kind: 'landing_click', ...event, ...landing, visit: null })}`
}

const clickRecord = (who: number): string =>
  `c\t${subIdOf(who)}\t{}\t${JSON.stringify({ sub_id: subIdOf(who), datetime: START_MS + who, campaign_id: 1, offer_id: 9, cost: 0.25 })}`

const signedLine = z.object({ sub_id: z.string(), version: z.number(), sign: z.number().default(1) }).loose()

/** A store that counts every row given to it, and refuses or forgets to answer at the n-th insert. */
function watched(inner: MemoryEvents, nets: Map<string, number>, failAt: number, isApplied: boolean): EventStore {
  let inserts = 0
  return {
    ...inner,
    async insertLines(table, lines, marker) {
      const isFailing = inserts++ === failAt
      if (isFailing && !isApplied) throw new Error('the store is gone')
      await inner.insertLines(table, lines, marker)
      if (table === 'clicks')
        for (const line of [lines].flat().flatMap((text) => text.split('\n'))) {
          const { sub_id, version, sign } = signedLine.parse(JSON.parse(line))
          nets.set(`${sub_id} ${version}`, (nets.get(`${sub_id} ${version}`) ?? 0) + sign)
        }
      if (isFailing) throw new Error('the answer of the store was lost')
    },
  }
}

describe('ingest', () => {
  let dir = ''
  let spool: SpoolWriter
  const open = (): void => {
    dir = mkdtempSync(join(tmpdir(), 'trackyard-ingest-'))
    spool = new SpoolWriter({ dir, segmentBytes: 1500, fsync: 'interval', log: silent })
  }
  const close = async (): Promise<void> => {
    await spool.close()
    rmSync(dir, { recursive: true, force: true })
  }
  beforeEach(open)
  afterEach(close)

  const statePath = (): string => join(dir, 'ingest.json')
  const ingest = (store: EventStore): Ingest =>
    startIngest({
      spoolDir: dir,
      statePath: statePath(),
      rejectedPath: join(dir, 'rejected.ndjson'),
      store,
      source: { exchange: async () => onlyCurrency('USD'), offerTerms: async () => OFFER, costTerms: async () => null },
      log: silent,
    })
  const append = (payload: string): Promise<void> => new Promise((resolve) => spool.append(payload, () => resolve()))
  /** Runs until all is stored or an insert failed; then it is stopped, as a crash at that moment would. */
  async function runOnce(store: EventStore): Promise<boolean> {
    const running = ingest(store)
    const isBusy = ({ position, sweeps, failure } = running.status()) =>
      failure === '' && (position < spool.position || sweeps > 0)
    while (isBusy()) await sleep(1)
    const { failure } = running.status()
    await running.close()
    return failure === ''
  }
  const byKey = (row: object): unknown => Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1))
  /** Of a conversion only what is its own: the click's columns in it are those of the moment it was written. */
  const ofConversion = (row: object): object =>
    Object.fromEntries(Object.entries(row).filter(([name]) => name === 'sub_id' || name in conversionColumns))
  const sorted = (store: MemoryEvents): string[] =>
    [
      ...store.clicks().map(({ row, version }) => [byKey(row), version]),
      ...store.conversions().map(({ row, version }) => [byKey(ofConversion(row)), version]),
      // What became of a postback that was applied before a crash is told in other words.
      ...store.postbackLog().map(({ sub_id, seq }) => [sub_id, seq]),
    ]
      .map((one) => JSON.stringify(one))
      .sort()

  it('however it is interrupted, the store ends as if it had not been', async () => {
    await fc.assert(
      fc.asyncProperty(
        happenings,
        fc.array(fc.record({ failAt: fc.nat(3), isApplied: fc.boolean() }), { maxLength: 5 }),
        async (history, failures) => {
          await close()
          open()
          const store = createMemoryEvents()
          const nets = new Map<string, number>()
          const queue = [...failures]
          const drain = async (): Promise<void> => {
            for (let isDone = false; !isDone; ) {
              const { failAt, isApplied } = queue.shift() ?? { failAt: -1, isApplied: false }
              isDone = await runOnce(watched(store, nets, failAt, isApplied))
            }
          }
          for (let who = 0; who < 4; who++) await append(clickRecord(who))
          for (const [at, happening] of history.entries()) {
            if (happening.batch) await drain()
            await append(recordOf(happening, at))
          }
          await drain()

          for (const [state, net] of nets) assert.ok(net === 0 || net === 1, `${state} is there ${net} times`)
          assert.equal([...nets.values()].filter((net) => net === 1).length, 4, 'every click has one state')
          const calm = createMemoryEvents()
          rmSync(statePath())
          await runOnce(calm)
          assert.deepEqual(sorted(store), sorted(calm))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('without its state file it stores nothing twice, even when that is interrupted', async () => {
    const store = createMemoryEvents()
    const nets = new Map<string, number>()
    const history: readonly Happening['what'][] = ['lead', 'landing', 'sale', 'second']
    for (let who = 0; who < 5; who++) await append(clickRecord(who))
    for (const [at, what] of history.entries()) await append(recordOf({ who: at, what, batch: false }, at))
    assert.ok(await runOnce(watched(store, nets, -1, false)))
    rmSync(statePath())
    // The segments are small, so the replay is several batches; something is new in the last one only.
    await append(recordOf({ who: 4, what: 'sale', batch: false }, history.length))
    await runOnce(watched(store, nets, 0, true))
    assert.equal(readIngestState(statePath())?.isReplay, true)
    while (!(await runOnce(watched(store, nets, -1, false)))) assert.ok(true)
    const calm = createMemoryEvents()
    rmSync(statePath())
    await runOnce(calm)
    assert.deepEqual(sorted(store), sorted(calm))
    assert.deepEqual(
      [...nets.values()].filter((net) => net !== 0),
      Array.from({ length: 5 }, () => 1),
    )
  })

  it('says why it does not go on, and goes on', async () => {
    const store = createMemoryEvents()
    await append(clickRecord(1))
    const running = ingest(watched(store, new Map(), 0, false))
    while (running.status().failure === '') await sleep(1)
    assert.equal(running.status().failure, 'the store is gone')
    assert.equal(running.status().position, 0)
    while (running.status().position < spool.position) await sleep(5)
    assert.equal(running.status().failure, '')
    await running.close()
    assert.equal(store.clicks().length, 1)
  })

  it('postbacks and landing clicks nobody can be found for are told, not stored', async () => {
    const store = createMemoryEvents()
    await append(recordOf({ who: 3, what: 'lead', batch: false }, 1))
    await append(recordOf({ who: 3, what: 'landing', batch: false }, 2))
    const running = ingest(store)
    while (running.status().position < spool.position) await sleep(1)
    assert.equal(running.status().orphans, 1)
    await running.close()
    assert.deepEqual(store.clicks(), [])
    assert.deepEqual(
      store.postbackLog().map(({ outcome }) => outcome),
      ['click_not_found'],
    )
  })

  it('rejected postbacks are in the log with the reason, and so is what could not be read of others', async () => {
    const store = createMemoryEvents()
    const event = { kind: 'postback', atMs: START_MS, params: { payout: '1' }, ip: '' }
    await append(clickRecord(1))
    await append(`p\t-\t${JSON.stringify({ ...event, subId: '', fault: 'subid is missing' })}`)
    await append(`p\t${subIdOf(1)}\t${JSON.stringify({ ...event, subId: subIdOf(1), fault: 'the body is torn' })}`)
    assert.ok(await runOnce(store))
    const told = store.postbackLog().map(({ outcome, reason }) => `${outcome}: ${reason}`)
    assert.equal(told[0], 'rejected: it was answered 400 because it names no click; subid is missing')
    assert.match(told[1] ?? '', /^created: .*; the body is torn$/)
  })

  it('a record that makes no sense is set aside and holds up nothing', async () => {
    const store = createMemoryEvents()
    const [torn, sound] = [subIdOf(1), subIdOf(2)]
    await append(`c\t${torn}\t{}\t{"sub_id":"${torn}","is_datacenter":NaN}`)
    await append(clickRecord(2))
    await append(recordOf({ who: 1, what: 'lead', batch: false }, 1))
    for (const kind of ['l', 'p', 'u']) await append(`${kind}\t${sound}\t{"kind":"of the future"}`)
    await append(recordOf({ who: 2, what: 'sale', batch: false }, 2))
    assert.ok(await runOnce(store))
    assert.deepEqual(
      store.clicks().map(({ row }) => [row.sub_id, row.sales]),
      [[sound, 1]],
    )
    const aside = readFileSync(join(dir, 'rejected.ndjson'), 'utf8').trim().split('\n')
    assert.deepEqual(
      aside.map((line) => /NaN|of the future/.exec(line)?.[0]),
      ['NaN', ...Array.from({ length: 3 }, () => 'of the future')],
    )
    assert.deepEqual(
      store.postbackLog().map(({ outcome }) => outcome),
      ['click_not_found', 'created'],
    )
  })

  describe('a change of many clicks', () => {
    const everything = { campaignIds: null, fromMs: 0, toMs: START_MS * 2, slots: {}, costsMicros: null }
    const selection = { ...everything, onlyUniques: false, withBots: true }
    const COUNT = 3000
    const fill = async (): Promise<void> => {
      for (let who = 0; who < COUNT; who++) {
        const subId = createSubId(START_MS + who, 0.5)
        await append(`c\t${subId}\t{}\t${JSON.stringify({ sub_id: subId, datetime: START_MS + who, campaign_id: 1 })}`)
      }
      await append(adminRecord({ kind: 'costs', atMs: START_MS, selection, costMicros: 1_000_001 }))
    }

    it('that the store has not the memory for goes on in smaller parts, and the sum is exact', async () => {
      await fill()
      const store = createMemoryEvents()
      const sizes: number[] = []
      const small: EventStore = {
        ...store,
        async sweepClicks(part, marker) {
          const [count] = await store.countSwept(part, START_MS * 10)
          if (!count || count.clicks > 800) throw new TooMuchAtOnce('no memory')
          sizes.push(count.clicks)
          // Now and then the answer is lost, and another process goes on.
          await store.sweepClicks(part, marker)
          if (sizes.length === 2) throw new Error('the answer of the store was lost')
        },
      }
      while (!(await runOnce(small))) assert.ok(sizes.length < 20)
      assert.equal(
        store.clicks().reduce((sum, { row }) => sum + Number(row.cost), 0),
        1_000_001,
      )
      assert.ok(sizes.length > 3 && Math.max(...sizes) <= 800, sizes.join())
      assert.deepEqual(store.oddStates(), [])
    })

    it('that an earlier release had begun goes on with the amounts it had settled', async () => {
      await fill()
      const store = createMemoryEvents()
      const stuck = ingest({ ...store, sweepClicks: () => Promise.reject(new Error('the store is gone')) })
      while (stuck.status().sweeps === 0) await sleep(1)
      const [sweep] = stuck.sweeps()
      await stuck.close()
      assert.ok(sweep)
      const oneMoreUpTo = createSubId(START_MS + 100, 0.5)
      const plan = { seq: sweep.seq, bounds: [createSubId(START_MS + 9, 0.5)], done: 1, micros: 7, oneMoreUpTo }
      const pending = { to: spool.position, marker: 'w1', changes: [], conversionLines: [], logLines: [], sweep: plan }
      writeFileSync(statePath(), JSON.stringify({ position: sweep.seq, pending, isReplay: false }))
      assert.ok(await runOnce(store))
      const costs = store.clicks().map(({ row }) => row.cost)
      assert.deepEqual(
        costs,
        Array.from({ length: COUNT }, (_, index) => (index <= 100 ? 8 : 7)),
      )
    })

    it('that the store refuses after it was interrupted holds up nothing', async () => {
      await fill()
      await append(clickRecord(1))
      const store = createMemoryEvents()
      let calls = 0
      const fickle: EventStore = {
        ...store,
        async sweepClicks() {
          throw calls++ === 0 ? new Error('the store is gone') : new RefusedRows('a value does not fit')
        },
      }
      assert.equal(await runOnce(fickle), false)
      assert.ok(await runOnce(fickle))
      assert.equal(store.clicks().length, COUNT + 1)
      assert.match(readFileSync(join(dir, 'rejected.ndjson'), 'utf8'), /a value does not fit.*shares/)
    })
  })

  it('a damaged state file is an error, not a fresh start', () => {
    writeFileSync(statePath(), '{"position":5,"pen')
    assert.throws(() => ingest(createMemoryEvents()))
    assert.equal(readFileSync(statePath(), 'utf8').length, 18)
  })
})
