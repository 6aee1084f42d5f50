/** The middle one of an odd number of values, the upper of the two middle ones otherwise. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/**
 * Measures every way once a round, so that whatever else the machine does hits all alike, and answers what each round
 * gave. `warmUps` rounds come first and are forgotten.
 */
export async function interleave<Way extends string, Measured>(
  ways: Readonly<Record<Way, () => Promise<Measured>>>,
  { rounds, warmUps = 1 }: { readonly rounds: number; readonly warmUps?: number },
): Promise<Record<Way, Measured[]>> {
  const names = Object.keys(ways) as Way[]
  const found = Object.fromEntries(names.map((name): [Way, Measured[]] => [name, []])) as Record<Way, Measured[]>
  for (let round = -warmUps; round < rounds; round++) {
    for (const name of names) {
      const measured = await ways[name]()
      if (round >= 0) found[name].push(measured)
    }
  }
  return found
}

/** Milliseconds that a piece of work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
