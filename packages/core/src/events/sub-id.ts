/**
 * The public id of a click: 17 characters `[a-z0-9]`, the first 8 the millisecond in base 36, the other 9 chance. So a
 * click is found by its time without an index scan (design, Data).
 */
const SUB_ID = /^[a-z0-9]{17}$/
const TIME_LENGTH = 8
const CHANCE_LENGTH = 9
const CHANCE_RANGE = 36 ** CHANCE_LENGTH
/** The chance is written in two halves: numbers beyond 32 bits take six times as long. */
const LOW_LENGTH = 5
const LOW_RANGE = 36 ** LOW_LENGTH

/** `chance` is uniform in [0, 1). */
export function createSubId(atMs: number, chance: number): string {
  const drawn = Math.floor(chance * CHANCE_RANGE)
  const high = Math.floor(drawn / LOW_RANGE)
  return base36(atMs, TIME_LENGTH) + base36(high, CHANCE_LENGTH - LOW_LENGTH) + base36(drawn % LOW_RANGE, LOW_LENGTH)
}

const base36 = (value: number, length: number): string => value.toString(36).padStart(length, '0')

/** Could this be one of ours? Placeholders nobody filled in and ids of other trackers could not. */
export const isSubId = (text: string): boolean => SUB_ID.test(text)

export const subIdTimeMs = (subId: string): number => Number.parseInt(subId.slice(0, TIME_LENGTH), 36)
