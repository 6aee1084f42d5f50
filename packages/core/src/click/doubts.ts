import { hostDoubt } from '../actions/destination.ts'
import { type ActionFields, actionDoubts, payloadText, takesUrl } from '../actions/index.ts'
import type { Campaign, Stream, StreamFilter, TrafficSource } from '../entities/index.ts'
import { filterDoubts } from '../filters/index.ts'
import { unknownMacros } from '../macros/index.ts'
import type { CampaignBundle } from './bundle.ts'
import { isWithoutUrl } from './compile.ts'

/**
 * What is probably not meant about a stream that can be saved: ways in which it leads nobody anywhere. Sentences that
 * name the cure; an archived stream is beyond doubt. `nowMs`: UTC epoch milliseconds.
 */
export function streamDoubts(stream: Stream, bundle: CampaignBundle, nowMs: number): string[] {
  if (stream.state === 'deleted') return []
  return [
    ...(stream.schema === 'landings' ? memberDoubts(stream, bundle) : []),
    ...(isWithoutUrl(stream)
      ? ['The stream redirects to no URL yet, so it takes no visitor: put the URL into action_payload.']
      : []),
    ...stream.filters.flatMap((filter) => filterDoubts(filter, nowMs)),
    ...(stream.type === 'default' && stream.filters.length > 0
      ? ['The stream is the default one, whose filters do not count: it takes every visitor that no other stream took.']
      : []),
    ...(admitsNobodyNew(stream)
      ? [
          'The stream takes only visitors whom it had before, so nobody ever gets in for the first time: let the filter uniqueness (mode reject) say campaign instead of stream.',
        ]
      : []),
    ...(areAllWithoutWeight(stream, bundle)
      ? ['Every regular stream of the campaign has weight 0, so no visitor is sent to one: give one a weight.']
      : []),
    ...(stream.schema === 'landings' ? [] : destinationDoubts(stream, [bundle.campaign, bundle.trafficSource])),
  ]
}

function admitsNobodyNew({ type, filters, filter_or: isOr }: Stream): boolean {
  const isForKnown = ({ name, mode, payload }: StreamFilter): boolean =>
    name.startsWith('uniqueness') && mode === 'reject' && [payload].flat()[0] === 'stream'
  if (type === 'default' || filters.length === 0) return false
  return isOr ? filters.every(isForKnown) : filters.some(isForKnown)
}

function areAllWithoutWeight({ type, weight }: Stream, { campaign, streams }: CampaignBundle): boolean {
  if (campaign.type !== 'weight' || type !== 'regular' || weight > 0) return false
  return streams.every((other) => other.state !== 'active' || other.type !== 'regular' || other.weight === 0)
}

/**
 * What is doubtful about the action of a stream, offer or landing page: options that do nothing, a URL that no browser
 * opens, and macros in it that nothing fills in. `used` are the campaigns and sources it is used with, `suggested` those
 * whose parameters may be proposed.
 */
export function destinationDoubts(
  destination: ActionFields,
  used: readonly Owner[],
  suggested: readonly Owner[] = used,
): string[] {
  const doubts = actionDoubts(destination)
  if (!takesUrl(destination.action_type)) return doubts
  const text = payloadText(destination.action_payload)
  const unknown = unknownMacros(text, parameterNames(used), parameterNames(suggested)).map(
    ({ written, meant }) =>
      `There is no macro ${written}: it stays in the URL as it is${meant === null ? '.' : `; did you mean ${meant}?`}`,
  )
  const host = hostDoubt(text)
  return [...doubts, ...(host === null ? [] : [`The URL ${host}: write it as in https://example.com/.`]), ...unknown]
}

/** Whose parameters are macros. */
type Owner = Campaign | TrafficSource | null

/** Slots and query parameters of campaigns and sources, which are macros too. */
export const parameterNames = (owners: readonly Owner[]): string[] =>
  owners.flatMap((owner) =>
    Object.entries(owner?.parameters ?? {}).flatMap(([slot, { name }]) => [slot, name?.trim() || slot]),
  )

function memberDoubts(stream: Stream, bundle: CampaignBundle): string[] {
  const landings = members(stream.landings, (row) => row.landing_id, bundle.landings, 'Landing page')
  const offers = members(stream.offers, (row) => row.offer_id, bundle.offers, 'Offer')
  const doubts = [...landings.doubts, ...offers.doubts]
  if (stream.landings.length + stream.offers.length === 0)
    return ['The stream has no landing page and no offer, so it takes no visitor: add one to landings or offers.']
  if (landings.open + offers.open === 0)
    return [
      ...doubts,
      'Every landing page and offer of the stream is off or has share 0, so it takes no visitor: switch one on.',
    ]
  if (landings.open > 0 && offers.active === 0)
    return [
      ...doubts,
      'The stream has landing pages but no active offer, so {offer} on them leads nowhere: add one to offers.',
    ]
  return doubts
}

interface Row {
  readonly share: number
  readonly state: 'active' | 'disabled'
}
interface Member {
  readonly id: number
  readonly state: string
}

/** How many members visitors may be sent to, and what is doubtful about the others. */
function members<R extends Row>(rows: readonly R[], idOf: (row: R) => number, known: readonly Member[], label: string) {
  const byId = new Map(known.map((member) => [member.id, member]))
  const on = rows.filter((row) => row.state === 'active')
  const active = on.filter((row) => byId.get(idOf(row))?.state === 'active')
  const doubts = on.flatMap((row) => {
    const member = byId.get(idOf(row))
    if (member === undefined || member.state === 'active') return []
    const state = member.state === 'deleted' ? 'archived' : 'disabled'
    return [
      `${label} ${member.id} is ${state}, so the stream sends nobody to it: ${state === 'archived' ? 'restore' : 'enable'} it or take it out.`,
    ]
  })
  return { doubts, active: active.length, open: active.filter((row) => row.share > 0).length }
}
