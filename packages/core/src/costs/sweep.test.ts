import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CostSweep, type Sweep, shareOut, sweepClick, withSweep } from './sweep.ts'
import { clicksTable, conversionsTable, sweepsWithin } from './swept-tables.ts'

const DAY_MS = 86_400_000
const selection: Sweep['selection'] = {
  ...{ campaignIds: [1], fromMs: 0, toMs: DAY_MS, slots: {}, costsMicros: null },
  ...{ onlyUniques: false, withBots: true },
}
const costs = (seq: number, micros: number, more: Partial<CostSweep['selection']> = {}): CostSweep => ({
  ...{ kind: 'costs', seq, selection: { ...selection, ...more } },
  shares: [{ rowCurrencies: [''], micros, oneMoreUpTo: null, original: null }],
})
const row = { sub_id: 'a', datetime: 5, campaign_id: 1, cost: 100 }
const costOf = (sweeps: readonly Sweep[], version = 1): unknown => sweepClick(row, version, sweeps).cost?.cost

describe('changes of many clicks that wait to be carried out', () => {
  it('apply to states that are older, one after the other', () => {
    assert.equal(costOf([costs(10, 3), costs(20, 4)]), 4)
    assert.equal(costOf([costs(10, 3), costs(20, 4)], 10), 4)
    assert.equal(costOf([costs(10, 3), costs(20, 4)], 20), undefined)
    assert.equal(costOf([costs(10, 3), costs(20, 4, { costsMicros: [100] })]), 3)
    assert.equal(costOf([costs(10, 3), costs(20, 4, { costsMicros: [3] })]), 4)
    const gone: Sweep = { kind: 'clean', seq: 15, selection }
    assert.deepEqual(sweepClick(row, 1, [costs(10, 3), gone, costs(20, 4)]), { isRemoved: true, cost: null, seq: 15 })
  })

  it('take the place of older ones for the same clicks, unless a condition on the cost is among them', () => {
    const [one, other, again] = [costs(10, 3), costs(20, 4, { onlyUniques: true }), costs(30, 5)]
    assert.deepEqual(withSweep([one, other], again), [other, again])
    const asking = costs(25, 6, { costsMicros: [3] })
    assert.deepEqual(withSweep([one, asking], again), [one, asking, again])
    const clean: Sweep = { kind: 'clean', seq: 40, selection }
    assert.deepEqual(withSweep([one, clean], again), [clean, again])
    assert.deepEqual(withSweep([one], clean), [one, clean])
  })

  it('share out a total to the last micro', () => {
    assert.deepEqual(shareOut(11, 4), { micros: 2, oneMore: 3 })
    assert.deepEqual(shareOut(0, 4), { micros: 0, oneMore: 0 })
  })

  it('leave statements alone that they cannot concern', () => {
    const sweeps = [costs(10, 3)]
    assert.deepEqual(sweepsWithin(sweeps, null, null, null), sweeps)
    assert.deepEqual(sweepsWithin(sweeps, [1, 2], DAY_MS - 1, null), sweeps)
    for (const [ids, from, to] of [
      [[2], null, null],
      [[], null, null],
      [null, DAY_MS, null],
      [null, null, 0],
    ] as const)
      assert.deepEqual(sweepsWithin(sweeps, ids, from, to), [])
    assert.deepEqual([clicksTable([]), conversionsTable()], ['clicks', 'conversions FINAL'])
  })

  it('write what people filter by as text that ends where they mean it to', () => {
    const sql = clicksTable([costs(10, 3, { slots: { sub_id_1: ["it's", 'a\\', 'b\0'] } })])
    assert.match(sql, /sub_id_1 IN \('it\\'s', 'a\\\\', 'b\\0'\)/)
    assert.throws(() => clicksTable([costs(10, 3, { slots: { 'x) OR 1': ['a'] } })]), /no column/)
  })
})
