import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import type { FrontRequest } from '../front.ts'
import { header, type Origin, plainAddress } from '../headers.ts'
import type { Params } from '../query.ts'
import { VISITOR_COOKIE } from '../run-click.ts'

/** What is about the call and not about the visitor's click. */
const ABOUT_THE_CALL: ReadonlySet<string> = new Set([
  ...['token', 'version', 'kversion', 'info', 'log', 'force_redirect_offer', 'uniqueness_cookie', 'prefetch'],
  ...['ip', 'ua', 'user_agent', 'language', 'lang', 'x_requested_with', 'sub_id', '_token', 'api_key'],
  ...['original_host', 'original_method', 'uri'],
])
const HEADER_NAME = /^original_headers\[([A-Za-z0-9_-]{1,64})\]$/

export interface VisitorRequest {
  readonly request: FrontRequest
  readonly origin: Origin
  readonly params: Params
}

/**
 * The visitor's own request, as the site describes it (reference click-processing §2.1). Who holds the campaign's token
 * may say whose address it is; whatever the site does not say is not taken from its own request, except for the address.
 */
export function visitorRequest(call: FrontRequest, origin: Origin, params: Params): VisitorRequest {
  const headers = visitorHeaders(call, params)
  return {
    request: {
      method: 'GET',
      url: call.url,
      headers,
      socketAddress: call.socketAddress,
      isTls: call.isTls,
      readBody: () => Promise.resolve(null),
    },
    origin: { ...origin, ip: statedAddress(params.ip) || origin.ip, cameThroughProxy: false },
    params: Object.fromEntries(
      Object.entries(params).filter(([name]) => !ABOUT_THE_CALL.has(name) && !HEADER_NAME.test(name)),
    ),
  }
}

function visitorHeaders(call: FrontRequest, params: Params): IncomingHttpHeaders {
  const headers: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(params)) {
    const [, stated] = HEADER_NAME.exec(name) ?? []
    if (stated && value !== '') headers[stated.toLowerCase().replaceAll('_', '-')] = value
  }
  const say = (name: string, value: string | undefined): void => {
    if (value) headers[name] = value
  }
  say('user-agent', params.ua || params.user_agent)
  say('accept-language', params.language || params.lang)
  say('x-requested-with', params.x_requested_with)
  say('referer', params.referrer || params.referer)
  // Sites pass on the visitor's cookies as their own.
  const cookies = [header(call.headers, 'cookie') || headers.cookie || '']
  if (params.uniqueness_cookie) cookies.unshift(`${VISITOR_COOKIE}=${params.uniqueness_cookie}`)
  headers.cookie = cookies.filter(Boolean).join('; ')
  return headers
}

/** Sites copy forwarding headers, which may be lists; '' when there is no address in it. */
function statedAddress(text = ''): string {
  const first = plainAddress((text.split(',')[0] ?? '').trim().replace(/^\[(.*)\]$/, '$1'))
  return isIP(first) === 0 ? '' : first
}
