import type { IncomingHttpHeaders } from 'node:http'
import { type BlockList, isIP } from 'node:net'
import type { ClientHints } from './device.ts'

/** One header as text; '' when absent. */
export function header(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name]
  return value === undefined ? '' : Array.isArray(value) ? (value[0] ?? '') : value
}

/** What a request says of where it comes from, after removing what only a trusted proxy may say. */
export interface Origin {
  readonly ip: string
  /** Host name, lower case, without port. */
  readonly host: string
  /** Host and port as the visitor typed them, safe to put into a URL. */
  readonly authority: string
  readonly isTls: boolean
  readonly cameThroughProxy: boolean
}

const PROXY_HEADERS = ['via', 'x-proxy-id', 'proxy-connection', 'forwarded', 'x-forwarded-for'] as const

/**
 * Address, host and scheme of the visitor. Forwarding headers are believed only from `trusted` addresses: then the
 * visitor is the last address of X-Forwarded-For that is not itself trusted. From anyone else they mark a proxy.
 */
export function readOrigin(headers: IncomingHttpHeaders, socketAddress: string, trusted: BlockList | null): Origin {
  const socketIp = plainAddress(socketAddress)
  const isTrusted = trusted !== null && isInside(trusted, socketIp)
  const authority = safeAuthority((isTrusted && header(headers, 'x-forwarded-host')) || header(headers, 'host'))
  const host = hostName(authority)
  if (!isTrusted) {
    return {
      ip: socketIp,
      host,
      authority,
      isTls: false,
      cameThroughProxy: PROXY_HEADERS.some((name) => headers[name] !== undefined),
    }
  }
  return {
    ip: forwardedAddress(header(headers, 'x-forwarded-for'), trusted) || socketIp,
    host,
    authority,
    isTls: header(headers, 'x-forwarded-proto') === 'https',
    cameThroughProxy: headers['x-proxy-id'] !== undefined || headers['proxy-connection'] !== undefined,
  }
}

function forwardedAddress(list: string, trusted: BlockList): string {
  const addresses = list
    .split(',')
    .map((part) => plainAddress(part.trim()))
    .filter((ip) => isIP(ip) !== 0)
  return addresses.findLast((ip) => !isInside(trusted, ip)) ?? addresses[0] ?? ''
}

const isInside = (list: BlockList, ip: string): boolean => list.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4')

/** `::ffff:1.2.3.4` and `1.2.3.4` are one address. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address

/** A Host header that is not a host would let a visitor write into our own links, so it becomes `localhost`. */
const safeAuthority = (text: string): string =>
  /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(text) ? text : 'localhost'

/** Lower case, without the port. */
export function hostName(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':')
  return (end > 0 ? host.slice(0, end) : host).toLowerCase()
}

/** Lower-case ISO 639-1 code of the first language, '' when there is none. */
export function readLanguage(headers: IncomingHttpHeaders): string {
  const match = /^\s*([a-zA-Z]{2})(?![a-zA-Z])/.exec(header(headers, 'accept-language'))
  return match?.[1]?.toLowerCase() ?? ''
}

const unquote = (text: string): string => text.replace(/^"|"$/g, '')

export function readHints(headers: IncomingHttpHeaders): ClientHints {
  return {
    platform: unquote(header(headers, 'sec-ch-ua-platform')),
    platformVersion: unquote(header(headers, 'sec-ch-ua-platform-version')),
    model: unquote(header(headers, 'sec-ch-ua-model')),
    mobile: header(headers, 'sec-ch-ua-mobile'),
    brands: header(headers, 'sec-ch-ua'),
  }
}

/** A browser that loads a page ahead of the visitor (reference click-processing §1.4). Such a request is no click. */
export function isPrefetch(headers: IncomingHttpHeaders): boolean {
  return (
    header(headers, 'x-purpose') === 'preview' ||
    header(headers, 'x-moz') === 'prefetch' ||
    header(headers, 'x-fb-http-engine') === 'Liger' ||
    /\bprefetch\b/.test(header(headers, 'sec-purpose') || header(headers, 'purpose'))
  )
}

/** One cookie of the request, '' when absent. */
export function readCookie(headers: IncomingHttpHeaders, name: string): string {
  const cookies = headers.cookie
  if (!cookies) return ''
  const prefix = `${name}=`
  for (const part of cookies.split(';')) {
    const trimmed = part.trim()
    if (trimmed.startsWith(prefix)) return trimmed.slice(prefix.length)
  }
  return ''
}
