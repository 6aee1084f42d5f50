import { toInertUrl } from '../macros/escape.ts'
import { htmlFilter, type TextFilter } from '../macros/html-filter.ts'
import { indexMacros, type MacroContext } from '../macros/index.ts'
import { defineMacro } from '../macros/macro.ts'
import { aroundBase, baseTag } from './local-page.ts'

/**
 * A page of another site, on its way to be shown under an address of ours: a base lets its relative addresses find that
 * site, and macros are filled in (reference click-processing §4.6). `url` is where it was found. Nothing is passed on
 * until its head tells whether it has a base of its own; a base that comes only after the head, or after 64 KB, comes too
 * late to be heeded.
 */
export function preloadedPage(url: string, context: MacroContext): TextFilter {
  const macros = htmlFilter(context, url, NOT_FOR_OTHERS)
  let head: string | null = ''
  const open = (): string => {
    const opened = withBaseOf(url, head ?? '')
    head = null
    return macros.push(opened)
  }
  return {
    push(text) {
      if (head === null) return macros.push(text)
      head += text
      const unread = head.slice(-text.length - MAX_TAG)
      return head.length >= MAX_HEAD || TELLS_BASE.test(unread) ? open() : ''
    },
    end: () => (head === null ? '' : open()) + macros.end(),
  }
}

const MAX_HEAD = 65_536
const MAX_TAG = 4096
/** The end of a head, or a base that names something. */
const TELLS_BASE = /<\/head\b|<body\b|<base\b[^<>]*\shref\b[^<>]*>/i

function withBaseOf(url: string, html: string): string {
  const [before, after] = aroundBase(html)
  return after === '' ? before : `${before}${baseTag(toInertUrl(baseOf(html, url)))}${after}`
}

/** A relative base of the page is meant from where the page was. */
function baseOf(html: string, url: string): string {
  const [, own] = /<base\b[^<>]*\shref\s*=\s*["']?([^"'\s<>]+)/i.exec(html) ?? []
  return own !== undefined && URL.canParse(own, url) ? new URL(own, url).href : url
}

/** The page is written by others: files that the operator laid down are not for them to read. */
const NOT_FOR_OTHERS = indexMacros({ from_file: defineMacro({ help: 'None in fetched pages.', compile: () => null }) })
