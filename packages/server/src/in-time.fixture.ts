import assert from 'node:assert/strict'

const LATE = Symbol('late')

/**
 * What comes of something that has to be given up by itself. It is held against a timer of `ms`, not against a clock: on
 * a busy machine both run late, and the one that is due first still ends first.
 */
export async function inTime<T>(work: Promise<T>, ms = 1500): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), ms)
  })
  const first = await Promise.race([work, late])
  clearTimeout(timer)
  if (first === LATE) assert.fail(`it was not given up within ${ms} ms`)
  return first
}
