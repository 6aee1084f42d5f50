import { z } from 'zod'
import { eitherOf } from '../plain-words.ts'
import { fail, ok, problem } from '../result.ts'
import { defineFilter } from './filter.ts'

const refusal = 'must be a list of ids of filter sets such as [1]'

/** An id, a list of ids, or text with commas. */
const setIds = z.preprocess(
  (payload) => {
    const list =
      typeof payload === 'string' ? payload.split(/[\s,;]+/) : Array.isArray(payload) ? payload : [payload ?? '']
    return list.filter((id) => id !== '').map((id) => (typeof id === 'string' ? Number(id) : id))
  },
  z
    .array(z.int({ error: refusal }).positive({ error: refusal }))
    .min(1, `${refusal}: without one it would match nobody`)
    .max(100, 'must name at most 100 filter sets'),
)

export const filterSet = defineFilter({
  label: 'Filter set',
  help: 'The filters of one of these stored filter sets let the visitor pass; name sets by id. When a set changes, every stream that names it follows.',
  group: 'traffic',
  params: setIds,
  example: [1],
  asksFor: (ids) => `what filter set ${eitherOf(ids.map(String))} lets pass`,
  resolve(ids, sets) {
    const unknown = ids.find((id) => !sets.has(id))
    if (unknown !== undefined)
      return fail(problem('validation', `names filter set ${unknown}, which does not exist: make it at /filters first`))
    return ok([...new Set(ids.flatMap((id) => sets.get(id)?.needs ?? []))])
  },
  compile(ids, sets) {
    const named = ids.flatMap((id) => sets.get(id) ?? [])
    return (click, visitor, streamId) => named.some(({ passes }) => passes(click, visitor, streamId))
  },
})

/** The name of the filter in streams. */
export const FILTER_SET = 'filter_set'

/** Ids of the sets that rows of a filter list name; those that cannot be read name none. */
export const namedSets = (rows: readonly { readonly name: string; readonly payload?: unknown }[]): number[] =>
  rows.flatMap(({ name, payload }) => {
    const ids = name === FILTER_SET ? setIds.safeParse(payload) : null
    return ids?.success ? ids.data : []
  })
