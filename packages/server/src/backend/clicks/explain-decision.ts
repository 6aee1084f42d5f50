import { payloadTarget, payloadText } from '@trackyard/core/actions/index.ts'
import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'
import type { CameBy } from '@trackyard/core/click/came-by.ts'
import type { Click, VisitorState } from '@trackyard/core/click/click.ts'
import type { CompiledCampaign } from '@trackyard/core/click/compile.ts'
import type { StreamVerdict } from '@trackyard/core/click/decision.ts'
import { type Draw, reviewDraws, reviewStreams, type StreamReview } from '@trackyard/core/click/review.ts'
import type { Stream } from '@trackyard/core/entities/index.ts'
import type { ClickRow } from '@trackyard/core/events/click-columns.ts'
import { describeComparison, readFor } from '@trackyard/core/filters/describe.ts'
import { filters } from '@trackyard/core/filters/index.ts'
import { macrosIn } from '@trackyard/core/macros/index.ts'
import type { MacroContext } from '@trackyard/core/macros/macro.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { unrestricted } from '../auth/reach.ts'
import { presentTime } from '../resources/present.ts'

/** A click that was decided, stored or not, and the campaign it is told by. */
export interface Decided {
  readonly row: ClickRow
  readonly click: Click
  readonly visitor: VisitorState
  readonly trace: readonly StreamVerdict[]
  readonly came: CameBy
  readonly bundle: CampaignBundle
  readonly compiled: CompiledCampaign
  /** Reads a column of the click; null when the user may not see it. */
  readonly tellable: (column: string) => string | number | null | undefined
  /** Names are shown as far as this reader sees them. */
  readonly reader: ConfigReader
}

/** What is told of a decision besides where it led. Nothing is told of what was changed after the click. */
export async function tellDecision(decided: Decided) {
  const { bundle, compiled, trace, came, click, visitor, row } = decided
  const since = await changesSince(decided)
  const changed = new Set(since.map(({ kind, changed_id: id }) => `${kind} ${id}`))
  const isStreamSame = (stream: Stream): boolean =>
    !changed.has(`stream ${stream.id}`) && since.every(({ kind }) => kind !== 'filter set')
  const reviews = reviewStreams(compiled, trace, click, visitor)
  const visible = await decided.reader.getMany(
    'streams',
    bundle.streams.map(({ id }) => id),
  )
  const byId = new Map(visible.map((stream) => [stream.id, stream]))
  const id = (column: string): number => Number(row[column] ?? 0)
  const landingId = came.isLandingStated ? 0 : id('landing_id')
  const chosen = { streamId: id('stream_id'), landingId, offerId: id('offer_id') }
  // What waits for a link to be followed was not drawn yet, or never will be.
  const waits = came.way === 'visit' || came.defersOffer
  const draws =
    since.length === 0
      ? reviewDraws(compiled, trace, click.roll, chosen).filter(({ takenId }) => takenId !== null || !waits)
      : null
  const shown = decided.tellable('destination') === null ? 'changed' : whatWasShown(decided, changed)
  return {
    changedSince: since,
    filtersOf: (streamId: number) => {
      const stream = byId.get(streamId)
      const review = reviews.find((each) => each.streamId === streamId)
      return stream && review && isStreamSame(stream) ? tellFilters(stream, review, decided) : null
    },
    notAsked: reviews
      .filter(({ verdict }) => verdict === 'not_asked')
      .flatMap(({ streamId }) => {
        const stream = byId.get(streamId)
        return stream
          ? [{ stream_id: streamId, name: stream.name ?? '', type: stream.type, reason: whyNot(stream, decided) }]
          : []
      }),
    draws: draws && (await Promise.all(draws.map((draw) => tellDraw(draw, decided)))),
    action: shown === 'changed' ? null : (shown?.action_type ?? null),
    macros: shown === 'changed' || shown?.action_type === 'local_file' ? null : await tellMacros(decided, shown),
  }
}

function tellFilters(stream: Stream, review: StreamReview, { tellable, row }: Decided) {
  const isTaken = stream.id === Number(row.stream_id ?? 0)
  return stream.filters.map((filter, index) => {
    const verdict = review.filters[index]?.verdict ?? 'not_asked'
    return {
      index,
      name: filter.name,
      label: (Object.hasOwn(filters, filter.name) ? filters[filter.name]?.label : undefined) ?? filter.name,
      mode: filter.mode,
      payload: filter.payload ?? null,
      ...describeComparison(filter, readFor(tellable, filter.mode, verdict, isTaken)),
      verdict,
    }
  })
}

function whyNot({ type, weight }: Stream, { row, compiled }: Decided): string {
  if (Number(row.stream_id ?? 0) > 0) return 'Another stream took the click first.'
  if (type === 'regular' && !compiled.byPosition && weight === 0) return 'Its weight is 0, so it is never drawn.'
  return 'No stream was asked.'
}

const KINDS = { stream: 'streams', landing: 'landing_pages', offer: 'offers' } as const

async function tellDraw({ split, number, members, drawnId, takenId }: Draw, { reader, trace, row }: Decided) {
  const known = await reader.getMany(
    KINDS[split],
    members.map(({ id }) => id),
  )
  const names = new Map(known.map(({ id, name }) => [id, name ?? '']))
  return {
    split,
    number,
    members: members.map(({ id, weight, from, to }) => ({
      member_id: id,
      name: names.get(id) ?? '',
      weight,
      from,
      to,
    })),
    drawn_id: drawnId,
    taken_id: takenId,
    reason: whyTaken(),
  }

  function whyTaken(): string {
    if (drawnId === takenId) return `The number fell on ${split} ${drawnId}.`
    const instead = `The number fell on ${split} ${drawnId}, yet ${takenId === null ? 'none' : `${split} ${takenId}`} was taken`
    const capped = trace.flatMap(({ cappedOffers = [] }) => cappedOffers)
    if (split === 'offer' && capped.length > 0) return `${instead}: offer ${capped.join(' and ')} was full.`
    if (split === 'offer' && Number(row.landing_clicked ?? 0) === 1)
      return `${instead}: the link on the landing page named it, or the visitor was bound to it.`
    return `${instead}: the visitor was bound to it.`
  }
}

/** Values that are made when the answer is, and kept nowhere. */
const NOT_KEPT = /^\{_?(?:token|offer|from_file)\b/i

type Shown = CampaignBundle['streams' | 'landings' | 'offers'][number]

/** What of the campaign answered last: null for nothing. Where it was changed after the click, nobody knows what it was. */
function whatWasShown({ row, bundle, came }: Decided, changed: ReadonlySet<string>): Shown | null | 'changed' {
  const id = (column: string): number => Number(row[column] ?? 0)
  const find = <One extends Shown>(kind: string, list: readonly One[], wanted: number): One | null | 'changed' =>
    changed.has(`${kind} ${wanted}`) ? 'changed' : (list.find((one) => one.id === wanted) ?? null)
  const stream = find('stream', bundle.streams, id('stream_id'))
  if (stream === null || stream === 'changed') return id('stream_id') === 0 ? null : 'changed'
  const offer = find('offer', bundle.offers, id('offer_id'))
  if (id('landing_clicked') === 1) return offer
  if (came.way === 'visit') return stream.action_type === 'campaign' && stream.schema !== 'landings' ? stream : null
  if (stream.schema !== 'landings') return stream
  if (id('landing_id') > 0 && !came.isLandingStated) return find('landing page', bundle.landings, id('landing_id'))
  return came.defersOffer ? null : offer
}

async function tellMacros({ row, click, bundle, compiled, reader }: Decided, shown: Shown | null) {
  if (shown === null) return []
  const domain = await unrestricted(reader).get('domains', bundle.campaign.domain_id ?? 0)
  const id = (column: string): number => Number(row[column] ?? 0)
  const stream = bundle.streams.find((each) => each.id === id('stream_id')) ?? null
  const landing = bundle.landings.find((each) => each.id === id('landing_id')) ?? null
  const offer = bundle.offers.find((each) => each.id === id('offer_id')) ?? null
  const context: MacroContext = {
    click,
    subId: String(row.sub_id ?? ''),
    visitorCode: String(row.visitor_code ?? ''),
    campaign: compiled.named,
    campaignDomain: () => (domain?.state === 'active' ? domain.name : ''),
    stream: stream && { id: stream.id, name: stream.name ?? '' },
    landing,
    offer: offer && { ...offer, values: Object.fromEntries(offer.values.map(({ name, value }) => [name, value])) },
    trafficSource: bundle.trafficSource,
    parentCampaignId: id('parent_campaign_id'),
    costMicros: id('cost'),
    token: () => '',
    offerUrl: () => '',
    fileText: () => '',
    destination: String(row.destination ?? ''),
    trackerOrigin: `https://${click.host}`,
  }
  return macrosIn(payloadText(shown.action_payload), payloadTarget(shown.action_type)).map(({ written, print }) => ({
    macro: written,
    value: NOT_KEPT.test(written) ? null : print(context),
  }))
}

/** What the decision was made of and was changed since, as far as it is still there. */
async function changesSince({ bundle, click, reader }: Decided) {
  const { campaign, streams, landings, offers, filterSets } = bundle
  const parts = [
    { kind: 'campaign', of: 'campaigns', list: [campaign] },
    { kind: 'stream', of: 'streams', list: streams },
    { kind: 'landing page', of: 'landing_pages', list: landings },
    { kind: 'offer', of: 'offers', list: offers },
    { kind: 'filter set', of: 'filters', list: filterSets },
  ] as const
  const changes = parts.flatMap(({ kind, of, list }) =>
    list
      .filter(({ updated_at_ms: atMs }) => atMs > click.atMs)
      .map(({ id, name, updated_at_ms: atMs }) => ({ kind, of, id, name: name ?? '', atMs })),
  )
  return Promise.all(
    changes.map(async ({ kind, of, id, name, atMs }) => ({
      kind,
      changed_id: id,
      name: (await reader.get(of, id)) ? name : '',
      datetime: presentTime(atMs),
    })),
  )
}
