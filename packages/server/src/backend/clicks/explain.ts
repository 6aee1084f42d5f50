import { PARAMETER_SLOTS } from '@trackyard/core/click/click.ts'
import type { StreamVerdict } from '@trackyard/core/click/decision.ts'
import { decodeTrace } from '@trackyard/core/click/trace.ts'
import type { Stream } from '@trackyard/core/entities/index.ts'
import type { ClickRow } from '@trackyard/core/events/click-columns.ts'
import { comparisonText, describeComparison } from '@trackyard/core/filters/describe.ts'
import { filters } from '@trackyard/core/filters/index.ts'
import { microsToNumber } from '@trackyard/core/money.ts'
import { type Access, maySeeColumn } from '@trackyard/core/permissions.ts'
import { fail, ok, problem } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { ConversionState } from '../../stores/events/port.ts'
import { section } from '../auth/access.ts'
import { guardEvents } from '../reports/ask-events.ts'
import { presentTime } from '../resources/present.ts'
import type { Route } from '../route.ts'
import { explainAnswer } from './explain-answer.ts'
import { explainMarks } from './explain-marks.ts'
import { type ExplainedStream, summarize } from './summary.ts'

const DETECTION = [
  ...['ip', 'country', 'region', 'city', 'isp', 'asn', 'connection_type', 'operator', 'language'],
  ...['device_type', 'device_brand', 'device_model', 'os', 'os_version', 'browser', 'browser_version'],
  ...['user_agent', 'referrer', 'search_engine', 'x_requested_with', 'host'],
] as const

/** Told as they are when they are empty: a visitor without a referrer has none. */
const NO_LACK: ReadonlySet<string> = new Set(['referrer', 'search_engine', 'x_requested_with', 'host'])

const WORDS: Readonly<Record<StreamVerdict['verdict'], string>> = {
  taken: 'It was chosen.',
  bound: 'It was chosen because the visitor is bound to it.',
  filtered: 'A filter said no.',
  no_destination: 'Its filters said yes, but every landing page and offer was off, or its URL was empty.',
}

/** Why did this click go there? Told from what was stored with the click; nothing is decided again. */
export const explainRoute: Route = {
  method: 'GET',
  path: '/clicks/:sub_id/explain',
  description: 'Why a click went where it went: every stream tried, the choice, and what came later',
  access: section('read', 'clicks'),
  answers: explainAnswer,
  async handle({ params, actor: { access } }, backend) {
    const { configStore, eventStore } = backend
    const subId = (params.sub_id ?? '').toLowerCase()
    const loaded = await guardEvents(backend, async () => ({
      row: (await eventStore.loadStates([subId])).get(subId)?.row,
      conversions: (await eventStore.loadConversions([subId])).get(subId) ?? [],
    }))
    if (!loaded.ok) return loaded
    const { row: stored, conversions } = loaded.value
    const row = stored && allowedColumns(stored, access)
    if (!row)
      return fail(
        problem('not_found', `There is no click ${subId}. A click is known at most two seconds after it came.`),
      )
    const text = (column: string): string => String(row[column] ?? '')
    const number = (column: string): number => Number(row[column] ?? 0)
    const flag = (column: string): boolean => number(column) === 1
    const tellable = (column: string): string | number | null | undefined =>
      isTold(column, access) ? (row[column] ?? '') : null
    const streams = await explainStreams(decodeTrace(text('trace')), number('datetime'), tellable, configStore)
    const screening = await explainMarks(text('trace'), configStore)
    const turnedAway = screening.find(({ action }) => action === 'block')?.reason ?? null
    const choice = {
      stream: await named(configStore, 'streams', number('stream_id')),
      landing: await named(configStore, 'landing_pages', number('landing_id')),
      offer: await named(configStore, 'offers', number('offer_id')),
      affiliate_network: await named(configStore, 'affiliate_networks', number('affiliate_network_id')),
    }
    return ok({
      sub_id: subId,
      ...(await summarize(
        { row: stored, streams, choice, turnedAway, canSee: isTold('destination', access) },
        configStore,
      )),
      datetime: presentTime(number('datetime')),
      campaign: await named(configStore, 'campaigns', number('campaign_id')),
      parent: !(await configStore.get('campaigns', number('parent_campaign_id')))
        ? null
        : { campaign_id: number('parent_campaign_id'), sub_id: text('parent_sub_id') },
      parameters: pick(row, PARAMETER_SLOTS),
      detection: { ...detected(tellable), is_bot: flag('is_bot'), is_using_proxy: flag('is_using_proxy') },
      uniqueness: {
        visitor_code: text('visitor_code'),
        campaign: flag('is_unique_campaign'),
        stream: flag('is_unique_stream'),
        global: flag('is_unique_global'),
      },
      screening,
      streams,
      choice: { ...choice, roll: number('roll') },
      cost: microsToNumber(number('cost'), 6),
      destination: text('destination'),
      events: eventsOf(row, conversions),
      conversions: conversions.map(({ row }) => presentConversion(allowedColumns(row, access))),
    })
  },
}

/** What decides where a click belongs is always told; the rest as far as the user may see the columns. */
function allowedColumns<Row extends ClickRow>(row: Row, access: Access): Row {
  return Object.fromEntries(Object.entries(row).filter(([column]) => isTold(column, access))) as Row
}
const isTold = (column: string, access: Access): boolean => ALWAYS_TOLD.has(column) || maySeeColumn(access, column)
const ALWAYS_TOLD: ReadonlySet<string> = new Set([
  ...[
    'sub_id',
    'datetime',
    'campaign_id',
    'stream_id',
    'landing_id',
    'offer_id',
    'affiliate_network_id',
    'trace',
    'roll',
  ],
  ...[
    'parent_campaign_id',
    'parent_sub_id',
    'landing_clicked_datetime',
    'conversion_id',
    'status',
    'postback_datetime',
  ],
])

/** Reads a column of the click; null when the user may not see it. */
type ReadColumn = (column: string) => string | number | null | undefined

/** Streams as they were tried. Names and values of filters are those configured now; the click stores only ids. */
async function explainStreams(
  trace: readonly StreamVerdict[],
  clickMs: number,
  tellable: ReadColumn,
  reader: ConfigReader,
): Promise<ExplainedStream[]> {
  const known = await reader.getMany(
    'streams',
    trace.map((verdict) => verdict.streamId),
  )
  const fullIds = trace.flatMap(({ cappedOffers = [] }) => cappedOffers)
  const fullOffers = new Map((await reader.getMany('offers', fullIds)).map(({ id, name }) => [id, name]))
  const streams = new Map(known.map((stream) => [stream.id, stream]))
  return trace.map(({ streamId, verdict, failedFilter, cappedOffers = [] }) => {
    const stream = streams.get(streamId)
    const failed = failedFilter ? explainFilters(failedFilter, stream, clickMs, tellable) : null
    return {
      stream_id: streamId,
      name: stream?.name ?? '',
      type: stream?.type ?? null,
      position: stream?.position ?? null,
      verdict,
      reason: failed && verdict === 'filtered' ? failed.reason : `${WORDS[verdict]}${cappedReason(cappedOffers)}`,
      failed_filter: failed?.last ?? null,
      failed_filters: failed?.all ?? [],
      capped_offers: cappedOffers.map((id) => ({ id, name: fullOffers.get(id) ?? `#${id}` })),
    }
  })
}

const cappedReason = (offerIds: readonly number[]): string =>
  offerIds.length === 0
    ? ''
    : ` ${offerIds.length === 1 ? `Offer ${offerIds[0]} was` : `Offers ${offerIds.join(', ')} were`} to have the visitor but had the conversions of the day, so the alternative took over.`

/**
 * The filters that refused. A stream that asks for all of them stops at the first; one that asks for any of them
 * (`filter_or`) heard no from every one.
 */
function explainFilters(
  { index, name }: NonNullable<StreamVerdict['failedFilter']>,
  stream: Stream | undefined,
  clickMs: number,
  tellable: ReadColumn,
) {
  // What the filter said then is known, what it held then is not: a stream changed since may hold anything now.
  const isUnchanged = stream !== undefined && stream.updated_at_ms <= clickMs && stream.filters[index]?.name === name
  const rows = isUnchanged ? stream.filters : []
  const asked = rows.flatMap((row, at) => (stream?.filter_or || at === index ? [{ row, at }] : []))
  const all = asked.map(({ row, at }) => {
    const comparison = describeComparison(row, tellable)
    return {
      index: at,
      name: row.name,
      label: labelOf(row.name),
      mode: row.mode,
      payload: row.payload ?? null,
      ...comparison,
      changed_since: false,
    }
  })
  const last = all.find((each) => each.index === index)
  if (last) {
    const texts = all.map((each) => `${each.label}: ${comparisonText(each)}`)
    const said = all.length === 1 ? `Filter ${texts.join()}.` : `No filter said yes. ${texts.join('; ')}.`
    return { reason: said, last, all }
  }
  const unknown = { index, name, label: labelOf(name), mode: null, payload: null, visitor: null, wanted: null }
  const shown = { ...unknown, changed_since: true }
  return { reason: `Filter ${shown.label} said no; the stream has been changed since.`, last: shown, all: [shown] }
}

const labelOf = (name: string): string => (Object.hasOwn(filters, name) ? filters[name]?.label : undefined) ?? name

/** What was found out about the visitor; what could not be is `unknown`. */
const detected = (tellable: ReadColumn): Record<string, string | number> =>
  Object.fromEntries(
    DETECTION.flatMap((column) => {
      const value = tellable(column)
      if (value === null || value === undefined) return []
      return [[column, (value === '' || value === 0) && !NO_LACK.has(column) ? 'unknown' : value] as const]
    }),
  )

function eventsOf(row: ClickRow, conversions: readonly ConversionState[]) {
  const landingClickMs = Number(row.landing_clicked_datetime ?? 0)
  const events = conversions.map(({ row: { conversion_id, status, postback_datetime } }) => {
    return {
      atMs: Number(postback_datetime ?? 0),
      kind: 'conversion',
      conversion_id: String(conversion_id ?? ''),
      status: String(status ?? ''),
    }
  })
  const all =
    landingClickMs > 0
      ? [{ atMs: landingClickMs, kind: 'landing_click', offer_id: Number(row.offer_id ?? 0) }, ...events]
      : events
  return all
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, ...event }) => ({ datetime: presentTime(atMs), ...event }))
}

function presentConversion(row: ConversionState['row']) {
  const text = (column: string): string => String(row[column] ?? '')
  const time = (column: string): string | null => presentTime(Number(row[column] ?? 0)) || null
  return {
    conversion_id: text('conversion_id'),
    tid: text('tid'),
    status: text('status'),
    previous_status: text('previous_status'),
    original_status: text('original_status'),
    revenue: microsToNumber(Number(row.revenue ?? 0), 6),
    postback_datetime: time('postback_datetime'),
    sale_datetime: time('sale_datetime'),
    params: parsedParams(text('params')),
  }
}

/** Parameters are stored as JSON text by us; text that is none is shown as it is. */
export function parsedParams(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    return text
  }
}

const pick = (row: ClickRow, columns: readonly string[]): Record<string, string | number> =>
  Object.fromEntries(columns.flatMap((column) => (row[column] ? [[column, row[column]]] : [])))

type NamedKind = 'campaigns' | 'streams' | 'landing_pages' | 'offers' | 'affiliate_networks'

async function named(reader: ConfigReader, kind: NamedKind, id: number): Promise<{ id: number; name: string } | null> {
  if (id === 0) return null
  const entity = await reader.get(kind, id)
  return { id, name: entity?.name ?? `#${id}` }
}
