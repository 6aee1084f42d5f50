import { isSubId, subIdTimeMs } from '@trackyard/core/events/sub-id.ts'
import type { Section } from '@trackyard/core/permissions.ts'
import { planClickLog, planConversionLog } from '@trackyard/core/report/plan-log.ts'
import {
  isOffered,
  type LogQuery,
  parseClickLogQuery,
  parseConversionLogQuery,
  reportNames,
} from '@trackyard/core/report/query.ts'
import { logRequest } from '@trackyard/core/report/request.ts'
import { requestHints } from '@trackyard/core/report/request-hints.ts'
import { fail, ok, problem } from '@trackyard/core/result.ts'
import { section } from '../auth/access.ts'
import type { Route } from '../route.ts'
import { logAnswer, singleAnswer } from './answers.ts'
import { isAllowed } from './columns.ts'
import { hintValues } from './hints.ts'
import { runLog, timed } from './run.ts'
import { clickFilters, conversionFilters, liftFilters, type ShortFilters, shapeOf } from './short-filters.ts'

/** What a list and a single one of clicks or conversions are read from. */
interface ListedEvents {
  readonly part: Section
  readonly filters: ShortFilters
  readonly columns: readonly string[]
  readonly parse: typeof parseClickLogQuery
  readonly plan: typeof planClickLog
}

const clicks: ListedEvents = {
  part: 'clicks',
  filters: clickFilters,
  columns: `sub_id datetime campaign_id campaign stream_id landing_id offer_id ts_id affiliate_network_id country_code
    region city ip device_type os browser language source keyword external_id is_bot is_unique_campaign landing_clicked
    is_lead is_sale is_rejected cost revenue profit destination`.split(/\s+/),
  parse: parseClickLogQuery,
  plan: planClickLog,
}
const conversions: ListedEvents = {
  part: 'conversions',
  filters: conversionFilters,
  columns: `conversion_id sub_id tid status previous_status original_status revenue cost profit click_datetime
    postback_datetime sale_datetime campaign_id campaign offer_id affiliate_network_id ts_id country_code params`.split(
    /\s+/,
  ),
  parse: parseConversionLogQuery,
  plan: planConversionLog,
}

/** `GET /clicks` and `GET /conversions`: the log with its request in the query string (reference admin-api §2.12). */
const listRoute = (path: string, description: string, events: ListedEvents): Route => ({
  method: 'GET',
  path,
  description,
  access: section('read', events.part),
  accepts: logRequest.extend(shapeOf(events.filters)),
  tellsUnknownFields: true,
  answers: logAnswer,
  handle: (request, backend) =>
    timed(request, backend, async () => {
      const { input, actor } = request
      requestHints(input, Object.keys(events.filters)).forEach(request.hint)
      if (!['range', 'interval', 'from', 'to', 'limit'].some((name) => input[name])) {
        const cure = 'Name an interval, dates or a limit, such as ?interval=today, ?from=2026-02-03 or ?limit=100.'
        return fail(problem('bad_request', cure, 'interval'))
      }
      const lifted = liftFilters(input, events.filters)
      if (!lifted.ok) return lifted
      const columns = events.columns.filter((name) => isAllowed(actor.access, name))
      const query = events.parse(lifted.value, columns)
      await hintValues(query, request, backend)
      return runLog(query, events.plan, request, backend)
    }),
})

const DAY_MS = 86_400_000
const equals = (name: string, value: string) => ({ name, operator: 'EQUALS', values: [value], caseSensitive: false })
const one: Pick<LogQuery, 'sort' | 'limit' | 'offset'> = { sort: [], limit: 1, offset: 0 }

const clickRoute: Route = {
  method: 'GET',
  path: '/clicks/:sub_id',
  description: 'One click as it is now, with every column of the click log',
  access: section('read', 'clicks'),
  answers: singleAnswer,
  async handle(request, backend) {
    const subId = (request.params.sub_id ?? '').toLowerCase()
    const unknown = problem(
      'not_found',
      `There is no click ${subId.slice(0, 50)}. A click is known at most two seconds after it came.`,
    )
    if (!isSubId(subId) || !isStorable(subIdTimeMs(subId))) return fail(unknown)
    const day = new Date(subIdTimeMs(subId)).toISOString().slice(0, 10)
    const query: LogQuery = {
      ...one,
      columns: reportNames.clickLog.filter(isOffered),
      // The id tells the day, so the store need not look anywhere else.
      range: { from: day, to: day, timezone: 'UTC' },
      filters: [equals('sub_id', subId)],
    }
    const found = await runLog(ok(query), planClickLog, request, backend)
    if (!found.ok) return found
    const [row] = found.value.rows
    return row ? ok(row) : fail(unknown)
  },
}

/** Ids of clicks can spell times that no calendar of the store has. */
const isStorable = (atMs: number): boolean => atMs >= DAY_MS && atMs < Date.UTC(2299, 0, 1)

const conversionRoute: Route = {
  method: 'GET',
  path: '/conversions/:conversion_id',
  description: 'One conversion as it is now, with every column of the conversion log; its id is that of the log',
  access: section('read', 'conversions'),
  answers: singleAnswer,
  async handle(request, backend) {
    const id = (request.params.conversion_id ?? '').toLowerCase()
    const unknown = problem(
      'not_found',
      `There is no conversion ${id.slice(0, 50)}. Ids are those of the column conversion_id, such as 0mf00000000000000-1.`,
    )
    const [, subId = ''] = /^([a-z0-9]{17})-\d{1,9}$/.exec(id) ?? []
    if (subId === '') return fail(unknown)
    const query: LogQuery = {
      ...one,
      columns: reportNames.conversionLog.filter(isOffered),
      range: null,
      // The table is in the order of sub ids, so naming it finds the row at once.
      filters: [equals('sub_id', subId), equals('conversion_id', id)],
    }
    const found = await runLog(ok(query), planConversionLog, request, backend)
    if (!found.ok) return found
    const [row] = found.value.rows
    return row ? ok(row) : fail(unknown)
  },
}

export const listRoutes: readonly Route[] = [
  listRoute('/clicks', 'Clicks, newest first: of an interval, of dates, or the last ones up to a limit', clicks),
  clickRoute,
  listRoute('/conversions', 'Conversions, newest first: of an interval, of dates, or up to a limit', conversions),
  conversionRoute,
]
