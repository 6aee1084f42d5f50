import { PARAMETER_SLOTS } from '../click/click.ts'
import { saltFor } from '../click/split.ts'
import type { Campaign } from '../entities/index.ts'
import { nearest } from '../nearest.ts'
import { conversionMacros } from './conversion.ts'
import { country, countryNameMacro } from './country.ts'
import { date } from './date.ts'
import { encodeUrl, escapeValue, type MacroTarget, rawValue, stripControls, toInertUrl } from './escape.ts'
import { fieldMacros } from './fields.ts'
import { fromFile } from './from-file.ts'
import { HtmlScanner } from './html-place.ts'
import { htmlWriter } from './html-values.ts'
import { keyword } from './keyword.ts'
import type { MacroContext, MacroDef, MacroReader } from './macro.ts'
import { offer } from './offer.ts'
import { offerValue } from './offer-value.ts'
import { operator } from './operator.ts'
import { random } from './random.ts'
import { sample } from './sample.ts'

export type { MacroTarget } from './escape.ts'
export type { MacroContext } from './macro.ts'

/** Every macro by its main name. Docs and the editor's hints read this list. */
export const macros: Readonly<Record<string, MacroDef>> = {
  ...fieldMacros,
  keyword,
  country,
  country_name: countryNameMacro,
  operator,
  offer,
  offer_value: offerValue,
  date,
  random,
  sample,
  from_file: fromFile,
  ...conversionMacros,
}

/** A text whose macros were found once; per click it only reads values. */
export type Template = (context: MacroContext) => string

/**
 * Compiles a text with macros for the place it will stand in. `{name}` prints a value escaped for that place,
 * `{_name}` as raw as is safe there, `{name:arguments}` with arguments. Names of the campaign's parameters are macros
 * too. Whatever is no macro stays as it is, so scripts and templates of others survive (reference
 * click-processing §9). `more` are macros of this kind of text alone; they come first.
 */
export const compileTemplate = (text: string, target: MacroTarget, more: MacroIndex = NO_MORE): Template =>
  compile(text, target, more, 0)

/**
 * Compiles a URL that visitors are sent to. Scheme and host are written by its owner, also where macros stand in them:
 * percent-encoded, an address from `{from_file:…}` or `{sample:…}` would lead nowhere.
 */
export const compileUrl = (url: string): Template => compile(url, 'url', NO_MORE, hostPartOf(url).length)

/** Scheme and host of a URL with macros: all before the path, or a macro the URL begins with. */
export const hostPartOf = (url: string): string =>
  /^(?:[a-z]+:)?(?:\/\/)?(?:\{[^{}]*\}|[^/?#{}])*/i.exec(url)?.[0] ?? url

/** Macros that begin before `hostEnd` belong to the host of a URL. */
function compile(text: string, target: MacroTarget, more: MacroIndex, hostEnd: number): Template {
  const pieces: (string | MacroReader)[] = []
  const html = target === 'html' ? new HtmlScanner(text) : null
  let seed: number | undefined
  let end = 0
  for (const match of text.matchAll(html ? MACRO : MACRO_OF_ANY_LENGTH)) {
    seed ??= hashText(text)
    const at = match.index
    const reader = readMacro(match, {
      target,
      at,
      isInHost: at < hostEnd,
      html,
      seed: saltFor('macro', seed, at),
      more,
    })
    if (reader === null) continue
    if (at > end) pieces.push(text.slice(end, at))
    pieces.push(reader)
    end = at + match[0].length
    html?.skipTo(end)
  }
  if (pieces.length === 0) return () => text
  if (end < text.length) pieces.push(text.slice(end))
  return (context) => {
    let expanded = ''
    for (const piece of pieces) expanded += typeof piece === 'string' ? piece : piece(context)
    return expanded
  }
}

/**
 * The macros of a text, or of a URL that visitors are sent to, one by one, each with what prints its value, to tell what
 * became of them. What is no macro is left out.
 */
export function macrosIn(given: string, target: MacroTarget): { readonly written: string; readonly print: Template }[] {
  const text = target === 'url' ? given.trim() : given
  const hostEnd = target === 'url' ? hostPartOf(text).length : 0
  const html = target === 'html' ? new HtmlScanner(text) : null
  return [...text.matchAll(html ? MACRO : MACRO_OF_ANY_LENGTH)].flatMap((match) => {
    const [written] = match
    const at = match.index
    const seed = saltFor('macro', hashText(text), at)
    const print = readMacro(match, { target, at, isInHost: at < hostEnd, html, seed, more: NO_MORE })
    if (print === null) return []
    html?.skipTo(at + written.length)
    return [{ written, print }]
  })
}

/** What may be a macro: whether it is one, its name and argument tell. */
const MACRO_OF_ANY_LENGTH = /\{(_?)([a-z][a-z0-9_-]*)(?::([^{}]*))?\}/gi
/**
 * The same in HTML. Longer arguments are none, so that of a page that comes in pieces not more than `MAX_MACRO` has to be
 * held back.
 */
export const MACRO = /\{(_?)([a-z][a-z0-9_-]*)(?::([^{}]{0,4000}))?\}/gi
/** Characters of a macro, its braces and the longest name included. */
export const MAX_MACRO = 4096

/** One whose brace is never closed, or another begins before. */
const UNCLOSED = /\{_?([a-z][a-z0-9_-]*)(?:[^{}a-z0-9_-][^{}]*)?(?=\{|$)/gi

/** Macros by every name they have. */
export type MacroIndex = ReadonlyMap<string, MacroDef>
export const indexMacros = (defs: Readonly<Record<string, MacroDef>>): MacroIndex =>
  new Map(
    Object.entries(defs).flatMap(([key, def]) => [key, ...(def.aliases ?? [])].map((name) => [name, def] as const)),
  )

const byName = indexMacros(macros)
const NO_MORE: MacroIndex = new Map()

/** A macro that nothing fills in: it reaches the visitor as it is written. */
export interface UnknownMacro {
  readonly written: string
  /** What was probably meant, written out; null when nothing comes near. */
  readonly meant: string | null
}

/**
 * Macros in a text that are none: unknown names, and known ones with an argument they do not take. `parameterNames`
 * are the slots and query parameters of the campaigns the text is used in, which are macros too;
 * those in `suggested` may be proposed.
 */
export function unknownMacros(
  text: string,
  parameterNames: Iterable<string>,
  suggested: Iterable<string> = parameterNames,
): UnknownMacro[] {
  const parameters = new Set([...parameterNames].map((name) => name.toLowerCase()))
  const found = new Map<string, UnknownMacro>()
  for (const [written, , name = '', argument] of text.matchAll(MACRO)) {
    const key = name.toLowerCase()
    const def = byName.get(key)
    if (def === undefined ? argument === undefined && parameters.has(key) : def.compile(argument ?? null, 0) !== null)
      continue
    const meant = def
      ? def.example === undefined
        ? key
        : `${key}:${def.example}`
      : ((Object.hasOwn(OTHER_TRACKERS, key) ? OTHER_TRACKERS[key] : null) ??
        nearest(key, [...byName.keys(), ...suggested]))
    found.set(written, { written, meant: meant && `{${meant}}` })
  }
  for (const [written, name = ''] of text.matchAll(UNCLOSED))
    if (byName.has(name.toLowerCase())) found.set(written, { written, meant: `{${name}}` })
  return [...found.values()]
}

/** What other trackers and networks call our macros. */
const OTHER_TRACKERS: Readonly<Record<string, string>> = {
  clickid: 'subid',
  click_id: 'subid',
  cid: 'subid',
  aff_sub: 'sub_id_1',
  s1: 'sub_id_1',
  payout: 'revenue',
  conversion_revenue: 'revenue',
  transaction_id: 'tid',
  geo: 'country',
  site_id: 'source',
}

/** Where a macro stands, as far as it matters to how its value is written. */
interface Place {
  readonly target: MacroTarget
  readonly isRaw: boolean
  readonly isAtStart: boolean
  readonly isInHost: boolean
  /** In HTML: behind the `?` of a link. */
  readonly isInQuery: boolean
  /** In HTML: how a value is written there that is not to be raw. */
  readonly writer: ((value: string) => string) | null
}

interface Found extends Pick<Place, 'target' | 'isInHost'> {
  /** Index in the text, or in what `html` holds of it. */
  readonly at: number
  /** Reads HTML; null for other texts. */
  readonly html: HtmlScanner | null
  /** Differs for every place in every template. */
  readonly seed: number
  readonly more: MacroIndex
}

/** What prints a match of `MACRO`; null when it is no macro, or one with an argument it does not take. */
export function readMacro(
  match: RegExpExecArray,
  { target, at, isInHost, html, seed, more }: Found,
): MacroReader | null {
  const [written, underscore = '', givenName = '', argument = null] = match
  const name = givenName.toLowerCase()
  const inHtml = html?.placeAt(at)
  const place: Place = {
    target,
    isRaw: underscore !== '',
    isAtStart: at === 0,
    isInHost,
    isInQuery: inHtml?.kind === 'query',
    writer: inHtml ? htmlWriter(inHtml) : null,
  }
  const def = more.get(name) ?? byName.get(name)
  if (def === undefined) return argument === null ? parameterMacro(name, written, writerFor({}, argument, place)) : null
  const read = def.compile(argument, seed)
  if (read === null) return null
  const write = writerFor(def, argument, place)
  return (context) => write(read(context))
}

/** Macros in a text whose values a visitor may choose. */
export const visitorMacros = (text: string): string[] =>
  [...text.matchAll(MACRO_OF_ANY_LENGTH)].flatMap(([written, , name = '']) =>
    byName.get(name.toLowerCase())?.isTrusted ? [] : [written],
  )

/** A link must stay a link: whole where a URL begins, and in HTML with nothing in it that could end an attribute. */
function writerFor(
  { isUrl, isTrusted = false, urlEncoder }: Pick<MacroDef, 'isUrl' | 'isTrusted' | 'urlEncoder'>,
  argument: string | null,
  { target, isRaw, isAtStart, isInHost, isInQuery, writer }: Place,
) {
  if (isInHost && isTrusted) return stripControls
  if (isInQuery && writer && !isRaw) {
    const encode = urlEncoder?.(argument) ?? encodeUrl
    return (value: string) => writer(encode(value))
  }
  if (isUrl && target === 'url' && isAtStart) return stripControls
  if (isUrl && target === 'html' && isTrusted) return toInertUrl
  if (writer && !(isRaw && isTrusted)) return writer
  if (isRaw) return rawValue(target, isTrusted)
  return (target === 'url' && urlEncoder?.(argument)) || escapeValue[target]
}

/** A macro named like a query parameter of the campaign. Which names there are is known only with the campaign. */
function parameterMacro(name: string, written: string, write: (value: string) => string): MacroReader {
  return ({ campaign, click }) => {
    const parameter = parametersByName(campaign.parameters).get(name)
    if (parameter === undefined) return written
    // Behind a landing page only the slots know what the first link brought.
    const value =
      ownValue(click.slots, parameter.slot) ?? (parameter.isSlot ? '' : ownValue(click.params, parameter.queryName))
    return write(value ?? '')
  }
}

const ownValue = (params: MacroContext['click']['params'], name: string): string | undefined =>
  Object.hasOwn(params, name) ? params[name] : undefined

interface CampaignParameter {
  readonly slot: string
  readonly queryName: string
  /** Cost and currency are parameters too, but no slots of the click. */
  readonly isSlot: boolean
}

/** One index for each mapping, gone when the campaign is: mappings are replaced, never changed. */
const parameterIndexes = new WeakMap<Campaign['parameters'], ReadonlyMap<string, CampaignParameter>>()

function parametersByName(parameters: Campaign['parameters']): ReadonlyMap<string, CampaignParameter> {
  const known = parameterIndexes.get(parameters)
  if (known !== undefined) return known
  const index = new Map<string, CampaignParameter>()
  for (const [slot, { name }] of Object.entries(parameters)) {
    const queryName = name?.trim() || slot
    const parameter = { slot, queryName, isSlot: PARAMETER_SLOTS.includes(slot) }
    index.set(slot.toLowerCase(), parameter)
    if (!index.has(queryName.toLowerCase())) index.set(queryName.toLowerCase(), parameter)
  }
  parameterIndexes.set(parameters, index)
  return index
}

/** FNV-1a, so that the same place in two templates draws two numbers. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
