/**
 * When was a 64-bit key first seen, in 12 bytes a key: an open-addressing table over typed arrays, so that millions
 * of visitors cost tens of megabytes and no garbage. Keys are uniformly random (hashes); (0, 0) is never used.
 */
export interface SeenTable {
  readonly size: number
  /** Seconds since 1970 when the key was first seen, 0 if never. */
  get(high: number, low: number): number
  /** Remembers `seconds`, replacing an older entry of the key. */
  set(high: number, low: number, seconds: number): void
  /** The arrays of this moment, for a snapshot; entries are [high, low, seconds] triples, unused ones are zero. */
  dump(): Uint32Array
}

const START_CAPACITY = 1 << 12
const MAX_LOAD = 0.6

/** `expiredBefore()` gives the time before which entries may be forgotten; they are dropped when the table grows. */
export function createSeenTable(expiredBefore: () => number, initial?: Uint32Array): SeenTable {
  let cells = new Uint32Array(START_CAPACITY * 3)
  let mask = START_CAPACITY - 1
  let size = 0

  const find = (high: number, low: number): number => {
    let slot = low & mask
    for (;;) {
      const at = slot * 3
      const cellHigh = cells[at] as number
      const cellLow = cells[at + 1] as number
      if ((cellHigh === high && cellLow === low) || (cellHigh === 0 && cellLow === 0)) return at
      slot = (slot + 1) & mask
    }
  }
  const insert = (high: number, low: number, seconds: number): void => {
    const at = find(high, low)
    if (cells[at] === 0 && cells[at + 1] === 0) size++
    cells[at] = high
    cells[at + 1] = low
    cells[at + 2] = seconds
  }
  const rebuild = (): void => {
    const old = cells
    const limit = expiredBefore()
    let alive = 0
    for (let at = 0; at < old.length; at += 3) if ((old[at + 2] as number) >= limit) alive++
    let capacity = START_CAPACITY
    while (capacity * MAX_LOAD < alive * 1.5) capacity *= 2
    cells = new Uint32Array(capacity * 3)
    mask = capacity - 1
    size = 0
    for (let at = 0; at < old.length; at += 3) {
      const seconds = old[at + 2] as number
      if (seconds >= limit && seconds > 0) insert(old[at] as number, old[at + 1] as number, seconds)
    }
  }
  const set = (high: number, low: number, seconds: number): void => {
    if (size + 1 > (mask + 1) * MAX_LOAD) rebuild()
    insert(high, low, seconds)
  }

  if (initial) {
    for (let at = 0; at + 2 < initial.length; at += 3) {
      const seconds = initial[at + 2] as number
      if (seconds > 0) set(initial[at] as number, initial[at + 1] as number, seconds)
    }
  }
  return {
    get size() {
      return size
    },
    get: (high, low) => cells[find(high, low) + 2] as number,
    set,
    dump: () => cells,
  }
}
