import { type IpRange, parseIp } from '../filters/ip-match.ts'

/**
 * Addresses and who owns them, as flat sorted arrays: one binary search per click and 8 bytes for an IPv4 range.
 * `owners` is null when every range has the owner 1. IPv6 addresses take four words each, highest first.
 */
export interface RangeTable {
  readonly starts4: Uint32Array
  readonly ends4: Uint32Array
  readonly owners4: Uint32Array | null
  readonly starts6: Uint32Array
  readonly ends6: Uint32Array
  readonly owners6: Uint32Array | null
}

export const EMPTY_RANGES: RangeTable = {
  starts4: new Uint32Array(0),
  ends4: new Uint32Array(0),
  owners4: null,
  starts6: new Uint32Array(0),
  ends6: new Uint32Array(0),
  owners6: null,
}

export interface OwnedRange {
  readonly range: IpRange
  /** Above zero. */
  readonly owner: number
}

/** Sorts and merges. Where ranges overlap, the one that comes first in the list owns the addresses. */
export function compileRanges(list: readonly OwnedRange[]): RangeTable {
  const from4: number[] = []
  const to4: number[] = []
  const by4: number[] = []
  const from6: bigint[] = []
  const to6: bigint[] = []
  const by6: number[] = []
  for (const { range, owner } of list) {
    if (range.version === 4) {
      from4.push(range.from)
      to4.push(range.to)
      by4.push(owner)
    } else {
      from6.push(range.from)
      to6.push(range.to)
      by6.push(owner)
    }
  }
  const v4 = disjoint(from4, to4, by4, sortNumbers, (value) => value + 1)
  const v6 = disjoint(from6, to6, by6, sortBigints, (value) => value + 1n)
  return {
    starts4: Uint32Array.from(v4.starts),
    ends4: Uint32Array.from(v4.ends, (end) => end - 1),
    owners4: ownersOf(v4.owners),
    starts6: toWords(v6.starts),
    ends6: toWords(v6.ends.map((end) => end - 1n)),
    owners6: ownersOf(v6.owners),
  }
}

/** Ranges of one owner, collected as bare numbers: a million of them are 16 MB. */
export interface RangeCollector {
  add(range: IpRange): void
  /** Sorted and merged. */
  table(): RangeTable
}

export function createRangeCollector(): RangeCollector {
  const from4: number[] = []
  const to4: number[] = []
  const from6: bigint[] = []
  const to6: bigint[] = []
  return {
    add(range) {
      if (range.version === 4) {
        from4.push(range.from)
        to4.push(range.to)
      } else {
        from6.push(range.from)
        to6.push(range.to)
      }
    },
    table() {
      const v4 = union(sortNumbers(from4), sortNumbers(to4), (value) => value + 1)
      const v6 = union(sortBigints(from6), sortBigints(to6), (value) => value + 1n)
      return {
        starts4: Uint32Array.from(v4.starts),
        ends4: Uint32Array.from(v4.ends),
        owners4: null,
        starts6: toWords(v6.starts),
        ends6: toWords(v6.ends),
        owners6: null,
      }
    },
  }
}

/**
 * Joins ranges given as sorted starts and, sorted by themselves, sorted ends. A gap comes where the n-th start lies
 * beyond the end before it in its list: then exactly the n ranges before have ended.
 */
function union<N extends number | bigint>(
  starts: ArrayLike<N>,
  ends: ArrayLike<N>,
  next: (value: N) => N,
): { starts: N[]; ends: N[] } {
  const joined: { starts: N[]; ends: N[] } = { starts: [], ends: [] }
  let previous: N | undefined
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i]
    const end = ends[i]
    if (start === undefined || end === undefined) continue
    if (previous === undefined) joined.starts.push(start)
    else if (start > next(previous)) {
      joined.ends.push(previous)
      joined.starts.push(start)
    }
    previous = end
  }
  if (previous !== undefined) joined.ends.push(previous)
  return joined
}

export const isEmptyTable = ({ starts4, starts6 }: RangeTable): boolean => starts4.length === 0 && starts6.length === 0

/** Who owns the address; 0 when nobody does or the text is no address. */
export function ownerOf(table: RangeTable, ip: string): number {
  const address = parseIp(ip)
  if (address === null) return 0
  return address.version === 4 ? owner4(table, address.value) : owner6(table, address.value)
}

/** For tables without owners of their own: is the address in it? */
export const isInTable = (table: RangeTable, ip: string): boolean => ownerOf(table, ip) !== 0

function owner4({ starts4, ends4, owners4 }: RangeTable, ip: number): number {
  let low = 0
  let high = starts4.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((starts4[middle] ?? 0) <= ip) low = middle + 1
    else high = middle
  }
  if (low === 0 || ip > (ends4[low - 1] ?? 0)) return 0
  return owners4 === null ? 1 : (owners4[low - 1] ?? 0)
}

function owner6({ starts6, ends6, owners6 }: RangeTable, ip: bigint): number {
  if (starts6.length === 0) return 0
  const wanted = toWords([ip])
  let low = 0
  let high = starts6.length / 4
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareWords(starts6, middle * 4, wanted) <= 0) low = middle + 1
    else high = middle
  }
  if (low === 0 || compareWords(ends6, (low - 1) * 4, wanted) < 0) return 0
  return owners6 === null ? 1 : (owners6[low - 1] ?? 0)
}

function compareWords(words: Uint32Array, at: number, wanted: Uint32Array): number {
  for (let i = 0; i < 4; i++) {
    const difference = (words[at + i] ?? 0) - (wanted[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/**
 * Cuts ranges at every border, lets each piece belong to the first range that covers it, and joins neighbours of one
 * owner. Ends are exclusive here. A piece that has an owner is skipped by all later ranges, so nested ranges cost no more.
 */
function disjoint<N extends number | bigint>(
  from: readonly N[],
  to: readonly N[],
  by: readonly number[],
  sorted: (values: N[]) => ArrayLike<N>,
  next: (value: N) => N,
): { starts: N[]; ends: N[]; owners: number[] } {
  const ends = to.map(next)
  const borders = unique(sorted([...from, ...ends]))
  const owners = new Uint32Array(borders.length)
  // From a piece to the first one at or after it that nobody owns yet.
  const free = Uint32Array.from({ length: borders.length + 1 }, (_, index) => index)
  const nextFree = (index: number): number => {
    let root = index
    while ((free[root] ?? root) !== root) root = free[root] ?? root
    for (let at = index; at !== root; ) {
      const following = free[at] ?? root
      free[at] = root
      at = following
    }
    return root
  }
  for (let i = 0; i < from.length; i++) {
    const first = from[i]
    const end = ends[i]
    if (first === undefined || end === undefined) continue
    const last = indexOf(borders, end)
    for (let piece = nextFree(indexOf(borders, first)); piece < last; piece = nextFree(piece)) {
      owners[piece] = by[i] ?? 0
      free[piece] = piece + 1
    }
  }
  const result = { starts: [] as N[], ends: [] as N[], owners: [] as number[] }
  for (let piece = 0; piece + 1 < borders.length; piece++) {
    const owner = owners[piece] ?? 0
    const start = borders[piece]
    const end = borders[piece + 1]
    if (owner === 0 || start === undefined || end === undefined) continue
    const previous = result.ends.length - 1
    if (result.ends[previous] === start && result.owners[previous] === owner) result.ends[previous] = end
    else {
      result.starts.push(start)
      result.ends.push(end)
      result.owners.push(owner)
    }
  }
  return result
}

function unique<N>(values: ArrayLike<N>): N[] {
  const kept: N[] = []
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value !== undefined && value !== kept[kept.length - 1]) kept.push(value)
  }
  return kept
}

function indexOf<N extends number | bigint>(borders: readonly N[], value: N): number {
  let low = 0
  let high = borders.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const border = borders[middle]
    if (border !== undefined && border < value) low = middle + 1
    else high = middle
  }
  return low
}

const sortNumbers = (values: number[]): ArrayLike<number> => Float64Array.from(values).sort()
const sortBigints = (values: bigint[]): ArrayLike<bigint> => values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
const ownersOf = (owners: readonly number[]): Uint32Array | null =>
  owners.every((owner) => owner === 1) ? null : Uint32Array.from(owners)

function toWords(values: readonly bigint[]): Uint32Array {
  const words = new Uint32Array(values.length * 4)
  for (const [index, value] of values.entries()) {
    for (let word = 0; word < 4; word++) words[index * 4 + word] = Number((value >> BigInt(96 - 32 * word)) & WORD)
  }
  return words
}
const WORD = 0xffffffffn

/** A table without owners as bytes, and back; null when the bytes are not such a table. */
export function rangesToBytes({ starts4, ends4, starts6, ends6 }: RangeTable): Uint8Array {
  const words = new Uint32Array(HEADER + starts4.length * 2 + starts6.length * 2)
  words.set([MAGIC, starts4.length, starts6.length])
  let at = HEADER
  for (const part of [starts4, ends4, starts6, ends6]) {
    words.set(part, at)
    at += part.length
  }
  return new Uint8Array(words.buffer)
}

export function rangesFromBytes(bytes: Uint8Array): RangeTable | null {
  if (bytes.length % 4 !== 0 || bytes.length < HEADER * 4) return null
  // A copy: the bytes may begin anywhere in a larger buffer.
  const words = new Uint32Array(Uint8Array.from(bytes).buffer)
  const [magic, count4 = 0, count6 = 0] = words
  if (magic !== MAGIC || words.length !== HEADER + count4 * 2 + count6 * 2) return null
  let at = HEADER
  const part = (length: number): Uint32Array => {
    at += length
    return words.subarray(at - length, at)
  }
  const starts4 = part(count4)
  const ends4 = part(count4)
  const starts6 = part(count6)
  return { ...EMPTY_RANGES, starts4, ends4, starts6, ends6: part(count6) }
}
/** Also tells a table written on a machine of the other byte order. */
const MAGIC = 0x54594950
const HEADER = 3
