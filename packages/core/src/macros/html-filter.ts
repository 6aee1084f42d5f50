import { saltFor } from '../click/split.ts'
import { HtmlScanner } from './html-place.ts'
import { hashText, MACRO, MAX_MACRO, type MacroContext, type MacroIndex, readMacro } from './index.ts'

/** Changes a text on its way: what `push` and `end` answer, one after the other, is the whole of it. */
export interface TextFilter {
  push(text: string): string
  end(): string
}

/**
 * Fills in the macros of HTML that comes in pieces, as `compileTemplate` does for HTML that is there: wherever it is cut,
 * the same comes out. Only what may still become a macro is held back. `name` stands for the text, which nobody knows as a
 * whole: macros of two texts draw two numbers.
 */
export function htmlFilter(context: MacroContext, name: string, more: MacroIndex): TextFilter {
  const html = new HtmlScanner('')
  const seed = hashText(name)
  let count = 0
  /** Of the text that came and was not passed on; it stands at index `start` of what the scanner holds. */
  let held = ''
  let start = 0
  let isUnreadable = false

  const passOn = (length: number): string => {
    let filled = ''
    let end = 0
    for (const match of held.slice(0, length).matchAll(MACRO)) {
      const at = start + match.index
      const place = { target: 'html', at, isInHost: false, html, seed: saltFor('macro', seed, count++), more } as const
      const reader = readMacro(match, place)
      if (reader === null) continue
      filled += held.slice(end, match.index) + reader(context)
      end = match.index + match[0].length
      html.skipTo(start + end)
    }
    filled += held.slice(end, length)
    start += length
    held = held.slice(length)
    return filled
  }

  const asItIs = (): string => {
    const text = held
    held = ''
    return text
  }

  return {
    push(text) {
      if (start > KEPT && !isUnreadable) {
        start -= html.forget(start)
        isUnreadable = start > MAX_KEPT
      }
      held += text
      if (isUnreadable) return asItIs()
      html.append(text)
      return passOn(lengthWithoutBegun(held))
    },
    end: () => passOn(held.length),
  }
}

/** Characters that are kept to tell where a macro stands. */
const KEPT = 65_536
/**
 * So many without the end of a tag are a file rather than a page. Where a macro stands behind them cannot be told, so none
 * is filled in any more.
 */
const MAX_KEPT = 1_048_576
/** How much of a text comes before a macro that is not whole yet. */
function lengthWithoutBegun(text: string): number {
  const open = text.lastIndexOf('{')
  if (open < 0 || text.length - open > MAX_MACRO) return text.length
  return BEGUN.test(text.slice(open)) ? open : text.length
}

const BEGUN = /^\{_?(?:[a-z][a-z0-9_-]*(?::[^{}]*)?)?$/i
