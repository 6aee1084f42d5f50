/** What the head of an MMDB file says of its search tree. */
interface TreeShape {
  readonly nodeCount: number
  /** Bits of each of the two records of a node: 24, 28 or 32. */
  readonly recordSize: number
  readonly ipVersion: number
}

/** The number of the record of an IPv4 address (as a number), 0 when the file knows none: equal numbers, equal records. */
export type FindRecord = (ipv4: number) => number

/** IPv4 addresses stand in an IPv6 tree behind so many zeros. */
const ZEROS_BEFORE_IPV4 = 96
const HEAD_BITS = 16

/**
 * Walks the search tree of an MMDB file without making anything. Where the first half of an address leads is remembered:
 * that is most of the way, and the part of the tree that all visitors share.
 */
export function createRecordFinder(file: Buffer, { nodeCount, recordSize, ipVersion }: TreeShape): FindRecord {
  const childOf = CHILD_OF[recordSize]
  if (!childOf) throw new Error(`records of ${recordSize} bits are none of an MMDB file`)
  const descend = (from: number, bits: number, count: number): number => {
    let node = from
    for (let left = count - 1; left >= 0 && node < nodeCount; left--) node = childOf(file, node, (bits >>> left) & 1)
    return node
  }
  let root = 0
  if (ipVersion === 6) for (let zeros = 0; zeros < ZEROS_BEFORE_IPV4; zeros++) root = descend(root, 0, 1)
  const halfway = new Uint32Array(2 ** HEAD_BITS)
  return (ipv4) => {
    const head = ipv4 >>> HEAD_BITS
    const node = halfway[head] || descend(root, head, HEAD_BITS)
    halfway[head] = node
    const record = descend(node, ipv4 & 0xffff, HEAD_BITS)
    return record > nodeCount ? record : 0
  }
}

type ChildOf = (file: Buffer, node: number, side: number) => number

/** A node holds its left record and its right one; those of 28 bits share the byte in the middle. */
const CHILD_OF: Readonly<Record<number, ChildOf>> = {
  24: (file, node, side) => file.readUIntBE(node * 6 + side * 3, 3),
  28: (file, node, side) => {
    const at = node * 7
    const middle = file.readUInt8(at + 3)
    return side === 0
      ? (middle >>> 4) * 2 ** 24 + file.readUIntBE(at, 3)
      : (middle & 15) * 2 ** 24 + file.readUIntBE(at + 4, 3)
  },
  32: (file, node, side) => file.readUInt32BE(node * 8 + side * 4),
}
