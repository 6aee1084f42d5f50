import { DIRECT, decodeCameBy } from '@trackyard/core/click/came-by.ts'
import { PARAMETER_SLOTS } from '@trackyard/core/click/click.ts'
import type { StreamVerdict } from '@trackyard/core/click/decision.ts'
import { decodeTrace } from '@trackyard/core/click/trace.ts'
import type { Stream } from '@trackyard/core/entities/index.ts'
import type { ClickRow } from '@trackyard/core/events/click-columns.ts'
import { isErased, PERSONAL_CLICK_COLUMNS } from '@trackyard/core/events/personal-columns.ts'
import { comparisonText, describeComparison, type ReadColumn, readFor } from '@trackyard/core/filters/describe.ts'
import { filters } from '@trackyard/core/filters/index.ts'
import { microsToNumber } from '@trackyard/core/money.ts'
import { type Access, maySeeColumn } from '@trackyard/core/permissions.ts'
import { isbotMatch } from 'isbot'
import type { ConfigReader } from '../../stores/config/port.ts'
import { presentTime } from '../resources/present.ts'
import { explainCost } from './explain-cost.ts'
import { type Decided, tellDecision } from './explain-decision.ts'
import { explainMarks } from './explain-marks.ts'
import { NOTHING_OFF, type OffMembers, offMembers } from './off-members.ts'
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

/** A click, the rights of who asks, and the campaign it was decided by if that is still there. */
interface Asked {
  readonly row: ClickRow
  readonly access: Access
  readonly reader: ConfigReader
  readonly decided: Omit<Decided, 'row' | 'tellable' | 'reader' | 'trace' | 'came'> | null
  /** Who made the visitor up said that it is a bot. */
  readonly isStatedBot?: boolean
}

/** Everything about a click and its decision but what came later. */
export async function explainClick({ row: stored, access, reader, decided: asDecided, isStatedBot = false }: Asked) {
  const row = allowedColumns(stored, access)
  const gone = isErased(stored)
  // What the visitor was is no longer known, so how it was weighed cannot be told.
  const decided = gone ? null : asDecided
  const text = (column: string): string => String(row[column] ?? '')
  const number = (column: string): number => Number(row[column] ?? 0)
  const flag = (column: string): boolean => number(column) === 1
  const tellable = (column: string): string | number | null | undefined =>
    isTold(column, access) && !(gone && PERSONAL_CLICK_COLUMNS.includes(column)) ? (row[column] ?? '') : null
  const trace = decodeTrace(text('trace'))
  const came = decodeCameBy(text('trace')) ?? DIRECT
  const asOf = { clickMs: number('datetime'), reader }
  const off: OffByStream = decided ? await offMembers(trace, { ...asOf, bundle: decided.bundle }) : new Map()
  const streams = await explainStreams(trace, { ...asOf, tellable, off, landingId: number('landing_id') })
  const screening = await explainMarks(text('trace'), reader)
  const turnedAway = screening.find(({ action }) => action === 'block')?.reason ?? null
  const choice = {
    stream: await named(reader, 'streams', number('stream_id')),
    landing: await named(reader, 'landing_pages', number('landing_id')),
    offer: await named(reader, 'offers', number('offer_id')),
    affiliate_network: await named(reader, 'affiliate_networks', number('affiliate_network_id')),
  }
  const more = decided && (await tellDecision({ ...decided, row: stored, trace, came, tellable, reader }))
  const canSee = isTold('destination', access)
  return {
    sub_id: text('sub_id'),
    ...(await summarize({ row: stored, came, streams, choice, turnedAway, canSee, off }, reader)),
    datetime: presentTime(number('datetime')),
    came_by: came.way,
    campaign: await named(reader, 'campaigns', number('campaign_id')),
    parent: !(await reader.get('campaigns', number('parent_campaign_id')))
      ? null
      : { campaign_id: number('parent_campaign_id'), sub_id: text('parent_sub_id') },
    parameters: pick(row, PARAMETER_SLOTS),
    detection: {
      ...detected(tellable),
      is_bot: flag('is_bot'),
      bot_reason: flag('is_bot') ? whyBot(tellable('user_agent'), screening, isStatedBot) : null,
      is_using_proxy: flag('is_using_proxy'),
      is_datacenter: flag('is_datacenter'),
    },
    uniqueness: {
      visitor_code: text('visitor_code'),
      campaign: flag('is_unique_campaign'),
      stream: flag('is_unique_stream'),
      global: flag('is_unique_global'),
    },
    screening,
    changed_since: more?.changedSince ?? [],
    streams: streams.map((stream) => ({ ...stream, filters: more?.filtersOf(stream.stream_id) ?? null })),
    not_asked: more?.notAsked ?? [],
    choice: { ...choice, roll: number('roll'), draws: more?.draws ?? null },
    macros: more?.macros ?? null,
    cost: microsToNumber(number('cost'), 6),
    cost_reason: maySeeColumn(access, 'cost') ? explainCost(stored, []) : '',
    action: more?.action ?? null,
    destination: text('destination'),
  }
}

/** Why a visitor counts as a bot: a list says so, else the user agent does. */
function whyBot(
  userAgent: ReturnType<ReadColumn>,
  screening: readonly { readonly reason: string }[],
  isStated: boolean,
): string {
  if (screening.length > 0) return screening.map(({ reason }) => reason).join(' ')
  if (isStated) return 'The field is_bot says so.'
  if (userAgent === '') return 'No user agent was sent.'
  const named = typeof userAgent === 'string' ? isbotMatch(userAgent) : null
  return `The user agent is that of a program${named ? ` ("${named.trim()}")` : ''}.`
}

/** What decides where a click belongs is always told; the rest as far as the user may see the columns. */
export function allowedColumns<Row extends ClickRow>(row: Row, access: Access): Row {
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

/** By what streams are told of. */
interface Told {
  readonly clickMs: number
  readonly tellable: ReadColumn
  readonly reader: ConfigReader
  readonly off: OffByStream
  /** The landing page of the click, 0 without one. */
  readonly landingId: number
}

type OffByStream = ReadonlyMap<number, OffMembers>

/** Streams as they were tried. Names and values of filters are those configured now; the click stores only ids. */
async function explainStreams(
  trace: readonly StreamVerdict[],
  { clickMs, tellable, reader, off, landingId }: Told,
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
      reason:
        failed && verdict === 'filtered'
          ? failed.reason
          : `${verdictWords(verdict, off.get(streamId) ?? NOTHING_OFF, landingId)}${cappedReason(cappedOffers)}`,
      failed_filter: failed?.last ?? null,
      failed_filters: failed?.all ?? [],
      capped_offers: cappedOffers.map((id) => ({ id, name: fullOffers.get(id) ?? `#${id}` })),
    }
  })
}

/** A verdict, with what was off and passed over: an archived landing page lets visitors through to the offer. */
function verdictWords(verdict: StreamVerdict['verdict'], off: OffMembers, landingId: number): string {
  const all = [...off.stream, ...off.landings, ...off.offers].join('; ')
  if (all === '' || verdict === 'filtered') return WORDS[verdict]
  if (verdict === 'no_destination') return `Its filters said yes, but it had nothing to show: ${all}.`
  const straight = off.landings.length > 0 && landingId === 0 ? ' The visitor went straight to the offer.' : ''
  return `${WORDS[verdict]} Passed over: ${all}.${straight}`
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
    const comparison = describeComparison(row, readFor(tellable, row.mode, 'refused', false))
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

const pick = (row: ClickRow, columns: readonly string[]): Record<string, string | number> =>
  Object.fromEntries(columns.flatMap((column) => (row[column] ? [[column, row[column]]] : [])))

type NamedKind = 'campaigns' | 'streams' | 'landing_pages' | 'offers' | 'affiliate_networks'

async function named(reader: ConfigReader, kind: NamedKind, id: number): Promise<{ id: number; name: string } | null> {
  if (id === 0) return null
  const entity = await reader.get(kind, id)
  return { id, name: entity?.name ?? `#${id}` }
}
