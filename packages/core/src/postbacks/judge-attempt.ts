/** What came of one attempt to deliver. */
export interface Attempt {
  /** Null when no answer came. */
  readonly status: number | null
  /** The header of the answer, '' without one. */
  readonly retryAfter: string
  /** It was not sent because it must not be, whenever it is tried. */
  readonly isRefused: boolean
}

export type Verdict =
  | { readonly kind: 'delivered' }
  /** The receiver wants to hear nothing of this kind any more. */
  | { readonly kind: 'gone' }
  /** Trying again would bring the same answer, or it was tried often enough. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'retry'; readonly afterMs: number }

const JITTER = 0.2
const LONGEST_PAUSE_MS = 86_400_000
/** Answers that another try may better: too slow, too early, too much. */
const TEMPORARY: ReadonlySet<number> = new Set([408, 425, 429])

/**
 * What is to be done after an attempt (reference conversions-and-reports §5.3): network errors, 408, 425, 429 and 5xx
 * are tried again after the given delays, later when the receiver asks for it. `tries` is how often it was tried, this
 * one included; `chance` from 0 to below 1 spreads the tries, so that what failed together does not come back together.
 */
export function judgeAttempt(
  { status, retryAfter, isRefused }: Attempt,
  { tries, delaysSeconds, nowMs, chance }: Timing,
): Verdict {
  if (status !== null && status >= 200 && status <= 299) return { kind: 'delivered' }
  if (status === 410) return { kind: 'gone' }
  const delay = delaysSeconds[tries - 1]
  const isTemporary = status === null ? !isRefused : status >= 500 || TEMPORARY.has(status)
  if (!isTemporary || delay === undefined) return { kind: 'failed' }
  const backOffMs = Math.round(delay * 1000 * (1 + JITTER * chance))
  return { kind: 'retry', afterMs: Math.max(backOffMs, retryAfterMs(retryAfter, nowMs)) }
}

interface Timing {
  readonly tries: number
  readonly delaysSeconds: readonly number[]
  readonly nowMs: number
  readonly chance: number
}

/** How long a receiver asks to be left alone, in milliseconds: a number of seconds or a date; 0 when it says nothing. */
export function retryAfterMs(header: string, nowMs: number): number {
  const text = header.trim()
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isFinite(ms) ? Math.min(Math.max(Math.round(ms), 0), LONGEST_PAUSE_MS) : 0
}
