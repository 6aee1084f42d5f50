import type { IpRange } from '../filters/ip-match.ts'

/** Ranges sorted and merged, ready to be cut out of others. */
export interface RangeKnife {
  /** What is left of a range; the range itself, in a list of one, when nothing of it is cut away. */
  cut(range: IpRange): readonly IpRange[]
}

export function makeKnife(ranges: readonly IpRange[]): RangeKnife {
  const holes4 = merged(ranges.flatMap((range) => (range.version === 4 ? [{ from: range.from, to: range.to }] : [])))
  const holes6 = merged(ranges.flatMap((range) => (range.version === 6 ? [{ from: range.from, to: range.to }] : [])))
  return {
    cut(range) {
      if (range.version === 4)
        return rest(
          range,
          holes4,
          (at) => at - 1,
          (at) => at + 1,
        ).map((part) => ({ version: 4, ...part }))
      return rest(
        range,
        holes6,
        (at) => at - 1n,
        (at) => at + 1n,
      ).map((part) => ({ version: 6, ...part }))
    },
  }
}

interface Span<N> {
  readonly from: N
  readonly to: N
}

function merged<N extends number | bigint>(spans: readonly Span<N>[]): Span<N>[] {
  const result: Span<N>[] = []
  for (const span of spans.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const last = result.at(-1)
    if (last !== undefined && span.from <= last.to) {
      if (span.to > last.to) result[result.length - 1] = { from: last.from, to: span.to }
    } else result.push(span)
  }
  return result
}

function rest<N extends number | bigint>(
  { from, to }: Span<N>,
  holes: readonly Span<N>[],
  before: (at: N) => N,
  after: (at: N) => N,
): Span<N>[] {
  const parts: Span<N>[] = []
  let start = from
  for (let index = firstReaching(holes, from); index < holes.length; index++) {
    const hole = holes[index]
    if (hole === undefined || hole.from > to) break
    if (hole.from > start) parts.push({ from: start, to: before(hole.from) })
    if (hole.to >= to) return parts
    start = after(hole.to)
  }
  parts.push({ from: start, to })
  return parts
}

/** The first hole that ends at or after `at`. */
function firstReaching<N extends number | bigint>(holes: readonly Span<N>[], at: N): number {
  let low = 0
  let high = holes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const hole = holes[middle]
    if (hole !== undefined && hole.to < at) low = middle + 1
    else high = middle
  }
  return low
}

/** `203.0.113.7` or `203.0.113.7-203.0.113.9`. */
export function rangeText(range: IpRange): string {
  const [from, to] =
    range.version === 4 ? [ipv4Text(range.from), ipv4Text(range.to)] : [ipv6Text(range.from), ipv6Text(range.to)]
  return from === to ? from : `${from}-${to}`
}

const ipv4Text = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')

/** The longest run of zeros is written `::`. */
function ipv6Text(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn))
  let start = 0
  let length = 0
  for (let at = 0; at < 8; at++) {
    let end = at
    while (groups[end] === 0) end++
    if (end - at > length) {
      start = at
      length = end - at
    }
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  return length < 2 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`
}
