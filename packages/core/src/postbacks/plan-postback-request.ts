import type { Postback } from '../entities/postback.ts'
import { encodeUrl, escapeValue, type MacroTarget, toHeaderUrl } from '../macros/escape.ts'
import { compileTemplate } from '../macros/index.ts'
import type { MacroContext } from '../macros/macro.ts'
import { type ConversionFacts, toMacroContext } from './conversion-facts.ts'
import { postbackMacros } from './macros.ts'

/** One HTTP request, ready to be sent. Names of headers are in lower case; a GET has no body. */
export interface PostbackRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

type PostbackPlan = Pick<Postback, 'url' | 'method' | 'key' | 'currency' | 'headers' | 'params'>

/**
 * The request a postback sends about a conversion. GET carries everything in the query; POST moves the query of the
 * URL into a form body, or into a JSON object when the headers say JSON (reference conversions-and-reports §5.3, §5.6).
 */
export function planPostbackRequest(postback: PostbackPlan, facts: ConversionFacts): PostbackRequest {
  const context = toMacroContext(facts, postback.currency ?? facts.baseCurrency)
  const [base, query] = splitUrl(toHeaderUrl(expand(postback.url, 'url', context)))
  const headers: Record<string, string> = { 'user-agent': 'Trackyard' }
  for (const [name, value] of Object.entries(postback.headers))
    headers[name.toLowerCase()] = headerLine(expand(value, 'header', context))
  const params = Object.entries(postback.params).map(([name, value]) => [name, expand(value, 'text', context)] as const)
  if (postback.method === 'GET') {
    const keyed = postback.key === '' ? params : [...params, ['key', postback.key] as const]
    const whole = [query, formOf(keyed)].filter((part) => part !== '').join('&')
    return { method: 'GET', url: whole === '' ? base : `${base}?${whole}`, headers, body: null }
  }
  if (postback.key !== '') headers['x-postback-key'] ??= headerLine(postback.key)
  if (/\bjson\b/i.test(headers['content-type'] ?? '')) {
    const body = JSON.stringify(Object.fromEntries([...new URLSearchParams(query), ...params]))
    return { method: 'POST', url: base, headers, body }
  }
  headers['content-type'] ??= 'application/x-www-form-urlencoded'
  const body = [query, formOf(params)].filter((part) => part !== '').join('&')
  return { method: 'POST', url: base, headers, body }
}

const expand = (text: string, target: MacroTarget, context: MacroContext): string =>
  compileTemplate(text, target, postbackMacros)(context)

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
