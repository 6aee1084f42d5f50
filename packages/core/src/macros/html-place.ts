/**
 * Where in HTML a macro stands, because escaping for text is not escaping for everywhere: a value in a script is code,
 * a value at the start of a link may be a `javascript:` URL.
 */
export type HtmlPlace = 'text' | 'script' | 'link'

const SCRIPT_OPEN = /<script\b[^>]*>/gi
const SCRIPT_CLOSE = /<\/script/gi
/** In the value of an attribute that holds code, e.g. onclick="… */
const IN_HANDLER = /\son[a-z]+\s*=\s*(?:"[^"]*|'[^']*|[^\s"'>]*)$/i
const AT_LINK_START = /\s(?:href|src|action|formaction|data|poster|xlink:href)\s*=\s*["']?\s*$/i

/** Looks at the text before the macro. */
export function htmlPlace(before: string): HtmlPlace {
  if (lastIndexOf(before, SCRIPT_OPEN) > lastIndexOf(before, SCRIPT_CLOSE) || IN_HANDLER.test(before)) return 'script'
  return AT_LINK_START.test(before) ? 'link' : 'text'
}

function lastIndexOf(text: string, pattern: RegExp): number {
  let last = -1
  for (const match of text.matchAll(pattern)) last = match.index
  return last
}

const NOT_PLAIN = /[^A-Za-z0-9 _.-]/g

/**
 * A value in a script: inside quotes it reads as it is, outside of them it is no code, for every sign that could be
 * one is written as an escape.
 */
export const escapeScript = (value: string): string =>
  value.toWellFormed().replace(NOT_PLAIN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A value that is a whole link: only web addresses and relative ones, nothing that runs. */
export const onlyWebLink = (value: string): string => {
  const scheme = /^[\s\p{Cc}]*([a-z][a-z0-9+.-]*):/iu.exec(value)?.[1]?.toLowerCase()
  return scheme === undefined || scheme === 'http' || scheme === 'https' ? value : ''
}
