import { toInertUrl } from '../macros/escape.ts'
import { compileTemplate, type Template } from '../macros/index.ts'

/**
 * Compiles the HTML of an uploaded page. It is shown at the URL of a campaign, so a base lets relative addresses find
 * its folder (reference click-processing §4.2); the base names the host, because pages are shown on other sites too.
 * `folderPath` is absolute, such as `/lander/quiz/`.
 */
export function compileLocalPage(html: string, folderPath: string): Template {
  const [before, after] = aroundBase(html)
  if (after === '') return compileTemplate(before, 'html')
  const rest = compileTemplate(after, 'html')
  return (context) => {
    const host = toInertUrl(context.trackerOrigin.replace(/^https?:/, ''))
    return before + baseTag(host + folderPath) + rest(context)
  }
}

/** The same page with its macros as they were written, to look at. */
export function withBase(html: string, folderPath: string): string {
  const [before, after] = aroundBase(html)
  return after === '' ? html : before + baseTag(folderPath) + after
}

/** A base, and what keeps links within the page where they are. `url` must hold nothing that ends an attribute. */
export const baseTag = (url: string): string => `<base href="${url}">${KEEP_ANCHORS}`

/**
 * What comes before the base and what after: it goes after the tag that opens the head, or where a head would begin.
 * A base of the page's own stays in charge when it names a site; then nothing comes after.
 */
export function aroundBase(html: string): readonly [string, string] {
  if (NAMES_A_SITE.test(html)) return [html, '']
  const at = BEFORE_CONTENT.exec(html)?.[0].length ?? 0
  return [html.slice(0, at), html.slice(at)]
}

const NAMES_A_SITE = /<base\b[^<>]*\shref\s*=\s*["']?\s*(?:https?:)?\/\//i
const BEFORE_CONTENT = /^(?:\ufeff|\s|<!--[\s\S]*?-->|<!doctype\b[^>]*>|<html\b[^>]*>)*(?:<head\b[^>]*>)?/i

/**
 * With a base, `href="#top"` would leave the page for the folder. Following such links by hand keeps them here, those
 * that scripts add later too, and leaves alone what the page's own scripts have dealt with.
 */
const KEEP_ANCHORS =
  `<script>addEventListener("click",function(e){var a=e.target.closest&&e.target.closest('a[href^="#"],area[href^="#"]');` +
  'if(!a||e.defaultPrevented||e.button||e.metaKey||e.ctrlKey||e.shiftKey||e.altKey||a.target&&a.target!="_self")return;' +
  'e.preventDefault();location.href=location.href.split("#")[0]+a.getAttribute("href")})</script>'
