/** Sub ids carry their millisecond in the first 8 characters; ids of another shape were never given out by us. */
const SUB_ID = /^[a-z0-9]{17}$/
const TIME_LENGTH = 8
const DAY_MS = 86_400_000

export const isSubId = (text: string): boolean => SUB_ID.test(text)
export const subIdTimeMs = (subId: string): number => Number.parseInt(subId.slice(0, TIME_LENGTH), 36)

/** UTC days (`2026-02-03`) on which these clicks came, so that the store need not look anywhere else. */
export function subIdDays(subIds: readonly string[]): string[] {
  const days = new Set<number>()
  for (const subId of subIds) days.add(Math.floor(subIdTimeMs(subId) / DAY_MS))
  return [...days].map((day) => new Date(day * DAY_MS).toISOString().slice(0, 10))
}
