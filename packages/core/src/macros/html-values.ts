import { escapeHtml } from './escape.ts'
import type { HtmlPlace, PlaceKind } from './html-place.ts'

/** How a value is written where it stands in HTML: there it reads as text, and is no code, no tag and no other scheme. */
export function htmlWriter({ kind, isUnquoted }: HtmlPlace): (value: string) => string {
  const write = BY_PLACE[kind]
  if (!isUnquoted) return write
  // Browsers read the entities of a value only after they have found its end.
  return (value) => escapeBlanks(write(value))
}

const BY_PLACE: Readonly<Record<PlaceKind, (value: string) => string>> = {
  text: escapeHtml,
  script: escapeScript,
  style: (value) => value.toWellFormed().replace(NOT_PLAIN, (character) => `\\${hex(character)} `),
  link: (value) => escapeHtml(onlyWebLink(value)),
  query: escapeHtml,
  scheme: (value) => escapeHtml(value.replaceAll(':', '%3A')),
  tag: (value) => value.replace(/[^A-Za-z0-9_-]/g, ''),
  document: (value) => escapeHtml(escapeHtml(value)),
}

const NOT_PLAIN = /[^A-Za-z0-9 _.-]/g
const hex = (character: string): string => character.charCodeAt(0).toString(16)

/**
 * A value in a script: inside quotes it reads as it is, outside of them it is no code, for every sign that could be
 * one is written as an escape.
 */
function escapeScript(value: string): string {
  return value.toWellFormed().replace(NOT_PLAIN, (character) => `\\u${hex(character).padStart(4, '0')}`)
}

/** A value that is a whole link: only web addresses and relative ones, nothing that runs. */
function onlyWebLink(value: string): string {
  // Browsers leave out tabs and line breaks wherever they are.
  const scheme = /^[\s\p{Cc}]*([a-z][a-z0-9+.-]*):/iu.exec(value.replace(/[\t\r\n]/g, ''))?.[1]?.toLowerCase()
  return scheme === undefined || scheme === 'http' || scheme === 'https' ? value : ''
}

const escapeBlanks = (value: string): string =>
  value.replace(/[\s\p{Cc}=]/gu, (character) => `&#${character.charCodeAt(0)};`)
