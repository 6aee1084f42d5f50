import { toBase36 } from '../base36.ts'

/**
 * The public id of a click: 17 characters `[a-z0-9]`, the first 8 the millisecond in base 36, the other 9 chance. So a
 * click is found by its time without an index scan (design, Data).
 */
const SUB_ID = /^[a-z0-9]{17}$/
const TIME_LENGTH = 8
const CHANCE_LENGTH = 9
const CHANCE_RANGE = 36 ** CHANCE_LENGTH

/** `chance` is uniform in [0, 1). */
export const createSubId = (atMs: number, chance: number): string =>
  toBase36(atMs, TIME_LENGTH) + toBase36(Math.floor(chance * CHANCE_RANGE), CHANCE_LENGTH)

/** Could this be one of ours? Placeholders nobody filled in and ids of other trackers could not. */
export const isSubId = (text: string): boolean => SUB_ID.test(text)

export const subIdTimeMs = (subId: string): number => Number.parseInt(subId.slice(0, TIME_LENGTH), 36)
