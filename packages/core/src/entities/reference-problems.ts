import { type Problem, problem } from '../result.ts'

/** What speaks against naming an entity anew: it is unknown, or archived. `found` is what the user may know of it. */
export function referenceProblems(
  label: string,
  id: number,
  found: { readonly state: string } | null | undefined,
  at: string,
): Problem[] {
  if (!found) return [problem('validation', `There is no ${label} ${id}`, at)]
  if (found.state !== 'deleted') return []
  const name = `${label.charAt(0).toUpperCase()}${label.slice(1)}`
  return [problem('validation', `${name} ${id} is archived: restore it or name another`, at)]
}
