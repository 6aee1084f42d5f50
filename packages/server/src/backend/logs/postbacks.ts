import { maySeeColumn, reportsOn } from '@trackyard/core/permissions.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { section } from '../auth/access.ts'
import { parsedParams } from '../clicks/explain.ts'
import type { Backend } from '../context.ts'
import { askEvents } from '../reports/ask-events.ts'
import { hintStatus } from '../reports/hints.ts'
import { presentTime } from '../resources/present.ts'
import type { ApiRequest, Route } from '../route.ts'
import { textOf } from '../users/user-fields.ts'
import { emptyStoredLog } from './empty-log.ts'
import { type KeyedEntry, type LogDef, logAccepts, logEntry, readPage, wordsIn } from './log.ts'

/** What became of the postbacks that came in. A text that is looked for may be in the id, the reason or the parameters. */
export const postbackLog: LogDef = {
  help: 'Incoming postbacks with outcome and reason.',
  access: section('read', 'conversions'),
  async read({ limit, offset, query, fromMs, toMs, campaignId }, request, backend) {
    const outcomes = wordsIn(request.input, 'outcome', OUTCOMES)
    if (!outcomes.ok) return outcomes
    const conditions = query === '' ? [] : [FOUND]
    const params: Record<string, unknown> = { limit, offset, ...(query === '' ? {} : { query }) }
    const also = (condition: string, name: string, value: string | number | null): void => {
      if (value === null || value === '') return
      conditions.push(condition)
      params[name] = value
    }
    also('datetime >= fromUnixTimestamp64Milli({from:Int64})', 'from', fromMs)
    also('datetime < fromUnixTimestamp64Milli({to:Int64})', 'to', toMs)
    also('campaign_id = {campaign:UInt32}', 'campaign', campaignId)
    if (outcomes.value.length > 0) {
      conditions.push('outcome IN {outcomes:Array(String)}')
      params.outcomes = outcomes.value
    }
    for (const name of EXACT_FILTERS) also(`${name} = {${name}:String}`, name, textOf(request.input[name]).trim())
    return ask(conditions, params, request, backend)
  },
  async find(key, request, backend) {
    const [, atMs, seq] = /^(\d{1,15})-(\d{1,16})$/.exec(key) ?? []
    if (atMs === undefined || seq === undefined) return ok(null)
    const found = await ask([EXACT], { limit: 1, offset: 0, at: Number(atMs), seq }, request, backend)
    return found.ok ? ok(found.value[0] ?? null) : found
  },
  clear: (request, backend) => emptyStoredLog('postback_log', request, backend),
}
/** An earlier release did not remove lines but hid them: those until then. */
const CLEARED_UNTIL = 'postback_log_cleared_until_ms'

/** Columns that a request may name with the value they must have. */
const EXACT_FILTERS = ['status', 'sub_id', 'tid'] as const

const OUTCOMES = ['created', 'updated', 'unchanged', 'refused', 'ignored', 'click_not_found', 'rejected'] as const

export const postbackLogRoute: Route = {
  method: 'GET',
  path: '/logs/postbacks',
  description: 'Incoming postbacks with outcome and reason, newest first',
  access: postbackLog.access,
  accepts: logAccepts.extend({
    outcome: z
      .union([z.string(), z.array(z.string())])
      .nullish()
      .describe(`What became of it, one or several: ${OUTCOMES.join(', ')}.`),
    status: z.string().nullish().describe('Status after translation.'),
    sub_id: z.string().nullish().describe('Click id as sent.'),
    tid: z.string().nullish().describe('Transaction id.'),
  }),
  answers: z.array(
    logEntry.extend({
      sub_id: z.string().describe('Click id as sent, empty when there was none.'),
      outcome: z
        .string()
        .describe(
          'created, updated, unchanged, refused, ignored, click_not_found or rejected (answered with an error).',
        ),
      reason: z.string().describe('Why, in words.'),
      status: z.string().describe('Status after translation, empty when it came to none.'),
      tid: z.string().describe('Transaction id.'),
      campaign_id: z.int().describe('Campaign of the click, 0 when no click was found.'),
      params: z.unknown().describe('Every parameter received.'),
      ip: z.string().describe('Address of the sender.'),
    }),
  ),
  async handle(request, backend) {
    const page = readPage(request)
    if (!page.ok) return page
    await hintStatus(request, backend)
    const entries = await postbackLog.read(page.value, request, backend)
    return entries.ok ? ok(entries.value.map(({ entry }) => entry)) : entries
  },
}

async function ask(
  conditions: readonly string[],
  params: Readonly<Record<string, unknown>>,
  { actor: { access } }: Pick<ApiRequest, 'actor'>,
  backend: Backend,
): Promise<Result<KeyedEntry[]>> {
  // Its lines quote everything that was received.
  if (!maySeeColumn(access, 'params'))
    return fail(problem('forbidden', 'You have no permission to see the parameters of postbacks.'))
  const campaigns =
    reportsOn(access) === 'all' ? null : await backend.configStore.list('campaigns', { includeDeleted: true })
  const cleared = await backend.configStore.getMeta(CLEARED_UNTIL)
  const answer = await askEvents(backend, {
    sql: select([...conditions, ...(cleared === null ? [] : [NOT_CLEARED]), ...(campaigns ? [VISIBLE] : [])]),
    params: {
      ...params,
      ...(cleared === null ? {} : { cleared }),
      ...(campaigns ? { campaigns: campaigns.map(({ id }) => id) } : {}),
    },
  })
  return answer.ok ? ok(answer.value.rows.map(present)) : answer
}

const select = (conditions: readonly string[]): string => `
SELECT toUnixTimestamp64Milli(datetime) AS at_ms, seq, sub_id, outcome, reason, status, tid, campaign_id, params, ip
FROM postback_log FINAL
${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
ORDER BY datetime DESC, seq DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt64}`

const FOUND =
  '(positionCaseInsensitive(params, {query:String}) > 0 OR positionCaseInsensitive(sub_id, {query:String}) > 0 OR positionCaseInsensitive(reason, {query:String}) > 0 OR outcome = {query:String})'
const EXACT = 'datetime = fromUnixTimestamp64Milli({at:Int64}) AND seq = {seq:UInt64}'
const NOT_CLEARED = 'datetime > fromUnixTimestamp64Milli({cleared:Int64})'
/** Postbacks of unknown clicks belong to no campaign: only who sees all campaigns sees them. */
const VISIBLE = 'campaign_id IN {campaigns:Array(UInt32)}'

function present(row: Readonly<Record<string, unknown>>): KeyedEntry {
  const text = (name: string): string => String(row[name] ?? '')
  const atMs = Number(row.at_ms)
  const key = `${atMs}-${text('seq')}`
  const received = parsedParams(text('params'))
  const entry = {
    id: `postbacks-${key}`,
    datetime: presentTime(atMs),
    jid: text('sub_id'),
    sub_id: text('sub_id'),
    outcome: text('outcome'),
    reason: text('reason'),
    status: text('status'),
    tid: text('tid'),
    campaign_id: Number(row.campaign_id ?? 0),
    params: received,
    ip: text('ip'),
    message: `Received postback ${JSON.stringify(received)}: ${text('outcome')}. ${text('reason')}`,
  }
  return { key, atMs, entry }
}
