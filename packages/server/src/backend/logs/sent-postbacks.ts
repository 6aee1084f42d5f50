import { ok, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { section } from '../auth/access.ts'
import { parsedParams } from '../clicks/explain.ts'
import type { Backend } from '../context.ts'
import { askEvents } from '../reports/ask-events.ts'
import { hintStatus } from '../reports/hints.ts'
import { presentTime } from '../resources/present.ts'
import type { ApiRequest, Route } from '../route.ts'
import { emptyStoredLog } from './empty-log.ts'
import { type KeyedEntry, type LogDef, logAccepts, logEntry, readPage, wordsIn } from './log.ts'
import {
  both,
  type Conditions,
  OUTCOMES,
  readFilters,
  sentPostbackFilters,
  visibleTo,
  whereOf,
} from './sent-postback-filter.ts'

/** Every attempt to send a postback: what was sent, what was answered, and what becomes of it. */
export const sentPostbackLog: LogDef = {
  help: 'Every attempt to send a postback, with request, answer and reason; kept for sent_postbacks_ttl days.',
  access: section('read', 'conversions'),
  async read({ limit, offset }, request, backend) {
    const filters = readFilters(request.input)
    if (!filters.ok) return filters
    const outcomes = readOutcomes(request.input)
    if (!outcomes.ok) return outcomes
    return ask(both(filters.value, outcomes.value), { limit, offset }, request, backend)
  },
  async find(key, request, backend) {
    const [, at, message, attempt] = /^(\d{1,15})-(msg_[\w-]{1,40})-(\d{1,5})$/.exec(key) ?? []
    if (at === undefined || message === undefined) return ok(null)
    const sql = [
      'datetime = fromUnixTimestamp64Milli({at:Int64})',
      'message_id = {message:String}',
      'attempt = {attempt:UInt16}',
    ]
    const params = { at: Number(at), message, attempt: Number(attempt) }
    const found = await ask({ sql, params }, { limit: 1, offset: 0 }, request, backend)
    return found.ok ? ok(found.value[0] ?? null) : found
  },
  clear: (request, backend) => emptyStoredLog('sent_postbacks', request, backend),
}

export const sentPostbackLogRoute: Route = {
  method: 'GET',
  path: '/logs/sent_postbacks',
  description:
    'Every attempt to send a postback, with request, answer and reason, newest first; kept for as many days as the setting sent_postbacks_ttl says',
  access: sentPostbackLog.access,
  accepts: logAccepts.extend({
    ...sentPostbackFilters.shape,
    outcome: z
      .union([z.string(), z.array(z.string())])
      .nullish()
      .describe(`What came of the attempt, one or several: ${OUTCOMES.join(', ')}.`),
  }),
  answers: z.array(
    logEntry.extend({
      message_id: z
        .string()
        .describe('Id of the message: every attempt and replay of it has the same, and is sent with it as webhook-id.'),
      attempt: z.int().describe('How often it was tried, this one included; 0 when it was not sent at all.'),
      outcome: z
        .string()
        .describe(
          'delivered, retrying, failed (given up), gone (410), refused (it must not be sent) or skipped (the postback is off or away).',
        ),
      reason: z.string().describe('Why, in words.'),
      postback: z.string().describe('Key of the postback, such as s3, t2 or c7-4.'),
      campaign_id: z.int().describe('Campaign of the click.'),
      sub_id: z.string().describe('Click.'),
      conversion_id: z.string().describe('Conversion.'),
      status: z.string().describe('Status of the conversion that is told.'),
      tid: z.string().describe('Transaction id.'),
      method: z.string().describe('GET or POST, empty when nothing was sent.'),
      url: z.string().describe('Where it went, redirects after arrows, secrets masked.'),
      headers: z.unknown().describe('Headers that were sent, secrets masked.'),
      body: z.string().describe('Body that was sent.'),
      http_status: z.int().describe('Status of the answer, 0 when none came.'),
      answer: z.string().describe('Beginning of the answer.'),
      duration_ms: z.int().describe('Milliseconds until the answer.'),
      next_try: z.string().nullable().describe('When it is tried again, UTC; null when it is not.'),
    }),
  ),
  async handle(request, backend) {
    const page = readPage(request)
    if (!page.ok) return page
    await hintStatus(request, backend)
    const entries = await sentPostbackLog.read(page.value, request, backend)
    return entries.ok ? ok(entries.value.map(({ entry }) => entry)) : entries
  },
}

export const outcomesIn = (input: ApiRequest['input']): Result<readonly string[]> => wordsIn(input, 'outcome', OUTCOMES)

/** The outcomes asked for, as one condition. */
function readOutcomes(input: ApiRequest['input']): Result<Conditions> {
  const wanted = outcomesIn(input)
  if (!wanted.ok) return wanted
  return ok(
    wanted.value.length === 0
      ? { sql: [], params: {} }
      : { sql: ['outcome IN {outcomes:Array(String)}'], params: { outcomes: wanted.value } },
  )
}

const COLUMNS = [
  ...[
    'message_id',
    'attempt',
    'outcome',
    'reason',
    'postback',
    'campaign_id',
    'sub_id',
    'conversion_id',
    'status',
    'tid',
  ],
  ...['method', 'url', 'headers', 'body', 'http_status', 'answer', 'duration_ms'],
]

async function ask(
  wanted: Conditions,
  page: { readonly limit: number; readonly offset: number },
  request: Pick<ApiRequest, 'actor'>,
  backend: Backend,
): Promise<Result<KeyedEntry[]>> {
  const visible = await visibleTo(request, backend)
  if (!visible.ok) return visible
  const conditions = both(wanted, visible.value)
  const sql = `
SELECT toUnixTimestamp64Milli(datetime) AS at_ms, ${COLUMNS.join(', ')}, toUnixTimestamp64Milli(next_try_datetime) AS next_ms
FROM sent_postbacks FINAL
${whereOf(conditions)}
ORDER BY datetime DESC, message_id DESC, attempt DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt64}`
  const answer = await askEvents(backend, { sql, params: { ...conditions.params, ...page } })
  return answer.ok ? ok(answer.value.rows.map(present)) : answer
}

function present(row: Readonly<Record<string, unknown>>): KeyedEntry {
  const text = (name: string): string => String(row[name] ?? '')
  const number = (name: string): number => Number(row[name] ?? 0)
  const atMs = number('at_ms')
  const key = `${atMs}-${text('message_id')}-${number('attempt')}`
  const texts = Object.fromEntries(
    ['message_id', 'outcome', 'reason', 'postback', 'sub_id', 'conversion_id', 'status', 'tid', 'method', 'url'].map(
      (name) => [name, text(name)],
    ),
  )
  const entry = {
    id: `sent_postbacks-${key}`,
    datetime: presentTime(atMs),
    jid: text('sub_id'),
    ...texts,
    attempt: number('attempt'),
    campaign_id: number('campaign_id'),
    headers: parsedParams(text('headers')),
    body: text('body'),
    http_status: number('http_status'),
    answer: text('answer'),
    duration_ms: number('duration_ms'),
    next_try: number('next_ms') === 0 ? null : presentTime(number('next_ms')),
    message: `${text('outcome')}: ${text('status')} of click ${text('sub_id')}${text('url') && ` to ${text('method')} ${text('url')}`}. ${text('reason')}`,
  }
  return { key, atMs, entry }
}
