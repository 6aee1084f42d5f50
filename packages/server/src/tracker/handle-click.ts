import type { Reply } from '@trackyard/core/actions/action.ts'
import type { Binding, Click } from '@trackyard/core/click/click.ts'
import { clickCost } from '@trackyard/core/click/cost.ts'
import { decide } from '@trackyard/core/click/decide.ts'
import type { Decision } from '@trackyard/core/click/decision.ts'
import type { Visit } from '@trackyard/core/events/spool-event.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import type { MacroContext } from '@trackyard/core/macros/macro.ts'
import { clickLine } from './click-row.ts'
import type { Deps } from './deps.ts'
import type { Answer, FrontRequest } from './front.ts'
import { type Origin, readCookie } from './headers.ts'
import { namesOf } from './macro-names.ts'
import type { Params } from './query.ts'
import { readClick } from './read-click.ts'
import { type Cookie, plain, toFrontReply } from './respond.ts'
import type { LiveCampaign, Site } from './site.ts'
import { readVisitor, signLandingPass, signVisitor } from './token.ts'

/** A visitor may be handed from campaign to campaign this often; then the chain is cut (reference click-processing §3.1). */
const MAX_HOPS = 10
export const VISITOR_COOKIE = '_tyv'
const HOUR_SECONDS = 3600

/** The click that handed the visitor on. */
export type Parent = Pick<Hop, 'campaignId' | 'subId'>

/** One campaign of a chain, decided: what is recorded and what the action said. */
interface Hop {
  readonly campaignId: number
  readonly record: string
  readonly reply: Reply
  readonly subId: string
  readonly token: string
}

/** A request that reached a campaign: read, decide, record, answer. */
export function handleClick(
  request: FrontRequest,
  origin: Origin,
  params: Params,
  entry: LiveCampaign,
  site: Site,
  deps: Deps,
  answer: Answer,
  from?: Parent,
): void {
  const click = readClick(request, origin, params, entry.parameters, deps.senses)
  const keys = site.header.settings.tokenKeys
  const known = readVisitor(keys, readCookie(request.headers, VISITOR_COOKIE))
  const {
    uniqueness_method: method,
    uniqueness_use_cookies: useCookies,
    cookies_ttl: ttlHours,
  } = entry.compiled.bundle.campaign
  const visitor = (useCookies ? known : null) ?? deps.identify(click, method)

  const hops: Hop[] = []
  let live: LiveCampaign | undefined = entry
  while (live && hops.length < MAX_HOPS) {
    const hop: Hop = decideHop(click, visitor, live, hops.at(-1) ?? from, origin, site, deps)
    hops.push(hop)
    const next = hop.reply.kind === 'campaign' ? activeCampaign(site, hop.reply.campaignId) : undefined
    // A circle of campaigns would count the visitor over and over and lead nowhere.
    live = next && hops.some(({ campaignId }) => campaignId === next.compiled.id) ? undefined : next
  }
  const last = hops.at(-1)
  if (!last) return answer(plain(200, ''))

  const cookies: Cookie[] = [{ name: '_subid', value: last.subId, maxAgeSeconds: ttlHours * HOUR_SECONDS }]
  if (last.token) cookies.push({ name: '_token', value: last.token, maxAgeSeconds: ttlHours * HOUR_SECONDS })
  if (useCookies && known !== visitor)
    cookies.push({ name: VISITOR_COOKIE, value: signVisitor(keys, visitor), maxAgeSeconds: ttlHours * HOUR_SECONDS })
  const reply =
    last.reply.kind === 'campaign'
      ? plain(200, '')
      : toFrontReply(last.reply, cookies, origin.isTls, deps.indexing(site, origin.host))
  let left = hops.length
  for (const hop of hops) {
    deps.spool.append(hop.record, (durable) => {
      deps.metrics.clicks.inc()
      if (!durable) deps.metrics.undurable.inc()
      if (--left === 0) answer(reply)
    })
  }
}

function decideHop(
  click: Click,
  visitor: string,
  live: LiveCampaign,
  parent: Parent | undefined,
  origin: Origin,
  site: Site,
  deps: Deps,
): Hop {
  const campaign = live.compiled
  const state = deps.visitors.read({
    visitor,
    campaignId: campaign.id,
    atMs: click.atMs,
    uniqueTtlMs: campaign.cookiesTtlMs,
    streamIds: live.streamIds,
    limitStreamIds: campaign.needs.limitStreamIds,
    wantsBinding: campaign.needs.binding !== null,
  })
  const decision = decide(campaign, click, state)
  const { stream, landing, offer } = decision
  const subId = createSubId(click.atMs, deps.senses.chance())
  const isUniqueStream = stream !== null && !state.seenStreams.has(stream.id)
  const costMicros = clickCost(campaign.bundle.campaign, click.slots.cost, state.isUniqueCampaign)

  const visit: Visit = {
    visitor,
    campaignId: campaign.id,
    streamId: stream?.id ?? 0,
    atMs: click.atMs,
    unique: `${state.isUniqueGlobal ? 'g' : ''}${state.isUniqueCampaign ? 'c' : ''}${isUniqueStream ? 's' : ''}`,
    counts: stream?.countsLimit ?? false,
    bind: bindOf(decision, state.binding, click.atMs),
  }
  deps.visitors.record(visit)

  // Signing costs microseconds, so it is done once and only when a landing page is shown.
  let token = ''
  const tokenOf = (): string => {
    token ||= signLandingPass(site.header.settings.tokenKeys, {
      subId,
      atMs: click.atMs,
      campaignId: campaign.id,
      streamId: stream?.id ?? 0,
      landingId: landing?.id ?? 0,
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
  const trackerOrigin = `${origin.isTls ? 'https' : 'http'}://${origin.authority}`
  const context: MacroContext = {
    click,
    subId,
    visitorCode: visitor,
    ...namesOf(campaign, decision),
    parentCampaignId: parent?.campaignId ?? 0,
    costMicros,
    get token() {
      return tokenOf()
    },
    offerUrl: (offerId) =>
      `${trackerOrigin}/?_lp=1&_token=${tokenOf()}${offerId === undefined ? '' : `&offer_id=${offerId}`}`,
    fileText: deps.macroFile,
    destination: '',
    trackerOrigin,
  }
  const query = landing?.external
    ? `_subid=${subId}&_token=${tokenOf()}`
    : decision.reachesOffer
      ? offer?.offerParam?.(context)
      : undefined
  const reply: Reply = decision.action
    ? decision.action.run(context, query)
    : { kind: 'page', status: 200, headers: {}, body: '', destination: '' }
  if (landing) tokenOf()

  const visitJson = JSON.stringify(visit)
  const record =
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
          destination: reply.destination,
        })}`
  return { campaignId: campaign.id, record, reply, subId, token }
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

/** A campaign that is switched on. */
export function activeCampaign(site: Site, id: number): LiveCampaign | undefined {
  const live = site.byId(id)
  return live?.isActive ? live : undefined
}
