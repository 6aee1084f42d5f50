import { subIdTimeMs } from '@trackyard/core/events/sub-id.ts'

const DAY_MS = 86_400_000

/** UTC days (`2026-02-03`) on which these clicks came, so that the store need not look anywhere else. */
export function subIdDays(subIds: readonly string[]): string[] {
  const days = new Set<number>()
  for (const subId of subIds) days.add(Math.floor(subIdTimeMs(subId) / DAY_MS))
  return [...days].map((day) => new Date(day * DAY_MS).toISOString().slice(0, 10))
}
