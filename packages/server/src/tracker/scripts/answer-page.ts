import type { Deps } from '../deps.ts'
import { type Answered, PIXEL, placeOf } from '../embed.ts'
import type { Answer, FrontReply, FrontRequest } from '../front.ts'
import { hostName, type Origin } from '../headers.ts'
import { type OpenedPass, openPass, originUrl, replyAgain } from '../pass.ts'
import type { Params } from '../query.ts'
import { whenSettled } from '../remote/carry-out.ts'
import { plain, toFrontReply } from '../respond.ts'
import { type Arrival, type ClickRun, finishRun, recordRun, runClick } from '../run-click.ts'
import type { LiveCampaign, Site } from '../site.ts'
import { scriptCall } from './sources.ts'

const SCRIPT = 'application/javascript; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'
const HOUR_SECONDS = 3600

/**
 * Values of `return` by which pages of other sites make clicks (reference click-processing §2.4, §2.5): `js.client`
 * carries the campaign out inside the page, `json` counts its visit for the tracking script, `pixel` does the same for
 * pages and mails without scripts.
 */
const KINDS = ['js.client', 'json', 'pixel'] as const
export type PageKind = (typeof KINDS)[number]
const kindOf = (text: string | undefined): PageKind | undefined => KINDS.find((kind) => kind === text)

/**
 * Which of them a request is; undefined for all others. Page scripts write `return` first and the query of their page
 * after it, and that may hold a `return` of its own.
 */
export function pageKindOf({ return: last }: Params, query: string): PageKind | undefined {
  if (last === undefined) return undefined
  return kindOf(last) ?? kindOf(/(?:^|&)return=([^&]*)/.exec(query)?.[1])
}

/**
 * A click of a page. A page script that sends a click it has, with its token, makes no new one.
 */
export function handlePage(
  kind: PageKind,
  request: FrontRequest,
  origin: Origin,
  params: Params,
  entry: LiveCampaign,
  site: Site,
  deps: Deps,
  answer: Answer,
): void {
  const known = kind === 'js.client' ? knownClick(params, entry, site, deps) : null
  if (known) return answerKnown(known, request, origin, params, deps, answer)
  const run = runForPage(kind, request, origin, params, entry, site, deps)
  const send = (finished: ClickRun): void => answer(pageReply(kind, finished, origin, params, entry))
  if (kind === 'js.client') finishRun(run, request.headers, deps, send)
  else recordRun(run, deps, () => send(run))
}

/** Decides a click of a page that it did not have before. */
export function runForPage(
  kind: PageKind,
  request: FrontRequest,
  origin: Origin,
  params: Params,
  entry: LiveCampaign,
  site: Site,
  deps: Deps,
): ClickRun {
  const seen = kind === 'pixel' ? { request, origin, params } : asSeenByPage(request, origin, params)
  return runClick(seen.request, seen.origin, seen.params, entry, site, deps, arrivals[kind](params))
}

const arrivals: Readonly<Record<PageKind, (params: Params) => Arrival>> = {
  'js.client': ({ force_redirect_offer: isForced }) => ({
    embedding: 'script',
    way: 'page',
    defersOffer: isForced !== '1',
    wantsToken: true,
  }),
  json: () => ({ embedding: 'script', way: 'visit', wantsToken: true }),
  pixel: () => ({ embedding: 'image', way: 'visit' }),
}

/** What the page gets for its new click. */
export function pageReply(
  kind: PageKind,
  { last, reply, cookies }: ClickRun,
  origin: Origin,
  params: Params,
  entry: LiveCampaign,
): FrontReply {
  if (kind === 'pixel') return toFrontReply(PIXEL, cookies, origin.isTls)
  if (kind === 'js.client') return scriptReply(last, false, reply, origin, params, entry)
  return plain(200, JSON.stringify({ sub_id: last.subId, token: last.token, ttl: ttlSeconds(entry) }), JSON_TYPE)
}

/** When a campaign is off: scripts that do nothing, rather than errors in the console of a page. */
export function emptyPageAnswer(kind: string): FrontReply | null {
  if (kind === 'js.client' || kind === 'js') return plain(200, '', SCRIPT, NO_SNIFF)
  if (kind === 'pixel') return toFrontReply(PIXEL, [], false)
  return kind === 'json' ? plain(200, '{}', JSON_TYPE) : null
}

interface KnownClick extends OpenedPass {
  readonly token: string
}

function knownClick({ token = '', sub_id: subId }: Params, entry: LiveCampaign, site: Site, deps: Deps) {
  const opened = openPass(token, site, deps.senses.nowMs())
  const isOurs = opened?.pass.subId === subId && opened?.pass.campaignId === entry.compiled.id
  return opened && isOurs ? { ...opened, token } : null
}

function answerKnown(
  known: KnownClick,
  request: FrontRequest,
  origin: Origin,
  params: Params,
  deps: Deps,
  answer: Answer,
): void {
  const { token, live, pass } = known
  const seen = asSeenByPage(request, origin, params)
  const isForced = params.force_redirect_offer === '1'
  const reply = replyAgain(seen.request, seen.origin, seen.params, known, token, isForced, 'script', deps)
  const send = (settled: Answered | null): void =>
    answer(scriptReply({ subId: pass.subId, token }, true, settled, origin, params, live))
  if (reply) whenSettled(reply, request.headers, deps.carryOut, send)
  else send(null)
}

/**
 * JavaScript that keeps the click's id and token for its page, fills the `{offer}` links, and redirects or shows what
 * the stream says.
 */
function scriptReply(
  { subId, token }: { readonly subId: string; readonly token: string },
  isKnown: boolean,
  reply: Answered | null,
  origin: Origin,
  params: Params,
  entry: LiveCampaign,
): FrontReply {
  const page = { name: globalName(params.name), tracker: originUrl(reachedBy(origin, params)), ttl: ttlSeconds(entry) }
  const place = reply && placeOf(reply)
  return plain(200, scriptCall('page', { ...page, subId, token, isKnown, place }), SCRIPT, NO_SNIFF)
}

const NO_SNIFF = ['X-Content-Type-Options', 'nosniff']

/**
 * The visit of the page, not of its script: the browser names the page as referrer, the page tells who sent the visitor.
 * What steers the script is no parameter of the click.
 */
function asSeenByPage(
  request: FrontRequest,
  origin: Origin,
  params: Params,
): { request: FrontRequest; origin: Origin; params: Params } {
  const { return: _, name, host, sub_id, token, landing_url, ...visit } = params
  const headers = { ...request.headers, referer: params.se_referrer ?? request.headers.referer }
  const readBody = (): Promise<null> => Promise.resolve(null)
  const { method, url, socketAddress, isTls } = request
  return {
    request: { method, url, socketAddress, isTls, headers, readBody },
    origin: reachedBy(origin, params),
    params: visit,
  }
}

/** The page knows whether it loads us by https, also behind a proxy that does not say so. It cannot name another host. */
function reachedBy(origin: Origin, { host }: Params): Origin {
  const [, scheme, authority = ''] = /^(https?):\/\/([^/?#]+)/i.exec(host ?? '') ?? []
  const isOurs = scheme !== undefined && hostName(authority) === origin.host
  return isOurs ? { ...origin, isTls: scheme.toLowerCase() === 'https' } : origin
}

/** The page's global that gets the click; '' when it is none that a page would have made itself. */
const globalName = (name = ''): string =>
  /^[A-Za-z_$][\w$]{0,60}$/.test(name) &&
  !/^(?:window|self|top|parent|document|location|constructor|__proto__)$/.test(name)
    ? name
    : ''

const ttlSeconds = (live: LiveCampaign): number => live.compiled.bundle.campaign.cookies_ttl * HOUR_SECONDS
