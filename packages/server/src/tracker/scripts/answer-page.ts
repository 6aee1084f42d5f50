import type { Deps } from '../deps.ts'
import { type Answered, placeOf } from '../embed.ts'
import type { Answer, FrontReply, FrontRequest } from '../front.ts'
import { hostName, type Origin } from '../headers.ts'
import { openPass, originUrl, replyAgain } from '../pass.ts'
import type { Params } from '../query.ts'
import { whenSettled } from '../remote/carry-out.ts'
import { plain } from '../respond.ts'
import { type ClickRun, finishRun, recordRun, runClick } from '../run-click.ts'
import type { LiveCampaign, Site } from '../site.ts'
import { scriptCall } from './sources.ts'

const SCRIPT = 'application/javascript; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'
const HOUR_SECONDS = 3600

type Handle = (
  request: FrontRequest,
  origin: Origin,
  params: Params,
  entry: LiveCampaign,
  site: Site,
  deps: Deps,
  answer: Answer,
) => void

/**
 * `return=js.client`: the campaign carried out inside a page of another site (reference click-processing §2.4). The answer
 * is JavaScript that keeps the click's id and token for that page, fills its `{offer}` links, and redirects or shows what
 * the stream says. A page that sends a click it has, with its token, makes no new one.
 */
const handlePageScript: Handle = (request, origin, params, entry, site, deps, answer) => {
  const tracker = trackerOf(origin, params)
  const seen = asSeenByPage(request, origin, params, tracker)
  const page = { name: globalName(params.name), tracker, ttl: ttlSeconds(entry) }
  const send = (subId: string, token: string, isKnown: boolean, reply: Answered | null): void => {
    const place = reply && placeOf(reply)
    answer(plain(200, scriptCall('page', { ...page, subId, token, isKnown, place }), SCRIPT, NO_SNIFF))
  }
  const known = openPass(params.token ?? '', site, deps.senses.nowMs())
  if (known && known.pass.subId === params.sub_id && known.pass.campaignId === entry.compiled.id) {
    const isForced = params.force_redirect_offer === '1'
    const reply = replyAgain(
      seen.request,
      seen.origin,
      seen.params,
      known,
      params.token ?? '',
      isForced,
      'script',
      deps,
    )
    const again = (settled: Answered | null): void => send(known.pass.subId, params.token ?? '', true, settled)
    return reply ? whenSettled(reply, request.headers, deps.carryOut, again) : again(null)
  }
  const run = runForPage(seen.request, seen.origin, seen.params, entry, site, deps)
  finishRun(run, request.headers, deps, ({ reply }) => send(run.last.subId, run.last.token, false, reply))
}

/** `return=json`: the visit of a page as a click, for the tracking script. Nothing is carried out. */
const handleTracking: Handle = (request, origin, params, entry, site, deps, answer) => {
  const seen = asSeenByPage(request, origin, params, originUrl(origin))
  const run = runForPage(seen.request, seen.origin, seen.params, entry, site, deps)
  const body = { sub_id: run.last.subId, token: run.last.token, ttl: ttlSeconds(entry) }
  recordRun(run, deps, () => answer(plain(200, JSON.stringify(body), JSON_TYPE)))
}

/** By the value of `return`; other values are answered like any click. */
export const pageAnswers: ReadonlyMap<string, Handle> = new Map([
  ['js.client', handlePageScript],
  ['json', handleTracking],
])

/** When a campaign is off: scripts that do nothing, rather than errors in the console of a page. */
export function emptyPageAnswer(kind: string): FrontReply | null {
  if (kind === 'js.client' || kind === 'js') return plain(200, '', SCRIPT, NO_SNIFF)
  return kind === 'json' ? plain(200, '{}', JSON_TYPE) : null
}

const NO_SNIFF = ['X-Content-Type-Options', 'nosniff']

function runForPage(
  request: FrontRequest,
  origin: Origin,
  params: Params,
  entry: LiveCampaign,
  site: Site,
  deps: Deps,
): ClickRun {
  const defersOffer = params.force_redirect_offer !== '1'
  return runClick(request, origin, params, entry, site, deps, { embedding: 'script', defersOffer, wantsToken: true })
}

/**
 * The visit of the page, not of its script: the browser names the page as referrer, the page tells who sent the visitor.
 * What steers the script is no parameter of the click.
 */
function asSeenByPage(
  request: FrontRequest,
  origin: Origin,
  params: Params,
  tracker: string,
): { request: FrontRequest; origin: Origin; params: Params } {
  const { return: _, name, host, sub_id, token, landing_url, ...visit } = params
  const headers = { ...request.headers, referer: params.se_referrer ?? request.headers.referer }
  const readBody = (): Promise<null> => Promise.resolve(null)
  const { method, url, socketAddress, isTls } = request
  return {
    request: { method, url, socketAddress, isTls, headers, readBody },
    origin: { ...origin, isTls: tracker.startsWith('https:') },
    params: visit,
  }
}

/** The page knows whether it loads us by https, also behind a proxy that does not say so. It cannot name another host. */
function trackerOf(origin: Origin, { host }: Params): string {
  const [, scheme, authority = ''] = /^(https?):\/\/([^/?#]+)/i.exec(host ?? '') ?? []
  const isOurs = scheme !== undefined && hostName(authority) === origin.host
  return originUrl(isOurs ? { ...origin, isTls: scheme.toLowerCase() === 'https' } : origin)
}

/** The page's global that gets the click; '' when it is none that a page would have made itself. */
const globalName = (name = ''): string =>
  /^[A-Za-z_$][\w$]{0,60}$/.test(name) &&
  !/^(?:window|self|top|parent|document|location|constructor|__proto__)$/.test(name)
    ? name
    : ''

const ttlSeconds = (live: LiveCampaign): number => live.compiled.bundle.campaign.cookies_ttl * HOUR_SECONDS
