import type { ProblemCode } from './problems.ts'

/** One thing that is wrong: what, where, and in words a user can act on. */
export interface Problem {
  readonly code: ProblemCode
  /** Dotted path of the field at fault, e.g. `filters.0.payload`. */
  readonly at?: string
  /** Names the field and the cure. */
  readonly message: string
}

/** An expected failure is a value: bugs throw, bad input returns `ok: false`. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }

export const ok = <T>(value: T): Result<T> => ({ ok: true, value })
export const fail = (...problems: readonly Problem[]): { ok: false; problems: readonly Problem[] } => ({
  ok: false,
  problems,
})
export const problem = (code: ProblemCode, message: string, at?: string): Problem =>
  at === undefined ? { code, message } : { code, message, at }
