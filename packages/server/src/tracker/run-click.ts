import type { IncomingHttpHeaders } from 'node:http'
import type { Reply } from '@trackyard/core/actions/action.ts'
import { asCame, type CameBy, encodeCameBy } from '@trackyard/core/click/came-by.ts'
import type { Binding, Click } from '@trackyard/core/click/click.ts'
import type { CompiledCampaign } from '@trackyard/core/click/compile.ts'
import { clickCost, costCurrency } from '@trackyard/core/click/cost.ts'
import { decide } from '@trackyard/core/click/decide.ts'
import type { Decision } from '@trackyard/core/click/decision.ts'
import type { Visit } from '@trackyard/core/events/spool-event.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import type { Embedding, MacroContext } from '@trackyard/core/macros/macro.ts'
import { withMarks } from '@trackyard/core/screen/marks.ts'
import type { Screened } from '@trackyard/core/screen/screen.ts'
import { withoutAddress } from '../address-privacy.ts'
import { clickLine } from './click-row.ts'
import type { Deps } from './deps.ts'
import type { Answered } from './embed.ts'
import type { FrontRequest } from './front.ts'
import { gatewayUrl } from './handle-gateway.ts'
import { type Origin, readCookie } from './headers.ts'
import { domainOf } from './macro-names.ts'
import { externalQuery, offerUrl, originUrl } from './pass.ts'
import type { Params } from './query.ts'
import { readClick, readForNext, readOn } from './read-click.ts'
import type { Cookie } from './respond.ts'
import { askedBy, rememberedAs, uniqueMarks, type Who } from './seen-as.ts'
import type { LiveCampaign, Site } from './site.ts'
import { readVisitor, signLandingPass, signVisitor } from './token.ts'

/** A visitor may be handed from campaign to campaign this often; then the chain is cut (reference click-processing §3.1). */
const MAX_HOPS = 10
/** For whom nothing was found. */
const EMPTY_PAGE = { kind: 'page', status: 200, headers: {}, body: '', destination: '' } as const
export const VISITOR_COOKIE = '_tyv'
const HOUR_SECONDS = 3600

/** The click that handed the visitor on. */
type Parent = Pick<Hop, 'campaignId' | 'subId'>
/** As it was handed on by a link of its landing page, which does not tell what the click brought. */
export type EarlierClick = Parent & Pick<Hop, 'click'>

/** One campaign of a chain, decided: what is recorded and what the action said. */
export interface Hop {
  readonly campaignId: number
  /** As it was screened. */
  readonly click: Click
  readonly decision: Decision
  readonly unique: { readonly campaign: boolean; readonly stream: boolean; readonly global: boolean }
  /** Its record for the spool. The destination is that of `reply`, or what is known only after something was fetched. */
  record(destination?: string): string
  readonly reply: Reply
  readonly subId: string
  readonly token: string
  /** Nothing took the visitor, or the URL was none once its macros were filled in. */
  readonly isDeadEnd: boolean
}

/** How a visitor came to a campaign, as far as the request does not tell. */
export interface Arrival {
  readonly embedding: Embedding
  /** Set where a script of ours in the page does what the embedding does not tell. */
  readonly way?: 'page' | 'visit'
  readonly from?: EarlierClick | undefined
  /**
   * The page the visitor is on stands for the landing page: when the stream has no landing page, its offers wait until a
   * link of that page is followed (reference click-processing §2.1, force_redirect_offer).
   */
  readonly defersOffer?: boolean
  /** The page needs the proof for the step to an offer, whether or not a landing page is shown. */
  readonly wantsToken?: boolean
}

/** A click that was decided and remembered; it still has to be recorded before anybody is answered. */
export interface ClickRun {
  readonly hops: readonly Hop[]
  /** The campaign that answers. */
  readonly last: Hop
  readonly reply: Answered
  readonly cookies: readonly Cookie[]
  readonly cookiesTtlHours: number
  /** What keeps the visitor known to this campaign, signed. */
  visitorToken(): string
}

/** Decides a click, through every campaign it is handed on to. `read` is the click as it was read from the request. */
export function runClick(
  request: FrontRequest,
  origin: Origin,
  params: Params,
  entry: LiveCampaign,
  site: Site,
  deps: Deps,
  arrival: Arrival,
  read = readClick(request, origin, params, entry.parameters, deps.senses),
): ClickRun {
  let click = arrival.from ? readForNext(readOn(read, arrival.from.click), entry.parameters) : read
  const keys = site.header.settings.tokenKeys
  const known = readVisitor(keys, readCookie(request.headers, VISITOR_COOKIE))
  const {
    uniqueness_method: method,
    uniqueness_use_cookies: useCookies,
    cookies_ttl: ttlHours,
  } = entry.compiled.bundle.campaign
  const visitor = (useCookies && known.visitor) || deps.identify(click, method)
  const who: Who = { visitor, ip: '', browser: known.browser, startsWindow: false }

  let last = decideHop(click, who, entry, arrival.from, origin, site, deps, arrival)
  const hops = [last]
  while (last.reply.kind === 'campaign' && hops.length < MAX_HOPS) {
    const next = activeCampaign(site, last.reply.campaignId)
    // A circle of campaigns would count the visitor over and over and lead nowhere.
    if (!next || hops.some(({ campaignId }) => campaignId === next.compiled.id)) break
    click = readForNext(click, next.parameters)
    last = decideHop(click, who, next, last, origin, site, deps, arrival)
    hops.push(last)
  }
  if (last.isDeadEnd || last.reply.kind === 'campaign') deps.metrics.clicksWithoutDestination.inc()

  const visitorToken = (): string => signVisitor(keys, { visitor, browser: who.browser })
  const maxAgeSeconds = ttlHours * HOUR_SECONDS
  const cookies: Cookie[] = [{ name: '_subid', value: last.subId, maxAgeSeconds }]
  if (last.token) cookies.push({ name: '_token', value: last.token, maxAgeSeconds })
  if ((useCookies && known.visitor !== visitor) || who.startsWindow) {
    const value = useCookies ? visitorToken() : signVisitor(keys, { visitor: known.visitor, browser: who.browser })
    // Campaigns with a longer uniqueness time may know the browser by the same cookie.
    const longest = who.browser === '' ? 0 : Math.ceil(site.longestUniquenessMs / 1000)
    cookies.push({ name: VISITOR_COOKIE, value, maxAgeSeconds: Math.max(maxAgeSeconds, longest) })
  }
  const reply = last.reply.kind === 'campaign' ? EMPTY_PAGE : last.reply
  return { hops, last, reply, cookies, cookiesTtlHours: ttlHours, visitorToken }
}

/** Writes the clicks of a run to the spool, then calls `done`. */
export function recordRun({ hops }: ClickRun, deps: Deps, done: () => void): void {
  let left = hops.length
  for (const hop of hops) {
    const written = (durable: boolean): void => {
      deps.metrics.clicks.inc()
      if (!durable) deps.metrics.undurable.inc()
      if (--left === 0) done()
    }
    deps.later('record', () => deps.spool.append(hop.record(), written))
  }
}

/**
 * Fetches what the answer still lacks, writes the clicks of a run to the spool, then calls `done` with the run whose reply
 * is what the visitor gets. `headers` are those of the visitor.
 */
export function finishRun(
  run: ClickRun,
  headers: IncomingHttpHeaders,
  deps: Deps,
  done: (run: ClickRun) => void,
): void {
  const { reply, last } = run
  if (reply.kind !== 'fetch') return recordRun(run, deps, () => done(run))
  deps.carryOut(reply, headers, (settled) => {
    const record = (): string => last.record(settled.destination)
    const finished = { ...run, reply: settled, hops: run.hops.map((hop) => (hop === last ? { ...hop, record } : hop)) }
    recordRun(finished, deps, () => done(finished))
  })
}

function decideHop(
  arrived: Click,
  who: Who,
  live: LiveCampaign,
  parent: Parent | undefined,
  origin: Origin,
  site: Site,
  deps: Deps,
  arrival: Arrival,
): Hop {
  const { visitor } = who
  const campaign = live.compiled
  const { needs } = campaign
  const { click, marks, isBlocked } = site.screen?.(arrived, campaign.id) ?? unscreened(arrived)
  const asked = askedBy(who, needs.seenBy, click, deps.identify)
  const state = deps.visitors.read({
    visitor,
    campaignId: campaign.id,
    atMs: click.atMs,
    uniqueTtlMs: campaign.cookiesTtlMs,
    streamIds: live.streamIds,
    limitStreamIds: needs.limitStreamIds,
    limitZones: needs.limitZones,
    timeZone: site.header.settings.timezone,
    wantsBinding: needs.binding !== null,
    byIp: asked?.byIp,
    byCookie: asked?.byCookie,
  })
  const decided = isBlocked ? turnedAway(campaign) : decide(campaign, click, state, site.caps)
  const came = { way: arrival.way ?? arrival.embedding, defersOffer: arrival.defersOffer === true }
  const decision = asCame(decided, came)
  const { stream, landing, offer } = decision
  const subId = createSubId(click.atMs, deps.senses.chance())
  const isUniqueStream = stream !== null && !state.seenStreams.has(stream.id)
  const { campaign: model, trafficSource } = campaign.bundle
  const costMicros = clickCost(model, click.slots.cost, state.isUniqueCampaign, trafficSource?.traffic_loss)

  const visit: Visit = {
    visitor,
    campaignId: campaign.id,
    streamId: stream?.id ?? 0,
    atMs: click.atMs,
    unique: uniqueMarks(state, stream?.id ?? 0),
    also: rememberedAs(who, needs.seenBy, state, stream?.id ?? 0, deps.senses.chance),
    counts: stream?.countsLimit ?? false,
    bind: bindOf(decision, state.binding, click.atMs),
  }
  deps.visitors.record(visit)

  const landingId = landing?.id ?? (arrival.wantsToken ? statedLanding(click) : 0)
  // Signing costs microseconds, so it is done once and only when a landing page is shown.
  let token = ''
  const tokenOf = (): string => {
    token ||= signLandingPass(site.header.settings.tokenKeys, {
      subId,
      atMs: click.atMs,
      campaignId: campaign.id,
      streamId: stream?.id ?? 0,
      landingId,
      offerId: offer?.id ?? 0,
      roll: click.roll,
      visitor,
      costMicros,
      parentCampaignId: parent?.campaignId ?? 0,
      referrer: click.referrer,
      slots: click.slots,
    })
    return token
  }
  const trackerOrigin = originUrl(origin)
  const context: MacroContext = {
    click,
    subId,
    visitorCode: visitor,
    campaign: campaign.named,
    campaignDomain: () => domainOf(campaign, site.header),
    stream,
    landing,
    offer,
    trafficSource,
    parentCampaignId: parent?.campaignId ?? 0,
    costMicros,
    token: tokenOf,
    offerUrl: (offerId) => offerUrl(trackerOrigin, tokenOf(), offerId),
    fileText: deps.macroFile,
    gatewayUrl: (url, gateway) => gatewayUrl(trackerOrigin, site.header.settings.tokenKeys, click.atMs, url, gateway),
    localPage: deps.localPages.page,
    destination: '',
    trackerOrigin,
    embedding: arrival.embedding,
  }
  const query = landing?.external
    ? externalQuery(subId, tokenOf())
    : decision.reachesOffer
      ? offer?.offerParam?.(context)
      : undefined
  const reply: Reply = decision.action
    ? decision.action.run(context, query)
    : { ...EMPTY_PAGE, status: isBlocked ? 403 : 200 }
  if (landing || arrival.wantsToken) tokenOf()

  const visitJson = JSON.stringify(visit)
  const cameBy: CameBy = { ...came, isLandingStated: landing === null && landingId > 0 }
  const wholeRecord = (destination: string): string =>
    stream?.collectClicks === false
      ? `v\t${subId}\t${visitJson}`
      : `c\t${subId}\t${visitJson}\t${clickLine(click, decision, {
          subId,
          parentCampaignId: parent?.campaignId ?? 0,
          parentSubId: parent?.subId ?? '',
          visitorCode: visitor,
          isUniqueCampaign: state.isUniqueCampaign,
          isUniqueStream,
          isUniqueGlobal: state.isUniqueGlobal,
          costMicros,
          currencies: {
            base: site.header.settings.baseCurrency,
            row: site.header.settings.rowCurrency,
            cost: costCurrency(campaign.bundle.campaign, click.slots.currency),
          },
          destination,
          statedLandingId: landingId,
          marks: withMarks(marks, encodeCameBy(cameBy)),
        })}`
  const { ipPrivacy, visitorSecret } = site.header.settings
  const record = (destination = reply.destination): string =>
    withoutAddress(wholeRecord(destination), click.ip, ipPrivacy, visitorSecret)
  const isDeadEnd = decision.deadEnd !== null || (decision.action?.type === 'redirect' && reply.destination === '')
  return {
    campaignId: campaign.id,
    click,
    decision,
    unique: { campaign: state.isUniqueCampaign, stream: isUniqueStream, global: state.isUniqueGlobal },
    record,
    reply,
    subId,
    token,
    isDeadEnd,
  }
}

/**
 * What to remember of a choice for a visitor who comes back. Forced and default streams bind nobody, and a binding that
 * holds already keeps its own end: "24 h" are counted from the first visit, as uniqueness is.
 */
function bindOf({ campaign, stream, landing, offer }: Decision, known: Binding | null, atMs: number): Visit['bind'] {
  const level = campaign.needs.binding
  if (level === null || stream === null || !campaign.regular.includes(stream)) return null
  const landingId = level === 's' ? null : (landing?.id ?? null)
  const offerId = level === 'slo' ? (offer?.id ?? null) : null
  const holds =
    known?.streamId === stream.id && known.landingId === landingId && (offerId === null || known.offerId === offerId)
  return holds ? null : { landingId, offerId, untilMs: atMs + campaign.bindTtlMs }
}

/** Which of our landing pages a site says it is; only statistics believe it (reference click-processing §1.3). */
function statedLanding({ slots }: Click): number {
  const id = Number(slots.landing_id ?? 0)
  return Number.isSafeInteger(id) && id > 0 ? id : 0
}

const unscreened = (click: Click): Screened => ({ click, marks: '', isBlocked: false })

/** The black list said no: no stream is asked, so none counts the visitor. */
const turnedAway = (campaign: CompiledCampaign): Decision => ({
  campaign,
  stream: null,
  landing: null,
  offer: null,
  action: null,
  reachesOffer: false,
  trace: [],
  deadEnd: null,
})

/** A campaign that is switched on. */
export function activeCampaign(site: Site, id: number): LiveCampaign | undefined {
  const live = site.byId(id)
  return live?.isActive ? live : undefined
}
