import type { Postback } from '../entities/postback.ts'
import { encodeUrl, escapeValue, toHeaderUrl } from '../macros/escape.ts'
import { compileTemplate } from '../macros/index.ts'
import { type ConversionFacts, toMacroContext } from './conversion-facts.ts'
import { postbackMacros } from './macros.ts'

/** One HTTP request, ready to be sent. Names of headers are in lower case; a GET has no body. */
export interface PostbackRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export type PostbackPlan = Pick<Postback, 'url' | 'method' | 'key' | 'currency' | 'headers' | 'params'>

/** The request about one conversion. */
export type CompiledPostback = (facts: ConversionFacts) => PostbackRequest

/** The request a postback sends about a conversion. */
export const planPostbackRequest = (postback: PostbackPlan, facts: ConversionFacts): PostbackRequest =>
  compilePostback(postback)(facts)

/**
 * Reads the macros of a postback once. GET carries everything in the query; POST moves the query of the URL into a form
 * body, or into a JSON object when the headers say JSON (reference conversions-and-reports §5.3, §5.6).
 */
export function compilePostback(postback: PostbackPlan): CompiledPostback {
  const { method, key, currency } = postback
  const printUrl = compileTemplate(postback.url, 'url', postbackMacros)
  const compiled = (texts: Readonly<Record<string, string>>, target: 'header' | 'text') =>
    Object.entries(texts).map(([name, text]) => [name, compileTemplate(text, target, postbackMacros)] as const)
  const headerPrinters = compiled(postback.headers, 'header')
  const paramPrinters = compiled(postback.params, 'text')
  return (facts) => {
    const context = toMacroContext(facts, currency)
    const [base, query] = splitUrl(toHeaderUrl(printUrl(context)))
    const headers: Record<string, string> = { 'user-agent': 'Trackyard' }
    for (const [name, print] of headerPrinters) headers[name.toLowerCase()] = headerLine(print(context))
    const params = paramPrinters.map(([name, print]) => [name, print(context)] as const)
    if (method === 'GET') {
      const keyed = key === '' ? params : [...params, ['key', key] as const]
      const whole = [query, formOf(keyed)].filter((part) => part !== '').join('&')
      return { method: 'GET', url: whole === '' ? base : `${base}?${whole}`, headers, body: null }
    }
    if (key !== '') headers['x-postback-key'] ??= headerLine(key)
    if (/\bjson\b/i.test(headers['content-type'] ?? '')) {
      const body = JSON.stringify(Object.fromEntries([...new URLSearchParams(query), ...params]))
      return { method: 'POST', url: base, headers, body }
    }
    headers['content-type'] ??= 'application/x-www-form-urlencoded'
    const body = [query, formOf(params)].filter((part) => part !== '').join('&')
    return { method: 'POST', url: base, headers, body }
  }
}

const MASK = '********'
/** Names of headers whose values let somebody in. */
const SECRET_HEADERS = /^(proxy-)?authorization$|^cookie$|(key|token|secret|auth|password)/i

/** A request as logs show it: what lets somebody in at the receiver is masked. */
export function withoutSecrets({ method, url, headers, body }: PostbackRequest, key: string): PostbackRequest {
  const ending = `key=${encodeUrl(key)}`
  return {
    method,
    url: key !== '' && method === 'GET' && url.endsWith(ending) ? `${url.slice(0, -ending.length)}key=${MASK}` : url,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, SECRET_HEADERS.test(name) ? MASK : value]),
    ),
    body,
  }
}

/** What was written beside the macros may be anything, and a header is one line of ASCII. */
const headerLine = (text: string): string => escapeValue.header(text).trim()

/** Without the fragment, which is for browsers. */
function splitUrl(url: string): [base: string, query: string] {
  const bare = url.replace(/#.*$/, '')
  const at = bare.indexOf('?')
  return at === -1 ? [bare, ''] : [bare.slice(0, at), bare.slice(at + 1)]
}

const formOf = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([name, value]) => `${encodeUrl(name)}=${encodeUrl(value)}`).join('&')
