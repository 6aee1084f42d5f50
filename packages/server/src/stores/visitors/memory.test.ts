import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { toBase36 } from '@trackyard/core/base36.ts'
import { dayInZone, hourStartInZone } from '@trackyard/core/time/zone.ts'
import fc from 'fast-check'
import { toData, visitorStoreContract } from './contract.ts'
import { counted, countsAt, type LimitCounter } from './limit-counter.ts'
import { createMemoryVisitorStore } from './memory.ts'
import { createSeenTable, type SeenTable } from './seen-table.ts'
import { loadVisitors, saveVisitors } from './snapshot.ts'

const YEAR_MS = 365 * 86_400_000

visitorStoreContract('memory', () =>
  createMemoryVisitorStore({ nowMs: () => Date.UTC(2031, 4, 4), keepMs: () => YEAR_MS }),
)

describe('seen table', () => {
  it('answers as a Map would, for any history', () => {
    const key = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 0xffffffff }))
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.integer({ min: 1, max: 1000 })), { maxLength: 9000 }), (history) => {
        const table = createSeenTable(() => 1)
        const model = new Map<string, number>()
        for (const [[high, low], seconds] of history) {
          table.set(high, low, seconds)
          model.set(`${high},${low}`, seconds)
        }
        for (const [[high, low]] of history) assert.equal(table.get(high, low), model.get(`${high},${low}`))
        assert.equal(table.size, model.size)
        assert.equal(table.get(9, 9), 0)
      }),
      { numRuns: 20 },
    )
  })

  it('drops what is too old when it grows, and keeps the rest', () => {
    let limit = 1
    const table = createSeenTable(() => limit)
    const key = (i: number): [number, number] => [Math.imul(i, 0x9e3779b1) >>> 0, i]
    for (let i = 1; i <= 20_000; i++) table.set(...key(i), 10)
    limit = 11
    for (let i = 20_001; i <= 100_000; i++) table.set(...key(i), 20)
    assert.ok(table.size < 90_000, `${table.size} entries`)
    for (let i = 20_001; i <= 100_000; i++) assert.equal(table.get(...key(i)), 20)
  })

  it('takes 19 bytes a key at any size', () => {
    const table = createSeenTable(() => 1)
    for (let i = 1; i <= 600_000; i++) {
      table.set(...randomKey(i), 10)
      if (i < 50_000 || i % 10_000 !== 0) continue
      const bytesPerKey = bytesOf(table) / i
      assert.ok(bytesPerKey > 18.5 && bytesPerKey < 20, `${bytesPerKey} bytes a key with ${i} keys`)
    }
  })

  it('stops growing when what must be remembered does', () => {
    const keys = 100_000
    let now = 0
    const table = createSeenTable(() => now - keys)
    const largest = (from: number, to: number): number => {
      let bytes = 0
      for (now = from; now < to; now++) {
        table.set(...randomKey(now), now)
        if (now % 1000 === 0) bytes = Math.max(bytes, bytesOf(table))
      }
      return bytes
    }
    largest(1, keys)
    const secondDay = largest(keys, 2 * keys)
    assert.ok(secondDay < 24 * keys, `${secondDay} bytes`)
    assert.ok(largest(2 * keys, 6 * keys) < secondDay * 1.05)
    for (let i = now - keys; i < now; i++) assert.equal(table.get(...randomKey(i)), i)
  })
})

/** Two hashes, as keys of visitors are. */
const randomKey = (i: number): [number, number] => [hash(i), hash(i + 0x40000000)]
function hash(value: number): number {
  const half = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  const whole = Math.imul(half ^ (half >>> 13), 0xc2b2ae35)
  return (whole ^ (whole >>> 16)) >>> 0
}
const bytesOf = (table: SeenTable): number => [...table.dump()].reduce((sum, cells) => sum + cells.byteLength, 0)

describe('visitor memory on disk', () => {
  it('comes back as it was', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'trackyard-visitors-'))
    const atMs = Date.UTC(2031, 4, 4)
    const store = createMemoryVisitorStore({ nowMs: () => atMs, keepMs: () => YEAR_MS })
    for (let i = 0; i < 5000; i++) {
      const visitor = `0${String(i).padStart(6, '0')}0${String(i).padStart(6, '0')}`
      store.record({
        visitor,
        campaignId: 1,
        streamId: 2,
        atMs,
        unique: 'gcs',
        also: [{ by: 'ip', visitor, unique: 'c' }],
        counts: true,
        bind: { landingId: 3, offerId: null, untilMs: atMs + 1000 },
      })
    }
    await saveVisitors(dir, 1234, store.dump())
    const loaded = loadVisitors(dir)
    assert.equal(loaded?.position, 1234)
    const again = createMemoryVisitorStore({ nowMs: () => atMs, keepMs: () => YEAR_MS }, loaded?.dump)
    const query = {
      visitor: '00000420000042',
      campaignId: 1,
      atMs,
      uniqueTtlMs: 1000,
      streamIds: [2],
      byIp: '00000420000042',
      limitStreamIds: [2],
      timeZone: 'Asia/Tokyo',
      wantsBinding: true,
    }
    assert.deepEqual(toData(again.read(query)), toData(store.read(query)))
    assert.deepEqual(again.read(query).limits.get(2), { hour: 5000, day: 5000, total: 5000 })
    assert.equal(again.size, store.size)
    rmSync(dir, { recursive: true })
  })

  it('holds whom it knew when saving began, however the table grows meanwhile', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'trackyard-visitors-'))
    const horizon = { nowMs: () => Date.UTC(2031, 4, 4), keepMs: () => YEAR_MS }
    const store = createMemoryVisitorStore(horizon)
    const codeOf = (nr: number): string => toBase36(hash(nr), 7) + toBase36(hash(~nr) || 1)
    let known = 0
    const come = (visitors: number): void => {
      for (const until = known + visitors; known < until; known++) {
        const visit = {
          visitor: codeOf(known),
          campaignId: 1,
          streamId: 0,
          atMs: horizon.nowMs(),
          unique: 'g',
          counts: false,
          bind: null,
        }
        store.record(visit)
      }
    }
    come(20_000)
    const before = store.size
    let isSaving = true
    const saving = saveVisitors(dir, 1, store.dump()).finally(() => {
      isSaving = false
    })
    while (isSaving) {
      come(200)
      await new Promise(setImmediate)
    }
    await saving
    assert.ok(store.size > before * 1.5, 'the table has grown while it was saved')
    const again = createMemoryVisitorStore(horizon, loadVisitors(dir)?.dump)
    assert.ok(again.size >= before && again.size <= store.size)
    for (let nr = 0; nr < 20_000; nr++) {
      const query = {
        visitor: codeOf(nr),
        campaignId: 1,
        atMs: horizon.nowMs(),
        uniqueTtlMs: 1000,
        streamIds: [],
        limitStreamIds: [],
        wantsBinding: false,
      }
      assert.equal(again.read(query).isUniqueGlobal, false)
    }
    rmSync(dir, { recursive: true })
  })

  it('counts that were saved by days of UTC go on', () => {
    const dir = mkdtempSync(join(tmpdir(), 'trackyard-visitors-'))
    const atMs = Date.UTC(2031, 4, 4, 10, 20)
    const hourStart = Math.floor(atMs / 3_600_000)
    const counter = { hourStart, hour: 2, dayStart: Math.floor(hourStart / 24), day: 5, total: 9 }
    const header = { version: 1, position: 7, limits: [[2, counter]], bindings: [] }
    writeFileSync(join(dir, 'visitors.bin'), `${JSON.stringify(header)}\n`)
    const store = createMemoryVisitorStore({ nowMs: () => atMs, keepMs: () => YEAR_MS }, loadVisitors(dir)?.dump)
    store.record({ visitor: '1', campaignId: 1, streamId: 2, atMs, unique: '', counts: true, bind: null })
    const counts = (laterMs: number) =>
      store
        .read({
          visitor: '1',
          campaignId: 1,
          atMs: atMs + laterMs,
          uniqueTtlMs: 1,
          streamIds: [],
          limitStreamIds: [2],
          wantsBinding: false,
        })
        .limits.get(2)
    assert.deepEqual(counts(0), { hour: 3, day: 6, total: 10 })
    assert.deepEqual(counts(3_600_000), { hour: 0, day: 6, total: 10 })
    assert.deepEqual(counts(86_400_000), { hour: 0, day: 0, total: 10 })
    rmSync(dir, { recursive: true })
  })

  it('counts of quarter hours are those of counting visits one by one, for any zone and history', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns')
    /** Shortly before clocks change somewhere. */
    const changes = fc.constantFrom(
      ...['03-28', '10-24', '04-04', '10-03', '03-07'].map((day) => Date.parse(`2025-${day}`)),
    )
    const minutes = fc.array(fc.nat(4 * 1440), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(zones, changes, minutes, (zone, startMs, list) => {
        const times = list.toSorted((a, b) => a - b).map((minute) => startMs + minute * 60_000)
        const lastMs = times.at(-1) ?? 0
        const counter = times.reduce<LimitCounter | undefined>(counted, undefined)
        const from = (firstMs: number): number => times.filter((atMs) => atMs >= firstMs).length
        assert.deepEqual(countsAt(counter, lastMs, zone), {
          hour: from(hourStartInZone(lastMs, zone)),
          day: from(dayInZone(lastMs, zone).startMs),
          total: times.length,
        })
      }),
    )
  })

  it('a damaged file counts as none', () => {
    assert.equal(loadVisitors('/nonexistent'), null)
  })
})
