import { RE2JS } from 're2js'
import { fail, ok, type Problem, problem, type Result } from '../result.ts'

export type TextMatcher = (text: string) => boolean

const MAX_PATTERN_LENGTH = 1000

/**
 * Any of several patterns: `plain` equals the whole text, `ma*sk` has `*` for any run of characters, `/regex/flags` is
 * a regular expression. Case is ignored except by a regular expression without the flag `i`. Empty text, meaning
 * unknown data, never matches (reference click-processing §6.2).
 */
export function compileTextMatcher(
  patterns: readonly string[],
  { partial = false }: { readonly partial?: boolean } = {},
): Result<TextMatcher> {
  const exact = new Set<string>()
  const masks: TextMatcher[] = []
  const regexes: TextMatcher[] = []
  const problems: Problem[] = []
  for (const pattern of patterns) {
    if (isRegex(pattern)) {
      const regex = compileRegex(pattern)
      if (regex.ok) regexes.push(regex.value)
      else problems.push(...regex.problems)
    } else if (pattern.includes('*')) masks.push(compileMask(pattern))
    else if (partial) masks.push(compileMask(`*${pattern}*`))
    else exact.add(pattern.toLowerCase())
  }
  if (problems.length > 0) return fail(...problems)
  return ok((text) => {
    if (text === '') return false
    if (exact.size > 0 || masks.length > 0) {
      const lower = text.toLowerCase()
      if (exact.has(lower)) return true
      for (const mask of masks) if (mask(lower)) return true
    }
    for (const regex of regexes) if (regex(text)) return true
    return false
  })
}

/** Exact version or one that starts with the same dotted parts: `10.2` matches `10.2.1` but not `10.20`. */
export function compileVersionMatcher(versions: readonly string[]): TextMatcher {
  const wanted = new Set(versions.map((version) => version.replace(/(\.\*|\.)$/, '').toLowerCase()))
  return (text) => {
    let prefix = text.toLowerCase()
    while (prefix !== '') {
      if (wanted.has(prefix)) return true
      prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))
    }
    return false
  }
}

const REGEX_FORM = /^\/(.+)\/([a-z]*)$/s
export const isRegex = (pattern: string): boolean => REGEX_FORM.test(pattern)

/** RE2 matches in time linear in the text, so no pattern of a user and no text of a visitor can stop the tracker. */
function compileRegex(pattern: string): Result<TextMatcher> {
  const [, source = '', flagLetters = ''] = REGEX_FORM.exec(pattern) ?? []
  if (pattern.length > MAX_PATTERN_LENGTH)
    return refuse(
      `${pattern.slice(0, 40)}… is longer than ${MAX_PATTERN_LENGTH} characters: split it into several values`,
    )
  const unknownFlag = [...flagLetters].find((letter) => !'imsgu'.includes(letter))
  if (unknownFlag !== undefined)
    return refuse(
      `${pattern} has the unknown flag ${unknownFlag}: use i, m or s; for a path between slashes write ${pattern}*`,
    )
  let flags = 0
  if (flagLetters.includes('i')) flags |= RE2JS.CASE_INSENSITIVE
  if (flagLetters.includes('m')) flags |= RE2JS.MULTILINE
  if (flagLetters.includes('s')) flags |= RE2JS.DOTALL
  try {
    const regex = RE2JS.compile(source, flags)
    return ok((text) => regex.test(text))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return refuse(
      `${pattern} is not a regular expression we can run safely (${why}): write it without look-around and back-references`,
    )
  }
}

const refuse = (message: string): Result<never> => fail(problem('validation', message))

/** Expects lower-case text. Searches the pieces between stars in order, so it never goes back: linear, unlike `.*` in a regex. */
function compileMask(mask: string): TextMatcher {
  const pieces = mask.toLowerCase().split('*')
  const head = pieces[0] ?? ''
  const tail = pieces[pieces.length - 1] ?? ''
  const middle = pieces.slice(1, -1).filter((piece) => piece !== '')
  return (text) => {
    if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false
    const end = text.length - tail.length
    let at = head.length
    for (const piece of middle) {
      const found = text.indexOf(piece, at)
      if (found < 0 || found + piece.length > end) return false
      at = found + piece.length
    }
    return true
  }
}
