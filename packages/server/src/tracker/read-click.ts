import type { Click } from '@trackyard/core/click/click.ts'
import type { DeviceParser } from './device.ts'
import type { FrontRequest } from './front.ts'
import type { GeoLookup } from './geo.ts'
import { header, type Origin, readHints, readLanguage } from './headers.ts'
import { mapParameters, type ParameterMap } from './parameters.ts'
import { decodeCharset, type Params } from './query.ts'
import { readSearchEngine } from './search-engine.ts'

/** What the click path takes from outside, so that tests can hold time and chance still. */
export interface Senses {
  readonly geo: GeoLookup
  readonly devices: DeviceParser
  readonly nowMs: () => number
  /** Uniform in [0, 1). */
  readonly chance: () => number
}

const MAX_TEXT = 2000
const cut = (text: string): string => (text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text)

/** Turns a request into a click: the only place where the outside world becomes data. */
export function readClick(
  request: FrontRequest,
  origin: Origin,
  params: Params,
  map: ParameterMap,
  senses: Senses,
): Click {
  const slots = mapParameters(map, params)
  const referrer = cut(slots.referrer ?? header(request.headers, 'referer'))
  const search = readSearchEngine(slots.se_referrer ?? referrer, params.charset)
  const keyword = slots.keyword ?? (search.keyword || slots.default_keyword)
  if (keyword) slots.keyword = inCharset(keyword, params)
  const userAgent = cut(header(request.headers, 'user-agent'))
  const facts = senses.devices.parse(userAgent, readHints(request.headers))
  return {
    atMs: senses.nowMs(),
    roll: Math.floor(senses.chance() * 2 ** 32),
    ip: origin.ip,
    host: origin.host,
    params,
    slots,
    userAgent,
    referrer,
    language: readLanguage(request.headers),
    searchEngine: slots.se ?? search.engine,
    xRequestedWith: header(request.headers, 'x-requested-with').slice(0, 255),
    geo: senses.geo.find(origin.ip),
    device: facts.device,
    isBot: facts.isBot,
    isProxy: origin.cameThroughProxy,
  }
}

const inCharset = (keyword: string, { charset }: Params): string =>
  charset ? decodeCharset(keyword, charset) : keyword

/** The search engine a visitor came from, by the slots and the referrer of the click. */
export const searchEngineOf = (slots: Click['slots'], referrer: string): string =>
  slots.se ?? readSearchEngine(slots.se_referrer ?? referrer).engine

/**
 * The click as the next campaign of a chain sees it: parameters that its own mapping names go before what the campaign
 * before it read.
 */
export function readForNext(click: Click, map: ParameterMap): Click {
  const own = mapParameters(map, click.params, 1)
  if (own.keyword !== undefined) own.keyword = inCharset(own.keyword, click.params)
  const slots = { ...click.slots, ...own }
  const referrer = own.referrer ?? click.referrer
  const searchEngine =
    own.se ?? (own.referrer || own.se_referrer ? searchEngineOf(slots, referrer) : click.searchEngine)
  return { ...click, slots, referrer, searchEngine }
}

/**
 * A click that goes on what an earlier one of the same visitor brought, because the link in between, that of a landing
 * page, brings nothing of it.
 */
export const readOn = (click: Click, earlier: Pick<Click, 'slots' | 'referrer' | 'searchEngine'>): Click => ({
  ...click,
  slots: { ...click.slots, ...earlier.slots },
  referrer: earlier.referrer,
  searchEngine: earlier.searchEngine,
})
