import { type Click, SUB_ID_SLOTS } from '@trackyard/core/click/click.ts'
import type { CompiledStream } from '@trackyard/core/click/compile.ts'
import type { Decision } from '@trackyard/core/click/decision.ts'
import type { Embedding, MacroContext } from '@trackyard/core/macros/macro.ts'
import type { SnapshotHeader } from '../snapshot.ts'
import type { Deps } from './deps.ts'
import type { Answered } from './embed.ts'
import type { FrontRequest } from './front.ts'
import { gatewayUrl } from './handle-gateway.ts'
import type { Origin } from './headers.ts'
import { namesOf } from './macro-names.ts'
import type { Params } from './query.ts'
import { readClick, searchEngineOf } from './read-click.ts'
import type { LiveCampaign, Site } from './site.ts'
import { type LandingPass, readLandingPass } from './token.ts'

/** A click that proved itself with its token, and what it was sent to. */
export interface OpenedPass {
  readonly pass: LandingPass
  readonly live: LiveCampaign
  readonly stream: CompiledStream
  readonly header: SnapshotHeader
}

/** The click of a token; null when we did not sign it, it is too old, or its stream is gone. */
export function openPass(token: string, site: Site, nowMs: number): OpenedPass | null {
  const pass = readLandingPass(site.header.settings.tokenKeys, token)
  if (!pass || nowMs - pass.atMs > site.header.settings.landingTokenTtlMs) return null
  const live = site.byPass(pass.campaignId)
  const stream = live?.compiled.streamsById.get(pass.streamId)
  return live && stream ? { pass, live, stream, header: site.header } : null
}

/** What macros print for a click that comes back with its token. */
export function contextOfPass(
  request: FrontRequest,
  origin: Origin,
  params: Params,
  { pass, live, header }: OpenedPass,
  token: string,
  chosen: Pick<Decision, 'stream' | 'landing' | 'offer'>,
  embedding: Embedding,
  deps: Deps,
): MacroContext {
  const trackerOrigin = originUrl(origin)
  const nowMs = deps.senses.nowMs()
  return {
    click: clickOfPass(request, origin, params, live, pass, deps),
    subId: pass.subId,
    visitorCode: pass.visitor,
    ...namesOf(live.compiled, chosen, header),
    parentCampaignId: pass.parentCampaignId,
    costMicros: pass.costMicros,
    token: () => token,
    offerUrl: (offerId) => offerUrl(trackerOrigin, token, offerId),
    fileText: deps.macroFile,
    gatewayUrl: (url, gateway) => gatewayUrl(trackerOrigin, header.settings.tokenKeys, nowMs, url, gateway),
    localPage: deps.localPages.page,
    destination: '',
    trackerOrigin,
    embedding,
  }
}

/**
 * What the stream of a known click shows, once more: without a click, and without drawing again. Null when there is
 * nothing to show now. `goesToOffer`: an offer that was chosen with the click is reached at once.
 */
export function replyAgain(
  request: FrontRequest,
  origin: Origin,
  params: Params,
  opened: OpenedPass,
  token: string,
  goesToOffer: boolean,
  embedding: Embedding,
  deps: Deps,
): Answered | null {
  const { stream, pass } = opened
  const landing = stream.landings.find(({ id }) => id === pass.landingId) ?? null
  const offer = stream.offers.find(({ id }) => id === pass.offerId) ?? null
  const context = contextOfPass(request, origin, params, opened, token, { stream, landing, offer }, embedding, deps)
  const reply = stream.action
    ? stream.action.run(context)
    : landing
      ? landing.action.run(context, landing.external ? externalQuery(pass.subId, token) : undefined)
      : goesToOffer && offer
        ? offer.action.run(context, offer.offerParam?.(context))
        : null
  return reply === null || reply.kind === 'campaign' ? null : reply
}

/** What a landing page on another site needs to know (reference click-processing §4.3). */
export const externalQuery = (subId: string, token: string): string => `_subid=${subId}&_token=${token}`

/** Scheme, host and port by which a visitor reached us. */
export const originUrl = ({ isTls, authority }: Origin): string => `${isTls ? 'https' : 'http'}://${authority}`

/** Link of the tracker that leads from a landing page to the offer (reference click-processing §4.4). */
export const offerUrl = (trackerOrigin: string, token: string, offerId?: number): string =>
  `${trackerOrigin}/?_lp=1&_token=${token}${offerId === undefined ? '' : `&offer_id=${offerId}`}`

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
    searchEngine: searchEngineOf(pass.slots, pass.referrer),
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
