import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { readBrands } from './brands.ts'
import type { ClientHints } from './device.ts'
import { remembering } from './remembering.ts'

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

/** Whether an address is one of our proxies. */
type IsTrusted = (ip: string) => boolean

/**
 * Address, host and scheme of the visitor. Forwarding headers are believed only from `trusted` addresses: then the
 * visitor is the last address of X-Forwarded-For that is not itself trusted. From anyone else they mark a proxy.
 */
export function readOrigin(headers: IncomingHttpHeaders, socketAddress: string, trusted: IsTrusted | null): Origin {
  const socketIp = plainAddress(socketAddress)
  const isTrusted = trusted?.(socketIp) ?? false
  const { authority, host } = addressed((isTrusted && header(headers, 'x-forwarded-host')) || header(headers, 'host'))
  if (trusted === null || !isTrusted) {
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
    isTls: header(headers, 'x-forwarded-proto').split(',')[0]?.trim().toLowerCase() === 'https',
    cameThroughProxy: headers['x-proxy-id'] !== undefined || headers['proxy-connection'] !== undefined,
  }
}

/** The last address that no trusted proxy put there. What comes before something unreadable is anybody's claim. */
function forwardedAddress(list: string, trusted: IsTrusted): string {
  let last = ''
  for (let end = list.length; end >= 0; ) {
    const comma = end === 0 ? -1 : list.lastIndexOf(',', end - 1)
    const ip = plainAddress(withoutPort(list.slice(comma + 1, end).trim()))
    if (isIP(ip) === 0) return last
    if (!trusted(ip)) return ip
    last = ip
    end = comma
  }
  return last
}

/** `1.2.3.4:5678` and `[2001:db8::1]:443` are written by some proxies. */
const withoutPort = (entry: string): string =>
  !entry.includes(':') && !entry.startsWith('[')
    ? entry
    : (/^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry)?.[1] ?? entry)

/** `::ffff:1.2.3.4` and `1.2.3.4` are one address. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address

/** A Host header, read. */
const addressed = remembering(1000, 300, (text): Pick<Origin, 'host' | 'authority'> => {
  const authority = safeAuthority(text)
  return { authority, host: hostName(authority) }
})

/** A Host header that is not a host would let a visitor write into our own links, so it becomes `localhost`. */
const safeAuthority = (text: string): string =>
  /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(text) ? text : 'localhost'

/** Lower case, without the port. */
export function hostName(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':')
  return (end > 0 ? host.slice(0, end) : host).toLowerCase().replace(/\.$/, '')
}

const MAX_LANGUAGES = 500

/**
 * Lower-case ISO 639-1 code of the language the visitor wants most: the highest `q` wins, of equal ones the first
 * (RFC 9110 §12.5.4). '' when none is named, as by `*`.
 */
export const readLanguage = (headers: IncomingHttpHeaders): string =>
  languageWanted(header(headers, 'accept-language').slice(0, MAX_LANGUAGES))

const languageWanted = remembering(1000, MAX_LANGUAGES, (list): string => {
  let best = ''
  let bestWeight = 0
  for (const [, code = '', weightText] of list.matchAll(LANGUAGE)) {
    const weight = weightText === undefined ? 1 : Math.min(1, Number(weightText))
    if (weight > bestWeight) {
      best = code
      bestWeight = weight
    }
    if (bestWeight === 1) break
  }
  const language = best.toLowerCase()
  return THREE_LETTERS[language] ?? (language.length === 2 ? (OLD_CODES[language] ?? language) : '')
})

/** `de`, `de-CH`, `zh-Hans-CN`, `de_DE`, `de;q=0.5`; what is neither is passed over. */
const LANGUAGE = /(?:^|,)\s*([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*\s*(?:;\s*q\s*=\s*(\d(?:\.\d*)?|\.\d+)\s*)?(?=,|;|$)/gi
/** Languages that some systems name by three letters although they have two. */
const THREE_LETTERS: Readonly<Record<string, string>> = {
  fil: 'tl',
  eng: 'en',
  deu: 'de',
  fra: 'fr',
  spa: 'es',
  rus: 'ru',
  por: 'pt',
  ita: 'it',
  zho: 'zh',
  cmn: 'zh',
  jpn: 'ja',
}
/** What old systems write for codes that were renamed. */
const OLD_CODES: Readonly<Record<string, string>> = { iw: 'he', in: 'id', ji: 'yi' }

const MAX_HINT = 64
const MAX_PACKAGE = 255

/** Hints come from the visitor: they are cut, and a platform nobody knows is none. */
function hint(headers: IncomingHttpHeaders, name: string): string {
  const value = header(headers, name)
  return value === '' ? '' : value.slice(0, MAX_HINT).replace(/^"|"$/g, '')
}

export function readHints(headers: IncomingHttpHeaders): ClientHints {
  const platform = hint(headers, 'sec-ch-ua-platform')
  return {
    platform: KNOWN_PLATFORMS.has(platform) ? platform : '',
    platformVersion: hint(headers, 'sec-ch-ua-platform-version').replace(/[^0-9.]/g, ''),
    model: hint(headers, 'sec-ch-ua-model'),
    mobile: hint(headers, 'sec-ch-ua-mobile'),
    app: header(headers, 'x-requested-with').slice(0, MAX_PACKAGE),
    browser: readBrands(header(headers, 'sec-ch-ua-full-version-list') || header(headers, 'sec-ch-ua')),
  }
}

const KNOWN_PLATFORMS: ReadonlySet<string> = new Set([
  'Android',
  'Chrome OS',
  'Chromium OS',
  'iOS',
  'Linux',
  'macOS',
  'Windows',
])

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
