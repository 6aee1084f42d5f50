import { compileUrl, hostPartOf, type Template, visitorMacros } from '../macros/index.ts'
import { quoted } from '../plain-words.ts'
import { fail, ok, problem, type Result } from '../result.ts'

/** Adds encoded `a=b&c=d` to a URL, before its fragment. */
export function withQuery(url: string, query: string): string {
  const hash = url.indexOf('#')
  const base = hash < 0 ? url : url.slice(0, hash)
  const fragment = hash < 0 ? '' : url.slice(hash)
  const joint = !base.includes('?') ? '?' : base.endsWith('?') || base.endsWith('&') ? '' : '&'
  return `${base}${joint}${query}${fragment}`
}

const WEB_URL = /^(https?:)?\/\/[^/?#\\\s]/i
const STARTS_WITH_MACRO = /^\{_?[a-z][a-z0-9_-]*(:[^{}]*)?\}/i

/** Whether a URL leads to a web site: `https://`, `http://` or `//` and a host. */
export const isWebUrl = (url: string): boolean => WEB_URL.test(url)

/** Compiles a URL with macros that visitors are sent to. Refuses what is none, and hosts that visitors could choose. */
export function compileDestination(payload: string): Result<Template> {
  const url = payload.trim()
  if (url === '') return refuse('needs a URL such as https://example.com/?click={subid}')
  if (!isWebUrl(url) && !STARTS_WITH_MACRO.test(url)) {
    if (/^[a-z0-9-]+(\.[a-z0-9-]+)+([/:?#]|$)/i.test(url))
      return refuse(`needs a whole URL: write https://${quoted(url)}`)
    return refuse('needs a URL that begins with https://, http://, // or a macro')
  }
  const [chosen] = visitorMacros(hostPartOf(url))
  if (chosen !== undefined) {
    return refuse(
      `must not take its host from ${quoted(chosen)}, which visitors can set to any site: write the host out, or use {sample:…}, {from_file:…} or {offer_value:…}`,
    )
  }
  return ok(compileUrl(url))
}

/** What browsers cannot open about a URL that compiles, as the rest of a sentence about it; null when nothing is. */
export function hostDoubt(payload: string): string | null {
  const host = hostPartOf(payload.trim())
  if (!isWebUrl(host) || host.includes('{') || URL.canParse(host.startsWith('//') ? `https:${host}` : host)) return null
  return `has a host that no browser can open: ${quoted(host)}`
}

const refuse = (message: string): Result<never> => fail(problem('validation', message))
