/**
 * Time that stands still until everything that is going on has come to a wait, then jumps to the earliest of them.
 * Ends when nothing waits any more or the limit is reached.
 */
export interface Timeline {
  nowMs(): number
  wait(ms: number): Promise<void>
  /** Keeps time from moving until the work is done. */
  busy<T>(work: Promise<T>): Promise<T>
  run(untilMs: number): Promise<void>
}

interface Waiter {
  readonly atMs: number
  readonly order: number
  readonly wake: () => void
}

export function createTimeline(startMs: number): Timeline {
  const heap: Waiter[] = []
  let nowMs = startMs
  let working = 0
  let order = 0
  return {
    nowMs: () => nowMs,
    wait: (ms) =>
      new Promise((wake) => push(heap, { atMs: nowMs + Math.max(0, Math.round(ms)), order: order++, wake })),
    async busy(work) {
      working++
      try {
        return await work
      } finally {
        working--
      }
    },
    async run(untilMs) {
      for (;;) {
        // One turn of the loop lets the stories that were woken come to their next wait or request.
        do await new Promise((resolve) => setImmediate(resolve))
        while (working > 0)
        const next = pop(heap)
        if (!next || next.atMs > untilMs) return
        nowMs = next.atMs
        next.wake()
      }
    },
  }
}

const isBefore = (a: Waiter, b: Waiter): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

function push(heap: Waiter[], waiter: Waiter): void {
  let at = heap.length
  heap.push(waiter)
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent]
    if (!above || !isBefore(waiter, above)) break
    heap[at] = above
    at = parent
  }
  heap[at] = waiter
}

function pop(heap: Waiter[]): Waiter | undefined {
  const top = heap[0]
  const last = heap.pop()
  if (!top || !last || heap.length === 0) return top
  let at = 0
  for (;;) {
    let child = at * 2 + 1
    const right = heap[child + 1]
    let least = heap[child]
    if (!least) break
    if (right && isBefore(right, least)) {
      least = right
      child++
    }
    if (!isBefore(least, last)) break
    heap[at] = least
    at = child
  }
  heap[at] = last
  return top
}
