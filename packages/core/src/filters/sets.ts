import type { FilterSet } from '../entities/filter-set.ts'
import { fail, ok, type Problem, problem, type Result } from '../result.ts'
import type { CompiledSet, FilterSets } from './filter.ts'
import { FILTER_SET } from './filter-set.ts'
import { compileFilter } from './index.ts'

/** Compiles a stored set; problems carry paths such as `filters.0.payload`. A set in a set is refused: no circles. */
export function compileFilterSet({
  filters,
  filter_or: isOr,
}: Pick<FilterSet, 'filters' | 'filter_or'>): Result<CompiledSet> {
  const problems: Problem[] = []
  const compiled = filters.flatMap((filter, index) => {
    const at = `filters.${index}`
    const result =
      filter.name === FILTER_SET
        ? fail(
            problem('validation', `Filter ${FILTER_SET} cannot stand in a set: name its filters instead`, `${at}.name`),
          )
        : compileFilter(filter, at)
    if (result.ok) return [result.value]
    problems.push(...result.problems)
    return []
  })
  if (problems.length > 0) return fail(...problems)
  return ok({
    needs: [...new Set(compiled.flatMap(({ needs }) => needs))],
    passes: isOr
      ? (click, visitor, streamId) => compiled.some((filter) => filter.passes(click, visitor, streamId))
      : (click, visitor, streamId) => compiled.every((filter) => filter.passes(click, visitor, streamId)),
  })
}

/** The sets of a bundle by id. One that does not compile counts as unknown, so that what names it is refused. */
export function compileFilterSets(list: readonly FilterSet[]): FilterSets {
  return new Map(
    list.flatMap((set) => {
      const compiled = compileFilterSet(set)
      return compiled.ok ? [[set.id, compiled.value] as const] : []
    }),
  )
}
