import { type Click, SUB_ID_SLOTS } from '@trackyard/core/click/click.ts'
import type { CompiledOffer } from '@trackyard/core/click/compile.ts'
import { decideOffer } from '@trackyard/core/click/decide.ts'
import type { LandingClickEvent } from '@trackyard/core/events/spool-event.ts'
import type { MacroContext } from '@trackyard/core/macros/macro.ts'
import type { Deps } from './deps.ts'
import type { Answer, FrontRequest } from './front.ts'
import { activeCampaign, handleClick } from './handle-click.ts'
import { type Origin, readCookie } from './headers.ts'
import { namesOf } from './macro-names.ts'
import type { Params } from './query.ts'
import { readClick } from './read-click.ts'
import { plain, toFrontReply } from './respond.ts'
import type { LiveCampaign, Site } from './site.ts'
import { type LandingPass, readLandingPass } from './token.ts'

/**
 * The step from a landing page to an offer: `/?_lp=1&_token=…` (reference click-processing §4.4). The token is the
 * only proof; a bare sub id is never believed. Returns false when there is no valid token, so that the caller can
 * treat the request as one for the domain's index page.
 */
export function handleLandingClick(
  request: FrontRequest,
  origin: Origin,
  params: Params,
  site: Site,
  deps: Deps,
  answer: Answer,
): boolean {
  const token = params._token || params.token || readCookie(request.headers, '_token')
  const pass = readLandingPass(site.header.settings.tokenKeys, token)
  const nowMs = deps.senses.nowMs()
  if (!pass || nowMs - pass.atMs > site.header.settings.landingTokenTtlMs) return false
  const live = site.byId(pass.campaignId)
  const stream = live?.compiled.streamsById.get(pass.streamId)
  if (!live || !stream) return false

  const wanted = params.offer_id ? Number(params.offer_id) : null
  const offer = decideOffer(
    live.compiled,
    stream,
    pass.roll,
    pass.offerId === 0 ? wanted : null,
    pass.offerId || boundOffer(live, pass, nowMs, deps),
  )
  if (!offer) return false

  const click = clickOfPass(request, origin, params, live, pass, deps)
  const chosen = { stream, landing: stream.landings.find((landing) => landing.id === pass.landingId) ?? null, offer }
  const trackerOrigin = `${origin.isTls ? 'https' : 'http'}://${origin.authority}`
  const context: MacroContext = {
    click,
    subId: pass.subId,
    visitorCode: pass.visitor,
    ...namesOf(live.compiled, chosen),
    parentCampaignId: pass.parentCampaignId,
    costMicros: pass.costMicros,
    token,
    offerUrl: (offerId) =>
      `${trackerOrigin}/?_lp=1&_token=${token}${offerId === undefined ? '' : `&offer_id=${offerId}`}`,
    fileText: deps.macroFile,
    destination: '',
    trackerOrigin,
  }
  const reply = offer.action.run(context, offer.offerParam?.(context))
  const finish = (): void => {
    if (reply.kind !== 'campaign') return answer(toFrontReply(reply, [], origin.isTls))
    const next = activeCampaign(site, reply.campaignId)
    if (!next) return answer(plain(200, ''))
    handleClick(request, origin, params, next, site, deps, answer, { campaignId: pass.campaignId, subId: pass.subId })
  }
  if (params.exit === '1' || stream.collectClicks === false) {
    finish()
    return true
  }
  const event = landingClickEvent(live, pass, offer, click, reply.destination, nowMs)
  if (event.visit) deps.visitors.record(event.visit)
  deps.spool.append(`l\t${pass.subId}\t${JSON.stringify(event)}`, (durable) => {
    deps.metrics.landingClicks.inc()
    if (!durable) deps.metrics.undurable.inc()
    finish()
  })
  return true
}

function boundOffer(live: LiveCampaign, pass: LandingPass, atMs: number, deps: Deps): number | null {
  if (live.compiled.needs.binding !== 'slo') return null
  const state = deps.visitors.read({
    visitor: pass.visitor,
    campaignId: pass.campaignId,
    atMs,
    uniqueTtlMs: 0,
    streamIds: [],
    limitStreamIds: [],
    wantsBinding: true,
  })
  return state.binding?.streamId === pass.streamId ? state.binding.offerId : null
}

/** The click as it was, with what the landing page changed: slots come from the pass, the rest from this request. */
function clickOfPass(
  request: FrontRequest,
  origin: Origin,
  params: Params,
  live: LiveCampaign,
  pass: LandingPass,
  deps: Deps,
): Click {
  const fresh = readClick(request, origin, params, live.parameters, deps.senses)
  return {
    ...fresh,
    atMs: pass.atMs,
    roll: pass.roll,
    referrer: pass.referrer,
    slots: { ...pass.slots, ...changedSlots(params) },
  }
}

/** Only the free sub ids may be changed from a page (reference click-processing §4.4). */
export function changedSlots(params: Params): Record<string, string> {
  const changed: Record<string, string> = {}
  for (const slot of SUB_ID_SLOTS) {
    const value = params[slot]
    if (value) changed[slot] = value.slice(0, 1000)
  }
  return changed
}

function landingClickEvent(
  live: LiveCampaign,
  pass: LandingPass,
  offer: CompiledOffer,
  click: Click,
  destination: string,
  nowMs: number,
): LandingClickEvent {
  const binds = live.compiled.needs.binding === 'slo'
  return {
    kind: 'landing_click',
    subId: pass.subId,
    atMs: nowMs,
    offerId: offer.id,
    affiliateNetworkId: offer.affiliateNetworkId ?? 0,
    destination: destination.slice(0, 2000),
    slots: changedSlots(click.params),
    payoutMicros: offer.payoutType === 'CPC' && !offer.payoutAuto ? offer.payoutValueMicros : 0,
    visit: binds
      ? {
          visitor: pass.visitor,
          campaignId: pass.campaignId,
          streamId: pass.streamId,
          atMs: nowMs,
          unique: '',
          counts: false,
          bind: { landingId: pass.landingId || null, offerId: offer.id, untilMs: nowMs + live.compiled.bindTtlMs },
        }
      : null,
  }
}
