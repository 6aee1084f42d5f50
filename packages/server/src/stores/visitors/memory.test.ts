import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { visitorStoreContract } from './contract.ts'
import { createMemoryVisitorStore } from './memory.ts'
import { createSeenTable } from './seen-table.ts'
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
})

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
      limitStreamIds: [2],
      wantsBinding: true,
    }
    assert.deepEqual(again.read(query), store.read(query))
    assert.equal(again.size, store.size)
    rmSync(dir, { recursive: true })
  })

  it('a damaged file counts as none', () => {
    assert.equal(loadVisitors('/nonexistent'), null)
  })
})
