import type { CompiledAction } from '../actions/action.ts'
import { compileAction, isEmptyPayload, takesUrl } from '../actions/index.ts'
import type { Campaign, Landing, Offer, Stream } from '../entities/index.ts'
import { referenceProblems } from '../entities/reference-problems.ts'
import { type FilterNeed, type FilterSets, SEEN_BY, type SeenBy } from '../filters/filter.ts'
import { type CompiledFilter, compileFilter } from '../filters/index.ts'
import { compileFilterSets } from '../filters/sets.ts'
import { compileTemplate, type Template } from '../macros/index.ts'
import { fail, ok, type Problem, problem, type Result } from '../result.ts'
import type { CampaignBundle } from './bundle.ts'
import { effectiveParameters } from './parameters.ts'

export interface CompiledLanding {
  readonly id: number
  readonly name: string
  /** Above zero. */
  readonly share: number
  readonly action: CompiledAction
  /** The visitor leaves for another site, so the click's proof must travel in the URL. */
  readonly external: boolean
}

export interface CompiledOffer {
  readonly id: number
  readonly name: string
  /** 0 means: reached only by a link that names the offer. */
  readonly share: number
  readonly action: CompiledAction
  readonly affiliateNetworkId: number | null
  /** What the affiliate network wants added to the query. */
  readonly offerParam: Template | null
  readonly payoutType: 'CPA' | 'CPC'
  /** In the offer's payout currency. */
  readonly payoutValueMicros: number
  /** '' is the base currency. */
  readonly payoutCurrency: string
  readonly payoutAuto: boolean
  readonly payoutUpsell: boolean
  /** For {offer_value:name}. */
  readonly values: Readonly<Record<string, string>>
  /** Who takes over once the conversions of the day are reached; null when they are not limited. */
  readonly alternativeOfferId: number | null
}

export interface CompiledStream {
  readonly id: number
  readonly name: string
  readonly weight: number
  readonly filters: readonly CompiledFilter[]
  readonly filterOr: boolean
  /** Active landing pages with a share. */
  readonly landings: readonly CompiledLanding[]
  /** Active offers, those without a share too: a link may name them. */
  readonly offers: readonly CompiledOffer[]
  readonly hasOfferShare: boolean
  /** Set when the stream itself answers; null when its landing pages and offers do. */
  readonly action: CompiledAction | null
  readonly collectClicks: boolean
  /** A choice of this stream counts against its limit filter. */
  readonly countsLimit: boolean
  readonly offerSelection: Stream['offer_selection']
}

export type BindVisitors = 's' | 'sl' | 'slo'

/** Streams whose limits count by the clocks of one time zone. */
export interface LimitZone {
  readonly timeZone: string
  readonly streamIds: readonly number[]
}

export interface CompiledCampaign {
  readonly id: number
  readonly alias: string
  readonly bundle: CampaignBundle
  readonly forced: readonly CompiledStream[]
  readonly regular: readonly CompiledStream[]
  /** The default stream, tried when nothing else matched. Its filters do not count. */
  readonly fallback: CompiledStream | null
  /** False: regular streams are split by weight. */
  readonly byPosition: boolean
  /** The campaign as macros see it: the parameters of its traffic source count unless it has its own. */
  readonly named: { readonly id: number; readonly name: string; readonly parameters: Campaign['parameters'] }
  /** What the shell must fetch before it can decide. */
  readonly needs: {
    /** Streams with limits by the clocks of the installation. */
    readonly limitStreamIds: readonly number[]
    /** Streams with limits by the clocks of a zone that they name. */
    readonly limitZones: readonly LimitZone[]
    /** How visitors must be known besides the way the campaign has chosen. */
    readonly seenBy: readonly SeenBy[]
    readonly binding: BindVisitors | null
  }
  /** Disabled ones too: visitors on their landing pages still have a way to go. */
  readonly streamsById: ReadonlyMap<number, CompiledStream>
  /** Offers by id with share 0; the share belongs to a stream. */
  readonly offersById: ReadonlyMap<number, CompiledOffer>
  readonly cookiesTtlMs: number
  readonly bindTtlMs: number
}

const MS_PER_HOUR = 3_600_000

/**
 * Prepares a campaign for clicks: everything that can be parsed, sorted or refused is, here. Problems carry paths such
 * as `streams.0.filters.1.payload`, counted in the bundle's list of streams.
 */
export function compileCampaign(bundle: CampaignBundle): Result<CompiledCampaign> {
  const { campaign } = bundle
  const members = compileMembers(bundle)
  const problems: Problem[] = []
  const compiled: { readonly stream: Stream; readonly made: CompiledStream }[] = []
  for (const [index, stream] of bundle.streams.entries()) {
    const made = makeStream(stream, members, `streams.${index}.`)
    if (made.ok) compiled.push({ stream, made: made.value })
    else if (stream.state === 'active') problems.push(...made.problems)
  }
  if (problems.length > 0) return fail(...problems)

  compiled.sort((a, b) => byPosition(a.stream, b.stream))
  const ofType = (type: Stream['type']) =>
    compiled.filter(({ stream }) => stream.type === type && stream.state === 'active').map(({ made }) => made)
  const forced = ofType('forced')
  const regular = ofType('regular')
  const filtered = [...forced, ...regular]
  const isByPosition = campaign.type === 'position'
  return ok({
    id: campaign.id,
    alias: campaign.alias,
    bundle,
    forced,
    regular,
    fallback: ofType('default')[0] ?? null,
    byPosition: isByPosition,
    named: {
      id: campaign.id,
      name: campaign.name,
      parameters: effectiveParameters(campaign, bundle.trafficSource),
    },
    needs: {
      limitStreamIds: filtered.filter((stream) => asks(stream, 'limit')).map((stream) => stream.id),
      limitZones: limitZonesOf(filtered),
      seenBy: SEEN_BY.filter((by) => filtered.some((stream) => asks(stream, `unique_${by}`))),
      // Binding works between streams split by weight only (reference click-processing §3.5).
      binding: isByPosition ? null : campaign.bind_visitors,
    },
    streamsById: new Map(compiled.map(({ made }) => [made.id, made])),
    offersById: new Map([...members.offers].flatMap(([id, made]) => (made.ok ? [[id, made.value] as const] : []))),
    cookiesTtlMs: campaign.cookies_ttl * MS_PER_HOUR,
    bindTtlMs: (campaign.bind_visitors_ttl ?? campaign.cookies_ttl) * MS_PER_HOUR,
  })
}

/**
 * Compiles one stream, whatever its state; problems carry paths such as `filters.0.payload`. Landing pages and offers
 * that are not in the bundle or not active are left out.
 */
export const compileStream = (stream: Stream, bundle: CampaignBundle): Result<CompiledStream> =>
  makeStream(stream, compileMembers(bundle), '')

/** As `compileStream`, and refuses landing pages and offers that are unknown or archived: the check before saving. */
export function validateStream(stream: Stream, bundle: CampaignBundle): Result<CompiledStream> {
  const compiled = compileStream(stream, bundle)
  const problems = compiled.ok ? [] : [...compiled.problems]
  if (stream.schema === 'landings') {
    for (const [index, { landing_id: id }] of stream.landings.entries())
      problems.push(...referenceProblems('landing page', id, byId(bundle.landings, id), `landings.${index}.landing_id`))
    for (const [index, { offer_id: id }] of stream.offers.entries())
      problems.push(...referenceProblems('offer', id, byId(bundle.offers, id), `offers.${index}.offer_id`))
  }
  return problems.length > 0 ? fail(...problems) : compiled
}

const byId = <T extends { readonly id: number }>(list: readonly T[], id: number): T | undefined =>
  list.find((one) => one.id === id)

/** Active landing pages and offers of a bundle. One that cannot be compiled is a problem only of streams that use it. */
interface Members {
  readonly landings: ReadonlyMap<number, Result<Omit<CompiledLanding, 'share'>>>
  readonly offers: ReadonlyMap<number, Result<CompiledOffer>>
  readonly filterSets: FilterSets
}

function compileMembers({ landings, offers, affiliateNetworks, filterSets }: CampaignBundle): Members {
  const paramOf = new Map(
    affiliateNetworks.map(({ id, state, offer_param: text }) => [id, state === 'deleted' ? '' : (text ?? '')]),
  )
  const active = <T extends { readonly state: string }>(items: readonly T[]) =>
    items.filter(({ state }) => state === 'active')
  return {
    filterSets: compileFilterSets(filterSets),
    landings: new Map(active(landings).map((landing) => [landing.id, makeLanding(landing)])),
    offers: new Map(
      active(offers).map((offer) => [offer.id, makeOffer(offer, paramOf.get(offer.affiliate_network_id ?? 0) ?? '')]),
    ),
  }
}

function makeLanding(landing: Landing): Result<Omit<CompiledLanding, 'share'>> {
  const action = compileAction(landing)
  if (!action.ok) return action
  return ok({ id: landing.id, name: landing.name, action: action.value, external: action.value.leaves })
}

function makeOffer(offer: Offer, networkParam: string): Result<CompiledOffer> {
  const action = compileAction(offer)
  if (!action.ok) return action
  const param = networkParam.trim().replace(/^[?&]+|&+$/g, '')
  return ok({
    id: offer.id,
    name: offer.name,
    share: 0,
    action: action.value,
    affiliateNetworkId: offer.affiliate_network_id,
    offerParam: param === '' ? null : compileTemplate(param, 'url'),
    payoutType: offer.payout_type ?? 'CPA',
    payoutValueMicros: offer.payout_value ?? 0,
    payoutCurrency: offer.payout_currency ?? '',
    payoutAuto: offer.payout_auto,
    payoutUpsell: offer.payout_upsell,
    values: Object.fromEntries(offer.values.map(({ name, value }) => [name, value])),
    alternativeOfferId: isCapped(offer) ? offer.alternative_offer_id : null,
  })
}

/** Whether the offer takes only so many conversions a day. A cap of 0 is one that nobody filled in. */
export const isCapped = ({ conversion_cap_enabled: isOn, daily_cap: cap }: Offer): boolean => isOn && cap > 0

function makeStream(stream: Stream, members: Members, at: string): Result<CompiledStream> {
  const problems: Problem[] = []
  const take = <T>(result: Result<T>): T[] => {
    if (result.ok) return [result.value]
    problems.push(...result.problems)
    return []
  }
  const filters = stream.filters.flatMap((filter, index) =>
    take(compileFilter(filter, `${at}filters.${index}`, members.filterSets)),
  )
  const hasMembers = stream.schema === 'landings'
  const action = hasMembers || isWithoutUrl(stream) ? [] : take(streamAction(stream, at))
  const landings = (hasMembers ? stream.landings : []).flatMap(({ landing_id: id, share, state }, index) => {
    const landing = members.landings.get(id)
    if (landing === undefined || state !== 'active' || share <= 0) return []
    return take(moved(landing, `Landing page ${id}`, `${at}landings.${index}.landing_id`)).map((made) => ({
      ...made,
      share,
    }))
  })
  const offers = (hasMembers ? stream.offers : []).flatMap(({ offer_id: id, share, state }, index) => {
    const offer = members.offers.get(id)
    if (offer === undefined || state !== 'active') return []
    return take(moved(offer, `Offer ${id}`, `${at}offers.${index}.offer_id`)).map((made) => ({ ...made, share }))
  })
  if (problems.length > 0) return fail(...problems)
  return ok({
    id: stream.id,
    name: stream.name ?? '',
    weight: stream.weight,
    filters,
    filterOr: stream.filter_or,
    landings,
    offers,
    hasOfferShare: offers.some(({ share }) => share > 0),
    action: action[0] ?? null,
    collectClicks: stream.collect_clicks,
    countsLimit: filters.some(({ needs }) => needs.some((need) => need === 'limit' || need.startsWith(ZONE_LIMIT))),
    offerSelection: stream.offer_selection,
  })
}

/** A redirect whose URL is still to come leads nowhere: it takes no visitor, like a stream whose offers are all off. */
export const isWithoutUrl = ({ schema, action_type, action_payload }: Stream): boolean =>
  schema === 'redirect' && takesUrl(action_type) && isEmptyPayload(action_payload)

function streamAction(stream: Stream, at: string): Result<CompiledAction> {
  if (stream.action_type === 'local_file') {
    const message =
      'Action local_file shows uploaded files, which only landing pages and offers have: set schema to landings and list one of them'
    return fail(problem('validation', message, `${at}action_type`))
  }
  const compiled = compileAction(stream, at.replace(/\.$/, ''))
  if (!compiled.ok || stream.schema !== 'redirect' || compiled.value.type === 'redirect') return compiled
  const message = `Action ${stream.action_type} is no redirect: set schema to action, or action_type to one that leads to a URL, such as http, meta or js`
  return fail(problem('validation', message, `${at}action_type`))
}

/** A problem of a landing page or offer, told where a stream names it. */
const moved = <T>(result: Result<T>, owner: string, at: string): Result<T> =>
  result.ok ? result : fail(...result.problems.map(({ code, message }) => problem(code, `${owner}: ${message}`, at)))

const asks = ({ filters }: CompiledStream, need: FilterNeed): boolean =>
  filters.some(({ needs }) => needs.includes(need))

const ZONE_LIMIT = 'limit:'

function limitZonesOf(streams: readonly CompiledStream[]): LimitZone[] {
  const needs = streams.flatMap(({ filters }) => filters.flatMap((filter) => filter.needs))
  const zones = new Set(
    needs.filter((need) => need.startsWith(ZONE_LIMIT)).map((need) => need.slice(ZONE_LIMIT.length)),
  )
  return [...zones].map((timeZone) => ({
    timeZone,
    streamIds: streams.filter((stream) => asks(stream, `limit:${timeZone}`)).map(({ id }) => id),
  }))
}

/** Streams without a position come last; equal ones in the order they were made. */
const byPosition = (a: Stream, b: Stream): number =>
  (a.position ?? Number.MAX_SAFE_INTEGER) - (b.position ?? Number.MAX_SAFE_INTEGER) || a.id - b.id
