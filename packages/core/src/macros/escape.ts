/** Where an expanded text ends up, which says how values must be written there. */
export type MacroTarget = 'url' | 'html' | 'text' | 'json' | 'header'

/** How a value goes into each kind of text when the macro has no `_` (reference click-processing §9.5). */
export const escapeValue: Readonly<Record<MacroTarget, (value: string) => string>> = {
  url: encodeUrl,
  html: escapeHtml,
  text: (value) => value,
  json: escapeJson,
  header: toHeaderText,
}

/**
 * How the raw form `{_name}` goes in. In HTML only values the server made are raw: a query parameter printed raw is
 * a script anyone can inject.
 */
export function rawValue(target: MacroTarget, isTrusted: boolean): (value: string) => string {
  if (target === 'html') return isTrusted ? (value) => value : escapeHtml
  if (target === 'url') return stripControls
  if (target === 'header') return toHeaderText
  return (value) => value
}

/** As encodeURIComponent, which throws on half of a surrogate pair; visitors do send those. */
export function encodeUrl(value: string): string {
  return PLAIN.test(value) ? value : encodeURIComponent(value.toWellFormed())
}

export function escapeHtml(value: string): string {
  return HTML_SPECIAL.test(value) ? value.replace(HTML_SPECIALS, (character) => HTML_ENTITIES[character] ?? '') : value
}

/** Text of a JSON or JavaScript string without its quotes; `<` is escaped too, so it may stand in a script. */
export function escapeJson(value: string): string {
  return JSON.stringify(value.toWellFormed()).slice(1, -1).replace(SCRIPT_SPECIALS, toUnicodeEscape)
}

/** CR and LF would start a header of the visitor's choice. */
export function stripControls(value: string): string {
  return CONTROL.test(value) ? value.replace(CONTROLS, '') : value
}

/** One line of ASCII: HTTP headers hold nothing else safely. */
function toHeaderText(value: string): string {
  return NOT_TEXT.test(value) ? stripControls(value).toWellFormed().replace(NOT_TEXTS, encodeURIComponent) : value
}

/** A URL that may stand in a header: no controls, and whatever is not printable ASCII percent-encoded. */
export function toHeaderUrl(url: string): string {
  if (!NOT_URL.test(url)) return url
  return stripControls(url).toWellFormed().replace(NOT_URLS, encodeURIComponent)
}

/** A URL that may stand in an HTML attribute, a script or text as it is: nothing in it can end a quote or a tag. */
export const toInertUrl = (url: string): string => toHeaderUrl(url).replace(/["'<>`\\]/g, percentEncode)

const percentEncode = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
const toUnicodeEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

const PLAIN = /^[A-Za-z0-9_.~-]*$/
const HTML_SPECIAL = /[&<>"'`]/
const HTML_SPECIALS = /[&<>"'`]/g
const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}
const SCRIPT_SPECIALS = /[<>&\u2028\u2029]/g
const CONTROL = /\p{Cc}/u
const CONTROLS = /\p{Cc}/gu
const NOT_TEXT = /[^\x20-\x7e]/
const NOT_TEXTS = /[^\x20-\x7e]/gu
const NOT_URL = /[^\x21-\x7e]/
const NOT_URLS = /[^\x21-\x7e]/gu
