import type { Reply } from '@trackyard/core/actions/action.ts'
import type { OfferChoice } from '@trackyard/core/click/caps.ts'
import type { Click } from '@trackyard/core/click/click.ts'
import { decideOffer } from '@trackyard/core/click/decide.ts'
import type { LandingClickEvent, Visit } from '@trackyard/core/events/spool-event.ts'
import type { Deps } from './deps.ts'
import { embed, embeddingOf } from './embed.ts'
import type { Answer, FrontRequest } from './front.ts'
import { handleClick } from './handle-click.ts'
import { type Origin, readCookie } from './headers.ts'
import { changedSlots, contextOfPass, openPass } from './pass.ts'
import type { Params } from './query.ts'
import { type Settled, whenSettled } from './remote/carry-out.ts'
import { plain, toFrontReply } from './respond.ts'
import { activeCampaign } from './run-click.ts'
import type { LiveCampaign, Site } from './site.ts'
import type { LandingPass } from './token.ts'

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
  const nowMs = deps.senses.nowMs()
  const opened = openPass(token, site, nowMs)
  if (!opened) return false
  const { pass, live, stream } = opened

  const wanted = params.offer_id ? Number(params.offer_id) : null
  const boundOfferId = boundOffer(live, pass, nowMs, deps)
  const choice = decideOffer(
    live.compiled,
    stream,
    pass.roll,
    pass.offerId === 0 ? wanted : null,
    pass.offerId || boundOfferId,
    site.caps,
    nowMs,
  )
  if (!choice) return false
  const { offer } = choice

  const landing = stream.landings.find(({ id }) => id === pass.landingId) ?? null
  const embedding = embeddingOf(request.headers, params)
  const context = contextOfPass(request, origin, params, opened, token, { stream, landing, offer }, embedding, deps)
  const finish = (reply: Exclude<Reply, { kind: 'fetch' }> | Settled): void => {
    if (reply.kind !== 'campaign') {
      const shown = embed(reply, embedding, params)
      return answer(toFrontReply(shown, [], origin.isTls, deps.indexing(site, origin.host)))
    }
    const next = activeCampaign(site, reply.campaignId)
    if (!next) return answer(plain(200, ''))
    const { campaignId, subId } = pass
    handleClick(request, origin, params, next, site, deps, answer, { campaignId, subId, click: context.click })
  }
  const isCounted = params.exit !== '1' && stream.collectClicks !== false
  const isBound = live.compiled.needs.binding !== 'slo' || boundOfferId === offer.id
  const visit = isBound ? null : visitOf(live, pass, offer.id, nowMs)
  whenSettled(offer.action.run(context, offer.offerParam?.(context)), request.headers, deps.carryOut, (reply) => {
    if (visit) deps.visitors.record(visit)
    // What is not counted binds the visitor all the same, and does so after a restart, too.
    if (!isCounted && !visit) return finish(reply)
    const record = isCounted
      ? `l\t${pass.subId}\t${JSON.stringify(landingClickEvent(pass, choice, context.click, reply.destination, visit, nowMs))}`
      : `v\t${pass.subId}\t${JSON.stringify(visit)}`
    deps.spool.append(record, (durable) => {
      if (isCounted) deps.metrics.landingClicks.inc()
      if (!durable) deps.metrics.undurable.inc()
      finish(reply)
    })
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

function landingClickEvent(
  pass: LandingPass,
  { offer, cappedOffers }: OfferChoice,
  click: Click,
  destination: string,
  visit: Visit | null,
  atMs: number,
): LandingClickEvent {
  return {
    kind: 'landing_click',
    subId: pass.subId,
    atMs,
    offerId: offer.id,
    affiliateNetworkId: offer.affiliateNetworkId ?? 0,
    destination: destination.slice(0, 2000),
    slots: changedSlots(click.params),
    ...(cappedOffers.length > 0 ? { cappedOffers } : {}),
    payoutMicros: offer.payoutType === 'CPC' && !offer.payoutAuto ? offer.payoutValueMicros : 0,
    ...(offer.payoutCurrency === '' ? {} : { payoutCurrency: offer.payoutCurrency }),
    visit,
  }
}

/** The offer that a visitor of this click is bound to from now on. The time counts from the click, or going on again and again would never end it. */
const visitOf = ({ compiled }: LiveCampaign, pass: LandingPass, offerId: number, atMs: number): Visit => ({
  visitor: pass.visitor,
  campaignId: pass.campaignId,
  streamId: pass.streamId,
  atMs,
  unique: '',
  counts: false,
  bind: { landingId: pass.landingId || null, offerId, untilMs: pass.atMs + compiled.bindTtlMs },
})
