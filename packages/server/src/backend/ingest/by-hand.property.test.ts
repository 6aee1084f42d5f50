import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onlyCurrency } from '@trackyard/core/currency/exchange.ts'
import { type AdminEvent, adminRecord, type ClickSelection } from '@trackyard/core/events/admin-event.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import fc from 'fast-check'
import { createLog } from '../../log.ts'
import { SpoolWriter } from '../../spool/writer.ts'
import { createMemoryEvents, type MemoryEvents } from '../../stores/events/memory.ts'
import type { EventStore } from '../../stores/events/port.ts'
import { startIngest } from './ingest.ts'

const silent = { ...createLog('test', 'error'), error: () => undefined, warn: () => undefined, info: () => undefined }
const START_MS = Date.UTC(2026, 1, 3)
const OFFER = { payout_type: 'CPA' as const, payout_value: 0, payout_auto: true, payout_upsell: true }
const CLICKS = 6
/** `TRACKYARD_TEST_HISTORIES=10000` tries more. */
const HISTORIES = Number(process.env.TRACKYARD_TEST_HISTORIES ?? 1000)
/** In memory where there is such a thing: waiting for the disk would take longer than everything else. */
const TEMPORARY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const subIdOf = (who: number): string => createSubId(START_MS + who * 1000, who / 10)

type Edit = Extract<AdminEvent, { kind: 'conversion_edit' }>
type Happening = { readonly who: number; readonly batch: boolean } & (
  | { readonly what: 'landing' | 'remove' | 'erase' | 'sale' | 'lead' }
  | { readonly what: 'slot' | 'cost' | 'share' | 'update'; readonly amount: number }
  | { readonly what: 'edit'; readonly ordinal: number | null; readonly tid: string; readonly set: Edit['set'] }
  | { readonly what: 'clean'; readonly until: number }
)

const base = { who: fc.nat(CLICKS - 1), batch: fc.boolean() }
const set = fc.option(
  fc.record(
    {
      status: fc.constantFrom<NonNullable<Edit['set']>['status']>('lead', 'sale', 'rejected', 'deposit', 'trash'),
      revenueMicros: fc.nat(9_000_000),
    },
    { requiredKeys: [] },
  ),
  { freq: 3 },
)
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ ...base, what: fc.constantFrom('landing' as const, 'sale' as const, 'lead' as const) }),
  fc.record({
    ...base,
    what: fc.constantFrom('slot' as const, 'cost' as const, 'share' as const, 'update' as const),
    amount: fc.nat(1000),
  }),
  fc.record({
    ...base,
    what: fc.constant('edit' as const),
    ordinal: fc.option(fc.integer({ min: 1, max: 3 })),
    tid: fc.constantFrom('', 'A', 'B'),
    set,
  }),
  { arbitrary: fc.record({ ...base, what: fc.constantFrom('remove' as const, 'erase' as const) }), weight: 1 },
  { arbitrary: fc.record({ ...base, what: fc.constant('clean' as const), until: fc.nat(2) }), weight: 1 },
)

const everything: ClickSelection = {
  campaignIds: null,
  fromMs: 0,
  toMs: START_MS + 86_400_000,
  slots: {},
  costsMicros: null,
  onlyUniques: false,
  withBots: true,
}

function recordOf(one: Happening, at: number): string {
  const event = { subId: subIdOf(one.who), atMs: START_MS + 60_000 + at }
  const spooled = (kind: string, json: object): string => `${kind}\t${event.subId}\t${JSON.stringify(json)}`
  switch (one.what) {
    case 'landing': {
      const reached = { offerId: 9, affiliateNetworkId: 4, destination: 'x', slots: {}, payoutMicros: 50_000 }
      return spooled('l', { kind: 'landing_click', ...event, ...reached, visit: null })
    }
    case 'sale':
    case 'lead':
      return spooled('p', { kind: 'postback', ...event, params: { status: one.what, tid: 'A', payout: '2' }, ip: IP })
    case 'update':
      return spooled('u', { kind: 'update', ...event, slots: { sub_id_1: `u${one.amount % 2}` } })
    case 'slot':
      return adminRecord({ kind: 'click_edit', ...event, slots: { sub_id_1: `u${one.amount % 2}` }, costMicros: null })
    case 'cost':
      return adminRecord({ kind: 'click_edit', ...event, slots: {}, costMicros: one.amount })
    case 'share': {
      const slots: ClickSelection['slots'] = one.amount % 3 === 0 ? { sub_id_1: ['u0', ''] } : {}
      const selection = { ...everything, slots, withBots: one.amount % 2 === 0, onlyUniques: one.amount % 5 === 0 }
      return adminRecord({ kind: 'costs', atMs: event.atMs, selection, costMicros: one.amount })
    }
    case 'edit':
      return adminRecord({ kind: 'conversion_edit', ...event, ordinal: one.ordinal, tid: one.tid, set: one.set })
    case 'remove':
      return adminRecord({ kind: 'click_removal', ...event })
    case 'erase':
      return adminRecord({ kind: 'click_erase', ...event })
    case 'clean': {
      const segment = { campaignIds: [1], fromMs: 0, toMs: START_MS + one.until * 1000 }
      return adminRecord({ kind: 'clean', atMs: event.atMs, segment })
    }
  }
}

const IP = '198.51.100.7'
const clickRecord = (who: number): string => {
  const key = { sub_id: subIdOf(who), datetime: START_MS + who * 1000 }
  const row = { ...key, ip: IP, campaign_id: 1, offer_id: 9, cost: 0.25 }
  return `c\t${row.sub_id}\t{}\t${JSON.stringify({ ...row, is_bot: who === 1 ? 1 : 0, is_unique_campaign: who % 2 })}`
}

/** The same in the plainest words; nothing of it is shared with what is tested. */
function recount(history: readonly Happening[]): string[] {
  interface Naive {
    cost: number
    sub: string
    ip: string
    reached: boolean
    conversions: { n: number; tid: string; status: string; money: number; told: Set<string> }[]
  }
  const clicks = new Map<number, Naive>()
  for (let who = 0; who < CLICKS; who++)
    clicks.set(who, { cost: 250_000, sub: '', ip: IP, reached: false, conversions: [] })
  const logged: number[] = []
  const next = (list: Naive['conversions']): number => Math.max(0, ...list.map(({ n }) => n)) + 1
  for (const one of history) {
    const click = clicks.get(one.who)
    if (one.what === 'share') {
      const matched = [...clicks]
        .filter(([, { sub }]) => one.amount % 3 !== 0 || sub === 'u0' || sub === '')
        .filter(([who]) => one.amount % 2 === 0 || who !== 1)
        .filter(([who]) => one.amount % 5 !== 0 || who % 2 === 1)
      for (const [index, [, found]] of matched.entries())
        found.cost = Math.floor(one.amount / matched.length) + (index < one.amount % matched.length ? 1 : 0)
    } else if (one.what === 'clean') {
      for (const who of [...clicks.keys()]) if (who < one.until) clicks.delete(who)
    } else if (one.what === 'erase') {
      logged[one.who] = 0
      if (click) Object.assign(click, { ip: '', sub: '' })
    } else if (one.what === 'sale' || one.what === 'lead') logged[one.who] = (logged[one.who] ?? 0) + 1
    if (one.what === 'share' || one.what === 'clean' || one.what === 'erase' || !click) continue
    if (one.what === 'landing') click.reached = true
    else if (one.what === 'remove') clicks.delete(one.who)
    else if (one.what === 'cost') click.cost = one.amount
    else if (one.what === 'slot' || one.what === 'update') click.sub = `u${one.amount % 2}`
    else if (one.what === 'edit') {
      const list = click.conversions
      const target =
        one.ordinal !== null
          ? list.find(({ n }) => n === one.ordinal)
          : (list.find(({ tid }) => tid === one.tid) ?? (one.tid === '' ? list[0] : undefined))
      if (one.set === null) click.conversions = list.filter((other) => other !== target)
      else if (target || one.ordinal === null) {
        const wanted = one.set.status ?? target?.status ?? 'sale'
        const isRebill = one.ordinal === null && wanted === 'sale' && (target ? target.status === 'rebill' : list[0])
        const found = target ?? { n: next(list), tid: one.tid, status: '', money: 0, told: new Set() }
        found.status = isRebill ? 'rebill' : wanted
        found.money = one.set.revenueMicros ?? found.money
        if (!target) list.push(found)
      }
    } else {
      const list = click.conversions
      // Told again within a day, whatever became of it since.
      if (list.some(({ told }) => told.has(one.what))) continue
      const target = list.find(({ tid }) => tid === 'A')
      if (!target) {
        const status = list[0] && one.what === 'sale' ? 'rebill' : one.what
        list.push({ n: next(list), tid: 'A', status, money: 2_000_000, told: new Set([one.what]) })
        continue
      }
      target.told.add(one.what)
      const isFurther = target.status === 'rebill' || (target !== list[0] && target.status !== 'sale')
      const status = isFurther && one.what === 'sale' ? 'rebill' : one.what
      const becomes: Record<string, readonly string[]> = {
        lead: ['lead', 'sale', 'rebill'],
        sale: ['sale'],
        rebill: ['rebill'],
        deposit: ['sale', 'rebill'],
      }
      if (!(becomes[target.status] ?? ['lead', 'sale', 'rebill']).includes(status)) continue
      target.status = status
      target.money = 2_000_000
    }
  }
  const logs = [...logged.entries()].flatMap(([who, lines]) => (lines ? [`${subIdOf(who)} ${lines}`] : []))
  const rows = [...clicks].map(([who, { cost, sub, ip, reached, conversions }]) => {
    const sum = (...names: string[]): number =>
      conversions.reduce((total, { status, money }) => total + (names.includes(status) ? money : 0), 0)
    const main = conversions.toSorted((a, b) => a.n - b.n)[0]?.status ?? ''
    const shown = [subIdOf(who), cost, sub, ip, reached, sum('lead'), sum('sale', 'rebill') + (reached ? 50_000 : 0)]
    const kept = conversions.map(({ n, status, money }) => `${n} ${status} ${money} ${n === 1 ? cost : 0} ${ip}`).sort()
    return JSON.stringify([...shown, ['sale', 'rebill'].includes(main), main === 'lead', kept])
  })
  return [...rows, ...logs.sort()]
}

function told(store: MemoryEvents): string[] {
  assert.deepEqual(store.oddStates(), [])
  const conversions = Map.groupBy(store.conversions(), ({ row }) => String(row.sub_id))
  const clicks = store.clicks().map(({ row }) => row)
  assert.deepEqual(
    [...conversions.keys()].filter((id) => !clicks.some(({ sub_id }) => sub_id === id)),
    [],
  )
  const logged = Map.groupBy(
    store.postbackLog().filter(({ params, ip }) => params || ip),
    ({ sub_id }) => String(sub_id),
  )
  const rows = clicks
    .sort((a, b) => (String(a.sub_id) < String(b.sub_id) ? -1 : 1))
    .map((row) => {
      const number = (name: string): number => Number(row[name] ?? 0)
      const kept = (conversions.get(String(row.sub_id)) ?? []).map(({ row: { conversion_id, status, ...one } }) =>
        [
          String(conversion_id).split('-')[1],
          status,
          Number(one.revenue ?? 0),
          Number(one.conversion_cost ?? 0),
          one.ip ?? '',
        ].join(' '),
      )
      const shown = [row.sub_id, number('cost'), row.sub_id_1 ?? '', row.ip ?? '', number('landing_clicked') === 1]
      const money = [number('lead_revenue'), number('sale_revenue')]
      return JSON.stringify([...shown, ...money, number('is_sale') === 1, number('is_lead') === 1, kept.sort()])
    })
  return [...rows, ...[...logged].map(([subId, lines]) => `${subId} ${lines.length}`).sort()]
}

/** A store whose n-th write fails, before or after it was carried out. */
function failing(inner: MemoryEvents, failAt: number, isApplied: boolean): EventStore {
  let writes = 0
  const write = async (work: () => Promise<void>): Promise<void> => {
    const isFailing = writes++ === failAt
    if (!isFailing || isApplied) await work()
    if (isFailing) throw new Error('the store is gone')
  }
  return {
    ...inner,
    insertLines: (table, lines, marker) => write(() => inner.insertLines(table, lines, marker)),
    eraseLogLines: (before, marker) => write(() => inner.eraseLogLines(before, marker)),
    sweepClicks: (part, marker) => write(() => inner.sweepClicks(part, marker)),
  }
}

it('whatever people change by hand, and whatever fails meanwhile, the store equals a naive recount', async () => {
  const failures = fc.array(fc.record({ failAt: fc.nat(4), isApplied: fc.boolean() }), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 14 }), failures, async (history, failing_) => {
      const dir = mkdtempSync(join(TEMPORARY, 'trackyard-by-hand-'))
      const spool = new SpoolWriter({ dir, segmentBytes: 1500, fsync: 'interval', log: silent })
      const append = (payload: string) => new Promise<boolean>((resolve) => spool.append(payload, resolve))
      const runOnce = async (store: EventStore): Promise<boolean> => {
        const running = startIngest({
          ...{ spoolDir: dir, statePath: join(dir, 'ingest.json'), rejectedPath: join(dir, 'rejected.ndjson') },
          source: {
            exchange: async () => onlyCurrency('USD'),
            offerTerms: async () => OFFER,
            costTerms: async () => null,
          },
          ...{ store, log: silent, sliceClicks: 2 },
        })
        const isBusy = ({ position, sweeps, failure } = running.status()) =>
          failure === '' && (position < spool.position || sweeps > 0)
        while (isBusy()) await sleep(1)
        const { failure } = running.status()
        await running.close()
        return failure === ''
      }
      const store = createMemoryEvents()
      const queue = [...failing_]
      const drain = async (): Promise<void> => {
        for (let isDone = false; !isDone; ) {
          const { failAt, isApplied } = queue.shift() ?? { failAt: -1, isApplied: false }
          isDone = await runOnce(failing(store, failAt, isApplied))
        }
      }
      for (let who = 0; who < CLICKS; who++) await append(clickRecord(who))
      for (const [at, one] of history.entries()) {
        if (one.batch) await drain()
        await append(recordOf(one, at))
      }
      await drain()
      const expected = recount(history)
      assert.deepEqual(told(store), expected)
      // The history told again, to the store that knows it and to an empty one, ends the same.
      rmSync(join(dir, 'ingest.json'))
      await runOnce(store)
      assert.deepEqual(told(store), expected)
      rmSync(join(dir, 'ingest.json'))
      const empty = createMemoryEvents()
      await runOnce(empty)
      assert.deepEqual(told(empty), expected)
      await spool.close()
      rmSync(dir, { recursive: true })
    }),
    { numRuns: HISTORIES },
  )
})
