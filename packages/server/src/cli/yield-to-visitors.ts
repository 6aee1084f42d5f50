import { setPriority } from 'node:os'

const NICENESS = 10

/**
 * Lets the tracker go first where cores are few: storing and reports may wait, visitors may not. To be called before
 * threads are started, which take over the priority. A system that does not allow it is no reason to stop.
 */
export function yieldToVisitors(): void {
  try {
    setPriority(NICENESS)
  } catch {
    // Only speed is lost.
  }
}
