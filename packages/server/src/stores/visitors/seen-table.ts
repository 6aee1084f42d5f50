/**
 * When was a 64-bit key first seen, in 19 bytes a key: open-addressing tables over typed arrays, so that millions
 * of visitors cost tens of megabytes and no garbage. Keys are uniformly random (hashes); (0, 0) is never used. There are
 * many small tables so that growing one holds up a visitor for a fraction of a millisecond, not for a tenth of a second.
 */
export interface SeenTable {
  readonly size: number
  /** Seconds since 1970 when the key was first seen, 0 if never. */
  get(high: number, low: number): number
  /** Remembers `seconds`, replacing an older entry of the key. */
  set(high: number, low: number, seconds: number): void
  /**
   * The parts of the table for a snapshot, each as it is when it is asked for and to be copied before anything else is
   * done; entries are [high, low, seconds] triples, unused ones are zero.
   */
  dump(): Iterable<Uint32Array>
}

const SHARDS = 256
const START_CAPACITY = 64
const MAX_LOAD = 0.7
/** Room for new keys after a table was full. */
const GROWTH = 1.25

/** `expiredBefore()` gives the time before which entries may be forgotten; they are dropped when the table grows. */
export function createSeenTable(expiredBefore: () => number, initial: Iterable<Uint32Array> = []): SeenTable {
  // Keys are spread evenly, so tables of one size would all be full, and grow, at the same moment.
  const shards = Array.from({ length: SHARDS }, (_, index) =>
    createShard(expiredBefore, Math.round(START_CAPACITY * GROWTH ** (index / SHARDS))),
  )
  // The low half picks the slot within a shard, so the shard is picked by the high one.
  const shardOf = (high: number): Shard => shards[high >>> 24] as Shard
  const table: SeenTable = {
    get size() {
      return shards.reduce((sum, shard) => sum + shard.size(), 0)
    },
    get: (high, low) => shardOf(high).get(high, low),
    set: (high, low, seconds) => shardOf(high).set(high, low, seconds),
    *dump() {
      for (const shard of shards) yield shard.cells()
    },
  }
  for (const cells of initial) {
    for (let at = 0; at + 2 < cells.length; at += 3) {
      const seconds = cells[at + 2] as number
      if (seconds > 0) table.set(cells[at] as number, cells[at + 1] as number, seconds)
    }
  }
  return table
}

interface Shard {
  size(): number
  get(high: number, low: number): number
  set(high: number, low: number, seconds: number): void
  cells(): Uint32Array
}

function createShard(expiredBefore: () => number, startCapacity: number): Shard {
  let capacity = startCapacity
  let cells = new Uint32Array(capacity * 3)
  let slotsPerLow = capacity / 2 ** 32
  let size = 0

  const find = (high: number, low: number): number => {
    // A low half finds its slot by its size and not by its last bits, so that a capacity may be any number.
    let at = Math.floor(low * slotsPerLow) * 3
    for (;;) {
      const cellHigh = cells[at] as number
      const cellLow = cells[at + 1] as number
      if ((cellHigh === high && cellLow === low) || (cellHigh === 0 && cellLow === 0)) return at
      at += 3
      if (at === cells.length) at = 0
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
    capacity = Math.max(startCapacity, Math.ceil((alive * GROWTH) / MAX_LOAD))
    cells = new Uint32Array(capacity * 3)
    slotsPerLow = capacity / 2 ** 32
    size = 0
    for (let at = 0; at < old.length; at += 3) {
      const seconds = old[at + 2] as number
      if (seconds >= limit && seconds > 0) insert(old[at] as number, old[at + 1] as number, seconds)
    }
    // Given back at once: what growing tables leave behind would bring about full collections, which all visitors wait for.
    old.buffer.transfer(0)
  }
  const set = (high: number, low: number, seconds: number): void => {
    if (size + 1 > capacity * MAX_LOAD) rebuild()
    insert(high, low, seconds)
  }

  return {
    size: () => size,
    get: (high, low) => cells[find(high, low) + 2] as number,
    set,
    cells: () => cells,
  }
}
