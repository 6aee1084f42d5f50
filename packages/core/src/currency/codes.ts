/** ISO 4217, and longer codes that networks pay in, such as USDT. Capital letters. */
export const isCurrencyCode = (code: string): boolean => /^[A-Z][A-Z0-9]{2,4}$/.test(code)

/** The UTC day of a moment as `YYYY-MM-DD`; of a number that is no moment, the nearest day that is one. */
export const dayText = (atMs: number): string =>
  new Date(Math.min(Math.max(atMs || 0, 0), LAST_MOMENT_MS)).toISOString().slice(0, 10)
const LAST_MOMENT_MS = Date.UTC(9999, 11, 31)

/** A day as people and banks write it (`2026-02-03`); null for what is no day. */
export function readDay(text: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  const atMs = Date.parse(`${text}T00:00:00Z`)
  return Number.isFinite(atMs) && dayText(atMs) === text ? text : null
}
