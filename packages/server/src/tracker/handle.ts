import { storedAddress, withoutAddress } from '../address-privacy.ts'
import { LANDER } from '../local-page-files.ts'
import { type Log, messageOf } from '../log.ts'
import { isAdminUrl } from './admin-url.ts'
import { clickApiVersion, createClickApi } from './click-api/handle.ts'
import type { Deps } from './deps.ts'
import { createDisabledTeller } from './disabled-campaigns.ts'
import type { Answer, FrontHandler, FrontReply, FrontRequest } from './front.ts'
import { handleClick } from './handle-click.ts'
import { answerGateway, GATEWAY } from './handle-gateway.ts'
import { handleLander } from './handle-lander.ts'
import { handleLandingClick } from './handle-landing-click.ts'
import { createAllowance, createPostbackHandler, type PostbackDoor } from './handle-postback.ts'
import { createUpdateHandler } from './handle-update.ts'
import { header, isPrefetch, type Origin } from './headers.ts'
import { readPosted } from './posted.ts'
import { type Params, parseQuery, splitUrl } from './query.ts'
import { plain } from './respond.ts'
import { emptyPageAnswer, handlePage, pageKindOf } from './scripts/answer-page.ts'
import { serveScript } from './scripts/serve-file.ts'
import type { LiveCampaign, Site } from './site.ts'

/** Answers that are about the tracker itself, not about a visitor. */
export interface Status {
  /** `needsApi`: ready only while the Admin API and its reports answer too. */
  ready(origin: Origin, answer: Answer, needsApi: boolean): void
  metrics(origin: Origin, answer: Answer): void
}

/** Lines of the system log a minute about postbacks with a wrong key, so that nobody can fill it. */
const WRONG_KEYS_PER_WINDOW = 5

type Guard = <Args extends unknown[]>(work: (...args: Args) => void) => (...args: Args) => void

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
  const handlePostback = createPostbackHandler()
  const tellWrongKey = createAllowance(WRONG_KEYS_PER_WINDOW)
  const tellDisabled = createDisabledTeller(log)
  const handleClickApi = createClickApi(log, tellDisabled)
  return (request, answer) => {
    const guard = guardOf(answer)
    deps.later(
      'route',
      guard(() => route(request, answer, guardedDeps(guard), guard)),
    )
  }

  /** Makes anything that answers safe to call: a fault inside costs one visitor his page, and nobody else anything. */
  function guardOf(answer: Answer): Guard {
    return (work) =>
      (...args) => {
        try {
          work(...args)
        } catch (error) {
          deps.metrics.failures.inc()
          log.error('a request failed', {
            error: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
          })
          answer(plain(200, ''))
        }
      }
  }

  /** Visits go on with those of others, and answers are made after the spool's group write or a fetch: nobody else would catch. */
  function guardedDeps(guard: Guard): Deps {
    return {
      ...deps,
      later: (step, work) => deps.later(step, guard(work)),
      spool: { append: (payload, written) => deps.spool.append(payload, guard(written)) },
      carryOut: (reply, headers, done) => deps.carryOut(reply, headers, guard(done)),
    }
  }

  function route(request: FrontRequest, answer: Answer, whole: Deps, guard: Guard): void {
    const { path: asked, query } = splitUrl(request.url)
    // Links that were put together begin with two slashes.
    const path = asked.startsWith('//') ? asked.replace(/^\/+/, '/') : asked
    if (path === '/healthz') return answer(plain(200, 'ok'))
    const origin = readOrigin(request)
    if (path === '/readyz') return status.ready(origin, answer, false)
    if (path === '/readyz/api') return status.ready(origin, answer, true)
    if (path === '/metrics') return status.metrics(origin, answer)
    const site = currentSite()
    if (!site) return answer(plain(503, '', undefined, ['Retry-After', '1']))

    const { ipPrivacy, visitorSecret } = site.header.settings
    const append: Deps['spool']['append'] = (payload, written) =>
      whole.spool.append(withoutAddress(payload, origin.ip, ipPrivacy, visitorSecret), written)
    const deps = ipPrivacy === 'keep' ? whole : { ...whole, spool: { append } }
    const domain = site.domain(origin.host)
    const isServed = domain !== undefined || site.header.settings.unknownHosts === 'serve'
    // Reaches us only where the domain says that there is no admin side.
    if (isAdminUrl(request.url)) return answer(plain(404, 'Not found'))
    if (path === '/robots.txt') {
      const isOpen = isServed && domain?.allow_indexing !== false
      return answer(plain(200, `User-agent: *\n${isOpen ? 'Allow: /' : 'Disallow: /'}\n`))
    }
    const params = parseQuery(query)
    const named = firstSegment(path)
    const segment = named === 'index.php' && !site.byAlias(named) ? '' : named
    const door = postbackDoor(path, segment, site)
    if (door) {
      // A link checker must not make a sale.
      if (request.method === 'HEAD') return answer(plain(200, ''))
      void handlePostback(request, origin, params, deps, answer, door)
      return
    }
    if (isKeyedPostback(path) && !site.byAlias(segment) && tellWrongKey(deps.senses.nowMs()))
      log.warn('a postback came with a key that is not ours and was answered 404', {
        ip: storedAddress(origin.ip, ipPrivacy, visitorSecret),
      })
    const apiVersion = clickApiVersion(path)
    if (apiVersion) return handleClickApi(apiVersion, request, origin, params, site, deps, answer)
    const script = serveScript(request, path)
    if (script) return answer(script)
    // Networks and sites do not follow redirects, so they were served above whatever the scheme.
    if (domain?.ssl_redirect && !isSecure(request, origin) && !path.startsWith('/.well-known/')) {
      return answer(plain(301, '', undefined, ['Location', `https://${origin.host}${safePath(request.url)}`]))
    }
    // Visitors who are under way go on, whatever became of the domain they came by.
    const isUnderWay = Boolean(params._lp || params._update_tokens) || segment === GATEWAY
    if (!isServed && !isUnderWay) return answer(plain(404, 'Not found'))
    if (segment === LANDER && !params._lp && handleLander(request, origin, path, site, deps, answer)) return
    const found = segment === '' ? campaignOfToken(params, site) : site.byAlias(segment)
    const index = domain?.default_campaign_id ? site.byId(domain.default_campaign_id) : undefined
    const mayUseIndex = segment === '' || (domain?.catch_not_found === true && !NEVER_A_CLICK.test(path))
    const refusal = refuseMethod(request.method, isUnderWay || Boolean(found ?? (mayUseIndex && index)))
    if (refusal) return answer(refusal)
    if (segment === GATEWAY) return answer(answerGateway(params.go ?? '', site, origin, deps.senses.nowMs()))
    const visit = (said: Params): void => {
      if (said._update_tokens) return handleUpdate(said, deps, answer)
      // Loading ahead is no visit: neither a click nor a step to the offer.
      const isCampaignUrl = segment !== '' || said._lp !== undefined || domain?.default_campaign_id !== null
      if (isCampaignUrl && isPrefetch(request.headers)) return answer(plain(204, ''))
      if (said._lp && handleLandingClick(request, origin, said, site, deps, answer)) return

      if (!isServed) return answer(plain(404, 'Not found'))
      const campaign = pickCampaign(found, index, mayUseIndex)
      const kind = pageKindOf(said, query)
      if (campaign && kind) return handlePage(kind, request, origin, said, campaign, site, deps, answer)
      if (campaign) return handleClick(request, origin, said, campaign, site, deps, answer)
      const disabled = found ?? (mayUseIndex ? index : undefined)
      if (disabled) tellDisabled(disabled.compiled, deps)
      else deps.metrics.notFound.inc()
      // A campaign that is switched off shows an empty page, an unknown address is not found.
      answer(disabled ? (emptyPageAnswer(kind ?? said.return ?? '') ?? plain(200, '')) : plain(404, 'Not found'))
    }
    // Forms and scripts may say in the body what links say in the URL.
    if (request.method !== 'POST') return visit(params)
    void readPosted(request, params).then(guard(visit))
  }
}

const isKeyedPostback = (path: string): boolean => path.includes('/postback') && path.split('/')[2] === 'postback'

/** Postbacks come by the key, by the token of a campaign from web pages, and, where that is allowed, without either. */
function postbackDoor(path: string, segment: string, { header, byAlias, byToken }: Site): PostbackDoor | null {
  const rules = header.postbacks
  const isKeyless = rules?.allowsKeyless === true && segment === 'postback' && !byAlias(segment)
  if (!isKeyless && !isKeyedPostback(path)) return null
  if (isKeyless || segment === header.settings.postbackKey) return { rules, campaignId: null }
  const campaign = byToken(segment)
  return campaign ? { rules, campaignId: campaign.compiled.id } : null
}

/** What browsers and networks ask for by themselves: counting it as clicks would spoil every figure. */
const NEVER_A_CLICK = /^\/(?:\..*|favicon\.ico|apple-touch-icon[^/]*|lander\/.+|[^/]+\/postback)$/

/** `/?token=…` names a campaign by its secret for the Click API; with `_lp` a token is that of a click. */
const campaignOfToken = (params: Params, site: Site): LiveCampaign | undefined =>
  params.token && !params._lp ? site.byToken(params.token) : undefined

/**
 * Only GET and POST are visits. HEAD is a link checker, who is told whether there is such a link; OPTIONS a browser asking
 * whether it may come.
 */
function refuseMethod(method: string, isFound: boolean): FrontReply | null {
  if (method === 'GET' || method === 'POST') return null
  if (method === 'HEAD') return plain(isFound ? 200 : 404, '')
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

/**
 * Whether the visitor came by HTTPS, also where a web server says so that nobody named as trusted: sent there once more,
 * he would be sent for ever.
 */
const isSecure = ({ headers }: FrontRequest, { isTls }: Origin): boolean =>
  isTls || /^\s*https\b/i.test(header(headers, 'x-forwarded-proto'))

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
