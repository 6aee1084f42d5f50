import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { flag, requiredText, state, text } from './fields.ts'
import { streamFilter } from './stream.ts'

/** Filters under a name, which streams take over by naming the set in a filter `filter_set`. */
export const filterSet = defineEntity({
  name: 'filters',
  label: 'filter set',
  fields: z.object({
    name: requiredText('Name').describe('What people call it; no two sets have the same.'),
    filter_or: flag().default(false).describe('One filter that says yes is enough; otherwise all must.'),
    filters: z
      .preprocess(
        (value) => value ?? [],
        z
          .array(streamFilter, { error: 'must be a list of filters such as [{"name": "country", "payload": ["US"]}]' })
          .min(1, 'must hold at least one filter: without one the set would let everybody pass')
          .max(100, 'must hold at most 100 filters'),
      )
      .describe('Filters as streams have them; a set cannot name another set.'),
    notes: text(10_000).nullable().default('').describe('Free text.'),
    /** Always active: a set is deleted for good. Every kind has a state. */
    state: state().default('active').describe('Always active, unless said otherwise: it is deleted for good.'),
  }),
  unique: ['name'],
  references: {},
  moneyFields: [],
})
export type FilterSet = Stored<typeof filterSet>
