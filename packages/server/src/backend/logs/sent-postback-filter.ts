import { count } from '@trackyard/core/entities/fields.ts'
import { maySeeColumn, reportsOn } from '@trackyard/core/permissions.ts'
import { readPostbackKey } from '@trackyard/core/postbacks/outgoing-postbacks.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { Backend } from '../context.ts'
import { readQuery } from '../http/read-input.ts'
import type { ApiRequest } from '../route.ts'
import { campaignId, moment, oneText } from './fields.ts'

export const OUTCOMES = ['delivered', 'retrying', 'failed', 'gone', 'refused', 'skipped'] as const

/** What narrows the log of sent postbacks. */
export const sentPostbackFilters = z.object({
  query: oneText(
    'Text that must occur in the URL, the body, the answer, the reason, the click id or the transaction id.',
  ),
  campaign_id: campaignId('Campaign of the click.'),
  postback: oneText('')
    .refine(
      (key) => key === '' || readPostbackKey(key) !== null,
      'must be the key of a postback such as s3, t2 or c7-4',
    )
    .describe(
      'Key of the postback: s and the id of a stored one (s3), t and the id of a traffic source (t2), c, the id of a campaign, a dash and the id of its postback (c7-4).',
    ),
  sub_id: oneText('Click.'),
  conversion_id: oneText('Conversion.'),
  status: oneText('Status of the conversion that is told.'),
  tid: oneText('Transaction id.'),
  message_id: oneText('Message, of which every attempt and replay is told.'),
  http_status: count({ max: 999, error: 'must be a status such as 503' }).describe(
    'Status of the answer, 0 for attempts without one.',
  ),
  from: moment('Attempts from this moment on, UTC: 2026-02-03 or 2026-02-03 14:05:09.'),
  to: moment('Attempts until the end of this day, minute or second, UTC.'),
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
  const read = readQuery(sentPostbackFilters, input)
  if (!read.ok) return read
  const sql: string[] = []
  const params: Record<string, unknown> = {}
  const also = (condition: string, name: string, value: string | number | undefined): void => {
    if (value === undefined || value === '') return
    sql.push(condition)
    params[name] = value
  }
  const { query, campaign_id, http_status, from, to } = read.value
  also(`(${FOUND})`, 'query', query)
  for (const name of EXACT) also(`${name} = {${name}:String}`, name, read.value[name])
  also('campaign_id = {campaign_id:UInt32}', 'campaign_id', campaign_id)
  also('http_status = {http_status:UInt32}', 'http_status', http_status)
  also('datetime >= fromUnixTimestamp64Milli({from:Int64})', 'from', from?.startMs)
  also('datetime < fromUnixTimestamp64Milli({to:Int64})', 'to', to?.endMs)
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
