import { type Log, messageOf } from '../log.ts'
import type { Deps } from './deps.ts'
import type { Answer, FrontHandler, FrontReply, FrontRequest } from './front.ts'
import { handleClick } from './handle-click.ts'
import { handleLandingClick } from './handle-landing-click.ts'
import { handlePostback } from './handle-postback.ts'
import { createUpdateHandler } from './handle-update.ts'
import { isPrefetch, type Origin } from './headers.ts'
import { parseQuery, splitUrl } from './query.ts'
import { plain } from './respond.ts'
import type { LiveCampaign, Site } from './site.ts'

/** Answers that are about the tracker itself, not about a visitor. */
export interface Status {
  ready(origin: Origin, answer: Answer): void
  metrics(origin: Origin, answer: Answer): void
}

/**
 * The order of the tracker's URLs (reference click-processing §1.2): status pages, reserved flags, postback, alias, index
 * page of the domain, 404. Whatever goes wrong inside, a visitor gets an empty page and never a 500.
 */
export function createHandler(
  currentSite: () => Site | null,
  readOrigin: (request: FrontRequest) => Origin,
  deps: Deps,
  status: Status,
  log: Log,
): FrontHandler {
  const handleUpdate = createUpdateHandler()
  return (request, answer) => {
    try {
      route(request, answer)
    } catch (error) {
      deps.metrics.failures.inc()
      log.error('a request failed', {
        error: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
      })
      answer(plain(200, ''))
    }
  }

  function route(request: FrontRequest, answer: Answer): void {
    const { path, query } = splitUrl(request.url)
    if (path === '/healthz') return answer(plain(200, 'ok'))
    const origin = readOrigin(request)
    if (path === '/readyz') return status.ready(origin, answer)
    if (path === '/metrics') return status.metrics(origin, answer)
    const site = currentSite()
    if (!site) return answer(plain(503, '', undefined, ['Retry-After', '1']))

    const domain = site.domain(origin.host)
    if (path === '/robots.txt') {
      return answer(plain(200, `User-agent: *\n${domain?.allow_indexing === false ? 'Disallow: /' : 'Allow: /'}\n`))
    }
    const params = parseQuery(query)
    const segment = firstSegment(path)
    if (segment === site.header.settings.postbackKey && path.split('/')[2] === 'postback') {
      // A link checker must not make a sale.
      if (request.method === 'HEAD') return answer(plain(200, ''))
      void handlePostback(request, origin, params, deps, answer)
      return
    }
    // Networks do not follow redirects, so postbacks were served above whatever the scheme.
    if (domain?.ssl_redirect && !origin.isTls && !path.startsWith('/.well-known/')) {
      return answer(plain(301, '', undefined, ['Location', `https://${origin.host}${safePath(request.url)}`]))
    }
    const refusal = refuseMethod(request.method)
    if (refusal) return answer(refusal)
    if (params._update_tokens) return handleUpdate(params, deps, answer)
    // Loading ahead is no visit: neither a click nor a step to the offer.
    const isCampaignUrl = segment !== '' || params._lp !== undefined || domain?.default_campaign_id !== null
    if (isCampaignUrl && isPrefetch(request.headers)) return answer(plain(204, ''))
    if (params._lp && segment === '' && handleLandingClick(request, origin, params, site, deps, answer)) return

    const found = segment === '' ? undefined : site.byAlias(segment)
    const index = domain?.default_campaign_id ? site.byId(domain.default_campaign_id) : undefined
    const mayUseIndex = segment === '' || (domain?.catch_not_found === true && !NEVER_A_CLICK.test(path))
    const campaign = pickCampaign(found, index, mayUseIndex)
    if (campaign) return handleClick(request, origin, params, campaign, site, deps, answer)
    deps.metrics.notFound.inc()
    // A campaign that is switched off shows an empty page, an unknown address is not found.
    answer(found ? plain(200, '') : plain(404, 'Not found'))
  }
}

/** What browsers and networks ask for by themselves: counting it as clicks would spoil every figure. */
const NEVER_A_CLICK = /^\/(?:favicon\.ico|apple-touch-icon[^/]*|\.well-known\/.*|[^/]+\/postback)$/

/** Only GET and POST are visits. HEAD is a link checker, OPTIONS a browser asking whether it may come. */
function refuseMethod(method: string): FrontReply | null {
  if (method === 'GET' || method === 'POST') return null
  if (method === 'HEAD') return plain(200, '')
  const allowed = ['Allow', 'GET, POST, HEAD, OPTIONS']
  if (method === 'OPTIONS') {
    const cors = ['Access-Control-Allow-Methods', 'GET, POST', 'Access-Control-Allow-Headers', 'content-type']
    return plain(204, '', undefined, [...allowed, ...cors])
  }
  return plain(405, '', undefined, allowed)
}

/** The campaign of the alias; when it is off or the alias is unknown, the index campaign of the domain may step in. */
function pickCampaign(
  found: LiveCampaign | undefined,
  index: LiveCampaign | undefined,
  mayUseIndex: boolean,
): LiveCampaign | undefined {
  if (found?.isActive) return found
  return (found || mayUseIndex) && index?.isActive ? index : undefined
}

function firstSegment(path: string): string {
  const end = path.indexOf('/', 1)
  const segment = end === -1 ? path.slice(1) : path.slice(1, end)
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

const safePath = (url: string): string => (url.startsWith('/') ? url.replace(/[\r\n]/g, '') : '/')
