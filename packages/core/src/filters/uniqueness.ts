import { z } from 'zod'
import { defineFilter, type Predicate } from './filter.ts'

const SCOPES = ['stream', 'campaign', 'global'] as const
type Scope = (typeof SCOPES)[number]

export const uniqueness = defineFilter({
  label: 'Uniqueness',
  help: 'The visit is the first to this stream, to the campaign or to any campaign (global) within the uniqueness time.',
  group: 'visits',
  example: 'campaign',
  asksFor: (scope) => `the first visit to ${scope === 'global' ? 'any campaign' : `the ${scope}`}`,
  columnOf: (scope) => `is_unique_${scope}`,
  params: z.preprocess(
    (payload) => (Array.isArray(payload) && payload.length === 1 ? payload[0] : payload),
    z.enum(SCOPES, { error: 'must be stream, campaign or global' }),
  ),
  compile: (scope) => predicates[scope],
})

const predicates: Readonly<Record<Scope, Predicate>> = {
  stream: (_click, visitor, streamId) => !visitor.seenStreams.has(streamId),
  campaign: (_click, visitor) => visitor.isUniqueCampaign,
  global: (_click, visitor) => visitor.isUniqueGlobal,
}
