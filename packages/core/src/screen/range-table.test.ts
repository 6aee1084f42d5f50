import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type IpRange, parseIpRange } from '../filters/ip-match.ts'
import { makeKnife, rangeText } from './cut-range.ts'
import {
  compileRanges,
  createRangeCollector,
  type OwnedRange,
  ownerOf,
  rangesFromBytes,
  rangesToBytes,
} from './range-table.ts'

/** Few addresses, so that ranges overlap, touch and repeat; those at both ends of what there is are among them. */
const v4 = fc.oneof(
  fc.nat(40),
  fc.nat(40).map((n) => 2 ** 32 - 1 - n),
  fc.nat(2 ** 32 - 1),
)
const TOP = (1n << 128n) - 1n
/** The addresses of IPv4 written as IPv6 count as IPv4, so they are left out here. */
const v6 = fc
  .oneof(
    fc.bigInt(0n, 40n),
    fc.bigInt(0n, 40n).map((n) => TOP - n),
    fc.bigInt(0n, TOP),
  )
  .filter((value) => value >> 32n !== 0xffffn)
const range4 = fc.tuple(v4, v4).map(([a, b]): IpRange => ({ version: 4, from: Math.min(a, b), to: Math.max(a, b) }))
const range6 = fc.tuple(v6, v6).map((ends): IpRange => {
  const [from, to] = ends.toSorted((a, b) => (a < b ? -1 : 1))
  return { version: 6, from: from ?? 0n, to: to ?? 0n }
})
const range = fc.oneof(range4, range6)
const owned: fc.Arbitrary<OwnedRange> = fc.record({ range, owner: fc.integer({ min: 1, max: 5 }) })
const textOf = (ip: Pick<IpRange, 'version'> & { value: number | bigint }): string =>
  rangeText(
    ip.version === 4
      ? { version: 4, from: Number(ip.value), to: Number(ip.value) }
      : { version: 6, from: BigInt(ip.value), to: BigInt(ip.value) },
  )
const address = fc.oneof(
  v4.map((value) => ({ version: 4 as const, value })),
  v6.map((value) => ({ version: 6 as const, value })),
)
const holds = (one: IpRange, ip: { version: 4 | 6; value: number | bigint }): boolean =>
  one.version === ip.version && one.from <= ip.value && ip.value <= one.to

describe('range tables', () => {
  it('find the same owner as going over the list does: the first range that holds the address', () => {
    fc.assert(
      fc.property(fc.array(owned, { maxLength: 12 }), fc.array(address, { minLength: 1 }), (list, addresses) => {
        const table = compileRanges(list)
        const borders = list.flatMap(({ range: { version, from, to } }) => [
          { version, value: from },
          { version, value: to },
        ])
        for (const ip of [...addresses, ...borders]) {
          const naive = list.find((one) => holds(one.range, ip))?.owner ?? 0
          assert.equal(ownerOf(table, textOf(ip)), naive, textOf(ip))
        }
      }),
      { numRuns: 300 },
    )
  })
  it('are disjoint and in order, and survive being written to bytes', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
        const table = compileRanges(ranges.map((one) => ({ range: one, owner: 1 })))
        for (let i = 1; i < table.starts4.length; i++)
          assert.ok((table.starts4[i] ?? 0) > (table.ends4[i - 1] ?? 0) + 1, 'neighbours are joined')
        assert.deepEqual(rangesFromBytes(rangesToBytes(table)), table)
      }),
    )
  })
  it('are the same when they are collected for one owner', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
        const collector = createRangeCollector()
        for (const one of ranges) collector.add(one)
        assert.deepEqual(collector.table(), compileRanges(ranges.map((one) => ({ range: one, owner: 1 }))))
      }),
      { numRuns: 300 },
    )
  })
  it('refuse bytes that are no table', () => {
    const bytes = rangesToBytes(compileRanges([{ range: { version: 4, from: 1, to: 2 }, owner: 1 }]))
    for (const broken of [new Uint8Array(0), bytes.slice(0, -4), bytes.slice(1), new Uint8Array(64)])
      assert.equal(rangesFromBytes(broken), null)
  })
  it('know no text that is no address', () => {
    const table = compileRanges([{ range: { version: 4, from: 0, to: 2 ** 32 - 1 }, owner: 1 }])
    for (const text of ['', 'x', '1.2.3', '::']) assert.equal(ownerOf(table, text), 0)
    assert.equal(ownerOf(table, '::ffff:1.2.3.4'), 1, 'IPv4 written as IPv6 is IPv4')
  })
})

describe('cutting ranges', () => {
  it('leaves exactly the addresses that no hole holds', () => {
    fc.assert(
      fc.property(range, fc.array(range, { maxLength: 6 }), fc.array(address), (whole, holes, addresses) => {
        const parts = makeKnife(holes).cut(whole)
        const borders = [whole, ...holes].flatMap(({ version, from, to }) => [
          { version, value: from },
          { version, value: to },
        ])
        for (const ip of [...addresses, ...borders]) {
          const isLeft = holds(whole, ip) && !holes.some((hole) => holds(hole, ip))
          assert.equal(parts.filter((part) => holds(part, ip)).length, isLeft ? 1 : 0)
        }
      }),
      { numRuns: 300 },
    )
  })
  it('writes what it leaves so that it can be read again', () => {
    fc.assert(fc.property(range, (one) => assert.deepEqual(parseIpRange(rangeText(one)), one)))
    assert.equal(
      rangeText({ version: 6, from: 0x20010db8n << 96n, to: (0x20010db8n << 96n) + 1n }),
      '2001:db8::-2001:db8::1',
    )
  })
})
