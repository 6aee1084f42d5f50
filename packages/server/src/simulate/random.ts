/** Repeatable chance: the same seed gives the same traffic. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Whole number, both ends included. */
  integer(min: number, max: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly [T, ...T[]]): T
  /** Log-normal around a median: most waits are short, a few very long. */
  around(median: number, spread: number): number
  /** A generator of its own, so that one visitor's story does not depend on what others did meanwhile. */
  fork(salt: number): Random
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return {
    next,
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    around: (median, spread) =>
      median * Math.exp(spread * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
    fork: (salt) => createRandom(Math.imul(seed ^ (salt + 1), 0x9e3779b1) ^ salt),
  }
}
