import { setImmediate as nextTurn } from 'node:timers/promises'

const STEPS = 10_000

/** Lets other requests have a turn now and then in a loop over very many things; `step` counts them. */
export async function breathe(step: number): Promise<void> {
  if (step % STEPS === STEPS - 1) await nextTurn()
}
