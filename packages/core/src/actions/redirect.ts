import { toHeaderUrl } from '../macros/escape.ts'
import { compileTemplate, visitorMacros } from '../macros/index.ts'
import { quoted } from '../plain-words.ts'
import { fail, ok, problem, type Result } from '../result.ts'
import { type ActionDef, defineAction, type Reply } from './action.ts'

export const HTML = 'text/html; charset=utf-8'
/** Two visitors never get the same answer, so nobody between may keep one. */
export const NO_STORE = 'no-store, no-cache, must-revalidate'

interface RedirectParts {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What redirects have in common: a URL with macros, checked when saved and again when expanded. */
export const redirectAction = ({
  answer,
  ...about
}: Pick<ActionDef, 'label' | 'help'> & { readonly answer: (url: string) => RedirectParts }): ActionDef =>
  defineAction({
    ...about,
    type: 'redirect',
    field: 'url',
    compile(payload) {
      const template = compileDestination(payload)
      if (!template.ok) return template
      return ok((context, appendQuery = ''): Reply => {
        const destination = toHeaderUrl(template.value(context))
        // A URL that begins with a macro is only known now, and the visitor may have a say in it.
        if (!isWebUrl(destination)) return nowhere()
        const url = appendQuery === '' ? destination : withQuery(destination, toHeaderUrl(appendQuery))
        return { kind: 'redirect', ...answer(url), destination, url }
      })
    },
  })

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

const isWebUrl = (url: string): boolean => WEB_URL.test(url)

function compileDestination(payload: string): Result<ReturnType<typeof compileTemplate>> {
  const url = payload.trim()
  if (url === '') return refuse('needs a URL such as https://example.com/?click={subid}')
  if (!isWebUrl(url) && !STARTS_WITH_MACRO.test(url)) {
    if (/^[a-z0-9-]+(\.[a-z0-9-]+)+([/:?#]|$)/i.test(url))
      return refuse(`needs a whole URL: write https://${quoted(url)}`)
    return refuse('needs a URL that begins with https://, http://, // or a macro')
  }
  const [chosen] = visitorMacros(authorityOf(url))
  if (chosen !== undefined) {
    return refuse(
      `must not take its host from ${quoted(chosen)}, which visitors can set to any site: write the host out, or use {sample:…}, {from_file:…} or {offer_value:…}`,
    )
  }
  return ok(compileTemplate(url, 'url'))
}

/** Scheme and host of a URL with macros: all before the path, or a macro the URL begins with. */
const authorityOf = (url: string): string => /^(?:[a-z]+:)?(?:\/\/)?(?:\{[^{}]*\}|[^/?#{}])*/i.exec(url)?.[0] ?? url

const refuse = (message: string): Result<never> => fail(problem('validation', message))

const nowhere = (): Reply => ({
  kind: 'page',
  status: 200,
  headers: { 'Content-Type': HTML, 'Cache-Control': NO_STORE },
  body: '',
  destination: '',
})
