import { toInertUrl } from '../macros/escape.ts'
import { compileTemplate, indexMacros, type Template } from '../macros/index.ts'
import { defineMacro } from '../macros/macro.ts'
import { aroundBase, baseTag } from './local-page.ts'

/**
 * A page fetched from another site, shown under an address of ours: a base lets its relative addresses find that site,
 * and macros are filled in (reference click-processing §4.6). `url` is where it was found. Most pages come the same for
 * every visitor, so those that came last are kept ready.
 */
export function compilePreloadedPage(html: string, url: string): Template {
  const known = ready.get(url)
  if (known?.html === html) return known.show
  const show = compile(html, url)
  keep(url, { html, show })
  return show
}

function compile(html: string, url: string): Template {
  const [before, after] = aroundBase(html)
  const page = after === '' ? before : `${before}${baseTag(toInertUrl(baseOf(html, url)))}${after}`
  return compileTemplate(page, 'html', NOT_FOR_OTHERS)
}

/** A relative base of the page is meant from where the page was. */
function baseOf(html: string, url: string): string {
  const [, own] = /<base\b[^<>]*\shref\s*=\s*["']?([^"'\s<>]+)/i.exec(html) ?? []
  return own !== undefined && URL.canParse(own, url) ? new URL(own, url).href : url
}

/** The page is written by others: files that the operator laid down are not for them to read. */
const NOT_FOR_OTHERS = indexMacros({ from_file: defineMacro({ help: 'None in fetched pages.', compile: () => null }) })

/** Characters of all pages together that are kept. */
const KEPT_CHARACTERS = 8 * 1_048_576
const ready = new Map<string, { readonly html: string; readonly show: Template }>()
let kept = 0

/** The page that was compiled longest ago goes first. */
function keep(url: string, page: { readonly html: string; readonly show: Template }): void {
  forget(url)
  ready.set(url, page)
  kept += page.html.length
  for (const oldest of ready.keys()) {
    if (kept <= KEPT_CHARACTERS) break
    forget(oldest)
  }
}

function forget(url: string): void {
  const page = ready.get(url)
  if (page === undefined) return
  ready.delete(url)
  kept -= page.html.length
}
