import { isSubId } from '@trackyard/core/events/sub-id.ts'
import { planClickLog } from '@trackyard/core/report/plan-log.ts'
import type { LogQuery } from '@trackyard/core/report/query.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import { section } from '../auth/access.ts'
import type { Backend } from '../context.ts'
import { isAllowed } from '../reports/columns.ts'
import { runLog } from '../reports/run.ts'
import { presentTime } from '../resources/present.ts'
import type { ApiRequest } from '../route.ts'
import type { KeyedEntry, LogDef } from './log.ts'

const COLUMNS = ['sub_id', 'datetime', 'ip', 'country_code', 'campaign', 'stream', 'landing', 'offer', 'destination']
/** What the message tells of a cost that could not be converted. */
const COST_COLUMNS = ['cost_currency', 'cost_rate']
const SEARCHED = [
  'sub_id',
  'external_id',
  'ip',
  'destination',
  'source',
  'keyword',
  'user_agent',
  'referrer',
  'campaign',
  'stream',
]

/** The last clicks and where they went, from the clicks themselves: nothing has to be switched on for it. */
export const trafficLog: LogDef = {
  help: 'Clicks and where they went; /clicks/{sub_id}/explain tells why.',
  access: section('read', 'clicks'),
  read: ({ limit, offset, query, fromMs, toMs, campaignId }, request, backend) =>
    ask(
      {
        limit,
        offset,
        filters: campaignId === null ? [] : [equal('campaign_id', String(campaignId))],
        range: {
          ...{ timezone: 'UTC', ...(fromMs === null && toMs === null ? { interval: 'all_time' } : {}) },
          ...(fromMs === null ? {} : { from: presentTime(fromMs) }),
          ...(toMs === null ? {} : { to: presentTime(toMs - 1) }),
        },
        ...(query === ''
          ? {}
          : { search: { text: query, columns: SEARCHED.filter((name) => isAllowed(request.actor.access, name)) } }),
      },
      request,
      backend,
    ),
  async find(key, request, backend) {
    if (!isSubId(key)) return ok(null)
    const range = { interval: 'all_time', timezone: 'UTC' } as const
    const found = await ask({ limit: 1, offset: 0, filters: [equal('sub_id', key)], range }, request, backend)
    return found.ok ? ok(found.value[0] ?? null) : found
  },
  clear: 'The traffic log is made of the clicks themselves. Delete clicks with POST /clicks/clean.',
}

const equal = (name: string, value: string) => ({ name, operator: 'EQUALS', values: [value], caseSensitive: false })

async function ask(
  query: Pick<LogQuery, 'range' | 'limit' | 'offset' | 'filters' | 'search'>,
  request: Pick<ApiRequest, 'actor'>,
  backend: Backend,
): Promise<Result<KeyedEntry[]>> {
  const sort = isAllowed(request.actor.access, 'datetime') ? [{ name: 'datetime', descending: true }] : []
  const costColumns = isAllowed(request.actor.access, 'cost') ? COST_COLUMNS : []
  const asked: LogQuery = { ...query, columns: [...COLUMNS, ...costColumns], sort }
  const found = await runLog(ok(asked), planClickLog, request, backend)
  return found.ok ? ok(found.value.rows.map(present)) : found
}

function present({ cost_currency, cost_rate, ...row }: Readonly<Record<string, unknown>>): KeyedEntry {
  const text = (name: string): string => (row[name] ? String(row[name]) : '')
  const subId = text('sub_id')
  const steps = ['campaign', 'stream', 'landing', 'offer'].flatMap((name) =>
    text(name) === '' ? [] : [`${name} "${text(name)}"`],
  )
  const from = [text('ip'), text('country_code')].filter(Boolean).join(' ')
  const isUnknown = Boolean(cost_currency) && Number(cost_rate) === 0
  const warning = isUnknown
    ? `; its cost came in ${cost_currency}, which has no exchange rate, and was taken as it is`
    : ''
  const entry = {
    ...row,
    ...{ id: `traffic-${subId}`, datetime: text('datetime'), jid: subId },
    message: `Click ${subId}${from && ` from ${from}`}: ${steps.join(', ') || 'no campaign'}${text('destination') && ` → ${text('destination')}`}${warning}`,
  }
  return { key: subId, atMs: Date.parse(`${text('datetime').replace(' ', 'T')}Z`) || 0, entry }
}
