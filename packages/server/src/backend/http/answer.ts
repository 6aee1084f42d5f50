import { problems as problemTable } from '@trackyard/core/problems.ts'
import type { Problem } from '@trackyard/core/result.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/**
 * The one place where problems become HTTP (reference admin-api §1.4): refused fields answer `{field: [messages]}`,
 * everything else `{error: message}`.
 */
export function answerProblems(problems: readonly Problem[], validationStatus: number): Answer {
  const refused = problems.filter((problem) => problem.code === 'validation')
  const other = problems.find((problem) => problem.code !== 'validation')
  if (other) return { status: problemTable[other.code].status, body: { error: other.message } }
  // Clients choose some of the names, `__proto__` among them.
  const body = new Map<string, string[]>()
  for (const { at = 'base', message } of refused) body.set(at, [...(body.get(at) ?? []), message])
  return { status: validationStatus, body: Object.fromEntries(body) }
}
