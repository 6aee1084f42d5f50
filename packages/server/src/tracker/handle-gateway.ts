import { gatewayPages } from '@trackyard/core/actions/gateway.ts'
import type { FrontReply } from './front.ts'
import type { Origin } from './headers.ts'
import { plain, toFrontReply } from './respond.ts'
import type { Site } from './site.ts'
import { readGateway, signGateway, type TokenKey } from './token.ts'

export const GATEWAY = 'gateway.php'
/** A browser comes at once; afterwards the address is worth nothing to anybody. */
const VALID_MS = 3_600_000
/** Longer ones make addresses that browsers and proxies refuse. */
const MAX_URL = 6000

/** Address of the page that sends on to a URL in the way of an action (core/actions/gateway.ts). */
export const gatewayUrl = (
  trackerOrigin: string,
  keys: readonly TokenKey[],
  nowMs: number,
  url: string,
  gateway: string,
): string =>
  url.length > MAX_URL
    ? url
    : `${trackerOrigin}/${GATEWAY}?go=${signGateway(keys, { url, gateway, untilMs: nowMs + VALID_MS })}`

/** Second hop of a redirect. Only where we ourselves sent somebody does it lead. */
export function answerGateway(go: string, site: Site, origin: Origin, nowMs: number): FrontReply {
  const wanted = readGateway(site.header.settings.tokenKeys, go)
  const page = wanted && nowMs <= wanted.untilMs ? gatewayPages[wanted.gateway]?.(wanted.url) : undefined
  return page ? toFrontReply(page, [], origin.isTls) : plain(404, 'Not found')
}
