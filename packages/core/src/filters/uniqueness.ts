import { z } from 'zod'
import { FIRST_VISIT, type SeenBefore, type VisitorState } from '../click/click.ts'
import { defineFilter, type Predicate } from './filter.ts'

const SCOPES = ['stream', 'campaign', 'global'] as const
type Scope = (typeof SCOPES)[number]

const unlisted = (payload: unknown): unknown => (Array.isArray(payload) && payload.length === 1 ? payload[0] : payload)
const scopes = z.enum(SCOPES, { error: 'must be stream, campaign or global' })
/** Nothing means the campaign: elsewhere these filters have no payload (reference click-processing §6.3). */
const scopeOrNone = z.preprocess((payload) => {
  const scope = unlisted(payload)
  const isNone = scope === null || scope === undefined || scope === '' || (Array.isArray(scope) && scope.length === 0)
  return isNone ? 'campaign' : scope
}, scopes)

const visitTo = (scope: Scope): string => (scope === 'global' ? 'any campaign' : `the ${scope}`)

export const uniqueness = defineFilter({
  label: 'Uniqueness',
  help: 'The visit is the first to this stream, to the campaign or to any campaign (global) within the uniqueness time.',
  group: 'visits',
  example: 'campaign',
  asksFor: (scope) => `the first visit to ${visitTo(scope)}`,
  columnOf: (scope) => `is_unique_${scope}`,
  params: z.preprocess(unlisted, scopes),
  compile: (scope) => firstBy(scope, (visitor) => visitor),
})

export const uniquenessIp = defineFilter({
  label: 'Uniqueness by IP',
  help: 'Nobody came from this address before within the uniqueness time, whatever the browser and its cookies: to the campaign, to this stream, or to any campaign with this filter (global). Visits count from when the campaign has the filter.',
  group: 'visits',
  example: 'campaign',
  needs: ['unique_ip'],
  asksFor: (scope) => `the first visit from the address to ${visitTo(scope)}`,
  params: scopeOrNone,
  compile: (scope) => firstBy(scope, (visitor) => visitor.byIp ?? FIRST_VISIT),
})

export const uniquenessCookies = defineFilter({
  label: 'Uniqueness by cookies',
  help: 'The browser brings no visitor cookie that was seen before within the uniqueness time, whatever its address: at the campaign, at this stream, or at any campaign with this filter (global). A browser that keeps no cookies comes for the first time every time. Visits count from when the campaign has the filter.',
  group: 'visits',
  example: 'campaign',
  needs: ['unique_cookie'],
  asksFor: (scope) => `the first visit with the browser's cookies to ${visitTo(scope)}`,
  params: scopeOrNone,
  compile: (scope) => firstBy(scope, (visitor) => visitor.byCookie ?? FIRST_VISIT),
})

function firstBy(scope: Scope, seenOf: (visitor: VisitorState) => SeenBefore): Predicate {
  if (scope === 'stream') return (_click, visitor, streamId) => !seenOf(visitor).seenStreams.has(streamId)
  if (scope === 'campaign') return (_click, visitor) => seenOf(visitor).isUniqueCampaign
  return (_click, visitor) => seenOf(visitor).isUniqueGlobal
}
