import { maySeeColumn, reportsOn } from '@trackyard/core/permissions.ts'
import { readPostbackKey } from '@trackyard/core/postbacks/outgoing-postbacks.ts'
import { parseMoment } from '@trackyard/core/report/range.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { Backend } from '../context.ts'
import type { ApiRequest } from '../route.ts'
import { textOf } from '../users/user-fields.ts'

export const OUTCOMES = ['delivered', 'retrying', 'failed', 'gone', 'refused', 'skipped'] as const

const loose = (what: string) => z.union([z.string(), z.number()]).nullish().describe(what)

/** What narrows the log of sent postbacks. */
export const sentPostbackFilters = z.object({
  query: loose(
    'Text that must occur in the URL, the body, the answer, the reason, the click id or the transaction id.',
  ),
  campaign_id: loose('Campaign of the click.'),
  postback: loose(
    'Key of the postback: s and the id of a stored one (s3), t and the id of a traffic source (t2), c, the id of a campaign, a dash and the id of its postback (c7-4).',
  ),
  sub_id: loose('Click.'),
  conversion_id: loose('Conversion.'),
  status: loose('Status of the conversion that is told.'),
  tid: loose('Transaction id.'),
  message_id: loose('Message, of which every attempt and replay is told.'),
  http_status: loose('Status of the answer, 0 for attempts without one.'),
  from: loose('Attempts from this moment on, UTC: 2026-02-03 or 2026-02-03 14:05:09.'),
  to: loose('Attempts until the end of this day, minute or second, UTC.'),
})

/** Conditions of a statement and the values they name. */
export interface Conditions {
  readonly sql: readonly string[]
  readonly params: Readonly<Record<string, unknown>>
}

/** An earlier release did not remove lines but hid them: those until then. */
const CLEARED_UNTIL = 'sent_postbacks_cleared_until_ms'

const FOUND = ['url', 'body', 'answer', 'reason', 'sub_id', 'tid']
  .map((column) => `positionCaseInsensitive(${column}, {query:String}) > 0`)
  .join(' OR ')
const EXACT = ['postback', 'sub_id', 'conversion_id', 'status', 'tid', 'message_id'] as const

/** Reads the filters; what cannot be meant is refused, as a filter that is passed over shows too much. */
export function readFilters(input: ApiRequest['input']): Result<Conditions> {
  const sql: string[] = []
  const params: Record<string, unknown> = {}
  const list = Object.keys(sentPostbackFilters.shape).find((name) => typeof input[name] === 'object' && input[name])
  if (list !== undefined) return fail(problem('bad_request', `${list}: must be a single value.`, list))
  const given = (name: string): string => textOf(input[name]).trim()
  if (given('query') !== '') {
    sql.push(`(${FOUND})`)
    params.query = given('query')
  }
  for (const name of EXACT) {
    if (given(name) === '') continue
    sql.push(`${name} = {${name}:String}`)
    params[name] = given(name)
  }
  if (given('postback') !== '' && readPostbackKey(given('postback')) === null)
    return fail(problem('bad_request', 'postback: must be the key of a postback such as s3, t2 or c7-4.', 'postback'))
  for (const [name, isNumber, what] of [
    ['campaign_id', /^\d{1,9}$/, 'the id of a campaign'],
    ['http_status', /^\d{1,3}$/, 'a status such as 503'],
  ] as const) {
    if (given(name) === '') continue
    if (!isNumber.test(given(name))) return fail(problem('bad_request', `${name}: must be ${what}.`, name))
    sql.push(`${name} = {${name}:UInt32}`)
    params[name] = Number(given(name))
  }
  for (const [name, compare] of [
    ['from', '>='],
    ['to', '<'],
  ] as const) {
    if (given(name) === '') continue
    const moment = parseMoment(given(name), 'UTC')
    if (moment === null)
      return fail(problem('bad_request', `${name}: must be a date such as 2026-02-03 14:05:09.`, name))
    sql.push(`datetime ${compare} fromUnixTimestamp64Milli({${name}:Int64})`)
    params[name] = name === 'from' ? moment.startMs : moment.endMs
  }
  return ok({ sql, params })
}

/**
 * What of the log a user may see: attempts about campaigns they see, and of those what stored postbacks and sources
 * send only with a right on them, as their URLs hold secrets. `campaigns`: narrower than what they see; null: all.
 */
export async function visibleTo(
  { actor: { access } }: Pick<ApiRequest, 'actor'>,
  { configStore }: Pick<Backend, 'configStore'>,
  only: ReadonlySet<number> | null = null,
): Promise<Result<Conditions>> {
  // Its lines quote whatever was sent.
  if (!maySeeColumn(access, 'params'))
    return fail(problem('forbidden', 'You have no permission to see the parameters of postbacks.'))
  const cleared = await configStore.getMeta(CLEARED_UNTIL)
  const sql = cleared === null ? [] : ['datetime > fromUnixTimestamp64Milli({cleared:Int64})']
  const params: Record<string, unknown> = cleared === null ? {} : { cleared }
  if (only !== null || reportsOn(access) !== 'all') {
    sql.push('campaign_id IN {campaigns:Array(UInt32)}')
    params.campaigns = only
      ? [...only]
      : (await configStore.list('campaigns', { includeDeleted: true })).map(({ id }) => id)
  }
  if (!access.isAdministrator) {
    sql.push("(startsWith(postback, 'c') OR postback IN {sources:Array(String)})")
    params.sources = (await configStore.list('traffic_sources', { includeDeleted: true })).map(({ id }) => `t${id}`)
  }
  return ok({ sql, params })
}

export const both = (a: Conditions, b: Conditions): Conditions => ({
  sql: [...a.sql, ...b.sql],
  params: { ...a.params, ...b.params },
})

export const whereOf = ({ sql }: Conditions): string => (sql.length === 0 ? '' : `WHERE ${sql.join(' AND ')}`)
