import { maySeeColumn, reportsOn } from '@trackyard/core/permissions.ts'
import { fail, ok, problem } from '@trackyard/core/result.ts'
import { section } from '../auth/access.ts'
import { parsedParams } from '../clicks/explain.ts'
import { askEvents } from '../reports/ask-events.ts'
import { countOf, type Route } from '../route.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/** What became of the postbacks that came in, newest first; `query` must occur in the id, the reason or the parameters. */
export const postbackLogRoute: Route = {
  method: 'GET',
  path: '/logs/postbacks',
  description: 'Incoming postbacks with outcome and reason, newest first',
  access: section('read', 'conversions'),
  async handle({ input, actor: { access } }, backend) {
    // Its lines quote everything that was received.
    if (!maySeeColumn(access, 'params'))
      return fail(problem('forbidden', 'You have no permission to see the parameters of postbacks.'))
    const campaigns =
      reportsOn(access) === 'all' ? null : await backend.configStore.list('campaigns', { includeDeleted: true })
    const search = typeof input.query === 'string' || typeof input.query === 'number' ? String(input.query).trim() : ''
    const answer = await askEvents(backend, {
      sql: select([...(search === '' ? [] : [FOUND]), ...(campaigns ? [VISIBLE] : [])]),
      params: {
        limit: countOf(input, 'limit', DEFAULT_LIMIT, MAX_LIMIT) || DEFAULT_LIMIT,
        offset: countOf(input, 'offset', 0),
        ...(search === '' ? {} : { query: search }),
        ...(campaigns ? { campaigns: campaigns.map(({ id }) => id) } : {}),
      },
    })
    return answer.ok ? ok(answer.value.rows.map(present)) : answer
  },
}

const select = (conditions: readonly string[]): string => `
SELECT toUnixTimestamp64Milli(datetime) AS at_ms, sub_id, outcome, reason, status, tid, campaign_id, params, ip
FROM postback_log FINAL
${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
ORDER BY datetime DESC, seq DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt64}`

const FOUND =
  '(positionCaseInsensitive(params, {query:String}) > 0 OR positionCaseInsensitive(sub_id, {query:String}) > 0 OR positionCaseInsensitive(reason, {query:String}) > 0 OR outcome = {query:String})'
/** Postbacks of unknown clicks belong to no campaign: only who sees all campaigns sees them. */
const VISIBLE = 'campaign_id IN {campaigns:Array(UInt32)}'

function present({
  at_ms,
  sub_id,
  outcome,
  reason,
  status,
  tid,
  campaign_id,
  params,
  ip,
}: Readonly<Record<string, unknown>>) {
  const datetime = new Date(Number(at_ms)).toISOString().slice(0, 19).replace('T', ' ')
  const received = parsedParams(String(params ?? ''))
  const message = `Received postback ${JSON.stringify(received)}: ${outcome}. ${reason}`
  return { datetime, sub_id, outcome, reason, status, tid, campaign_id, params: received, ip, message }
}
