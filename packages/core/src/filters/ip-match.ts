import { quoted } from '../plain-words.ts'
import { fail, ok, type Problem, problem, type Result } from '../result.ts'

/** An address as a number; IPv4 written as IPv6 (`::ffff:1.2.3.4`) counts as IPv4. */
export type IpAddress =
  | { readonly version: 4; readonly value: number }
  | { readonly version: 6; readonly value: bigint }

export type IpMatcher = (ip: string) => boolean

/**
 * Any of several addresses, CIDR blocks (`203.0.113.0/24`, `2001:db8::/48`), intervals (`a-b`) and masks
 * (`203.0.113.*`, `2001:db8:*`). Text that is no address never matches (reference click-processing §6.3).
 */
export function compileIpMatcher(entries: readonly string[]): Result<IpMatcher> {
  const v4: Range<number>[] = []
  const v6: Range<bigint>[] = []
  const masks: OctetMask[] = []
  const problems: Problem[] = []
  for (const entry of entries) {
    const read = readEntry(entry)
    if (read === null) problems.push(problem('validation', refusal(entry)))
    else if ('bits' in read) masks.push(read)
    else if (read.version === 4) v4.push(read)
    else v6.push(read)
  }
  if (problems.length > 0) return fail(...problems)
  const in4 = rangeFinder(v4)
  const in6 = rangeFinder(v6)
  return ok((text) => {
    const ip = parseIp(text)
    if (ip === null) return false
    if (ip.version === 6) return in6(ip.value)
    return in4(ip.value) || masks.some(({ bits, value }) => (ip.value & bits) >>> 0 === value)
  })
}

export function parseIp(text: string): IpAddress | null {
  if (!text.includes(':')) {
    const value = parseIpv4(text)
    return value === null ? null : { version: 4, value }
  }
  const value = parseIpv6(text)
  if (value === null) return null
  return value >> 32n === 0xffffn ? { version: 4, value: Number(value & 0xffffffffn) } : { version: 6, value }
}

/** Addresses from one to another, both included. */
export type IpRange = Range<number> | Range<bigint>

/** Reads an address, a block, an interval or a mask whose stars come last; null when it is none of these. */
export function parseIpRange(text: string): IpRange | null {
  const entry = readEntry(text.trim())
  if (entry === null || !('bits' in entry)) return entry
  const size = 2 ** 32 - (entry.bits >>> 0)
  // Stars at the end leave ones followed by zeros.
  return Number.isInteger(Math.log2(size)) ? { version: 4, from: entry.value, to: entry.value + size - 1 } : null
}

interface Range<N extends number | bigint> {
  readonly version: N extends number ? 4 : 6
  readonly from: N
  readonly to: N
}
/** Octets to compare and what they must be; only IPv4 has stars in the middle. */
interface OctetMask {
  readonly bits: number
  readonly value: number
}
type Entry = Range<number> | Range<bigint> | OctetMask

const refusal = (entry: string): string =>
  `${quoted(entry)} is not an address, a block (203.0.113.0/24), an interval (203.0.113.1-203.0.113.9) or a mask (203.0.113.*)`

function readEntry(entry: string): Entry | null {
  if (entry.includes('/')) return readBlock(entry)
  if (entry.includes('*')) return readMask(entry)
  const [first = '', last = first, ...rest] = entry.split('-').map((part) => part.trim())
  const from = parseIp(first)
  const to = parseIp(last)
  if (from === null || to === null || rest.length > 0) return null
  if (from.version === 4 && to.version === 4 && from.value <= to.value)
    return { version: 4, from: from.value, to: to.value }
  if (from.version === 6 && to.version === 6 && from.value <= to.value)
    return { version: 6, from: from.value, to: to.value }
  return null
}

function readBlock(entry: string): Entry | null {
  const [address = '', lengthText = '', ...rest] = entry.split('/')
  const ip = parseIp(address.trim())
  if (ip === null || rest.length > 0 || !/^\d{1,3}$/.test(lengthText.trim())) return null
  const length = Number(lengthText)
  if (ip.version === 4) {
    // An IPv4 address written as IPv6 is 96 bits further in.
    const prefix = address.includes(':') ? length - 96 : length
    if (prefix < 0 || prefix > 32) return null
    const size = 2 ** (32 - prefix)
    const from = Math.floor(ip.value / size) * size
    return { version: 4, from, to: from + size - 1 }
  }
  if (length > 128) return null
  const size = 1n << BigInt(128 - length)
  const from = (ip.value / size) * size
  return { version: 6, from, to: from + size - 1n }
}

function readMask(entry: string): Entry | null {
  if (entry.includes(':')) return readIpv6Mask(entry)
  const octets = entry.split('.')
  if (octets.length > 4 || (octets.length < 4 && octets.at(-1) !== '*')) return null
  while (octets.length < 4) octets.push('*')
  let bits = 0
  let value = 0
  for (const octet of octets) {
    if (octet !== '*' && !isOctet(octet)) return null
    bits = (bits << 8) | (octet === '*' ? 0 : 255)
    value = (value << 8) | (octet === '*' ? 0 : Number(octet))
  }
  return { bits, value: value >>> 0 }
}

/** `2001:db8:*`: the groups before the star, then anything. */
function readIpv6Mask(entry: string): Entry | null {
  const groups = entry.endsWith(':*') ? entry.slice(0, -2).split(':') : []
  if (groups.length < 1 || groups.length > 7 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null
  return readBlock(`${groups.join(':')}${groups.length < 7 ? '::' : ':0'}/${groups.length * 16}`)
}

/** Overlaps merged, then binary search. */
function rangeFinder<N extends number | bigint>(ranges: readonly Range<N>[]): (value: N) => boolean {
  const starts: N[] = []
  const ends: N[] = []
  for (const { from, to } of ranges.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const lastEnd = ends.at(-1)
    if (lastEnd !== undefined && from <= lastEnd) {
      if (to > lastEnd) ends[ends.length - 1] = to
    } else {
      starts.push(from)
      ends.push(to)
    }
  }
  return (value) => {
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const start = starts[middle]
      if (start !== undefined && start <= value) low = middle + 1
      else high = middle
    }
    const end = ends[low - 1]
    return end !== undefined && value <= end
  }
}

const isOctet = (text: string): boolean => /^\d{1,3}$/.test(text) && Number(text) < 256

/** Called for every click: reads digits by hand, no split, no regex. */
function parseIpv4(text: string): number | null {
  let value = 0
  let octet = -1
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 46) {
      if (octet < 0 || ++dots > 3) return null
      value = value * 256 + octet
      octet = -1
    } else {
      if (code < 48 || code > 57) return null
      octet = (octet < 0 ? 0 : octet * 10) + code - 48
      if (octet > 255) return null
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : null
}

function parseIpv6(text: string): bigint | null {
  const [address = ''] = text.split('%')
  const halves = address.split('::')
  if (halves.length > 2) return null
  const head = readGroups(halves[0] ?? '')
  const tail = halves.length === 2 ? readGroups(halves[1] ?? '') : []
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  let value = 0n
  for (const group of head) value = (value << 16n) | BigInt(group)
  value <<= BigInt(missing * 16)
  for (const group of tail) value = (value << 16n) | BigInt(group)
  return value
}

function readGroups(text: string): number[] | null {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (part.includes('.') && index === parts.length - 1) {
      const v4 = parseIpv4(part)
      if (v4 === null) return null
      groups.push(Math.floor(v4 / 65_536), v4 % 65_536)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups
}
