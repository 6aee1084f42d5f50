import { decodeCharset } from './query.ts'
import { remembering } from './remembering.ts'

interface SearchEngine {
  /** Name that clicks carry. */
  readonly name: string
  /** Last part of the host name before the suffix, with what may stand before it. */
  readonly host: RegExp
  /** Parameters that may carry the phrase. */
  readonly phrase: readonly string[]
}

/** A domain with or without something in front, under any suffix: `google` also means www.google.co.uk. */
const anywhere = (label: string): RegExp => new RegExp(`(?:^|\\.)${label}\\.[a-z]{2,6}(?:\\.[a-z]{2})?$`)
const at = (domain: string): RegExp => new RegExp(`(?:^|\\.)${domain.replaceAll('.', '\\.')}$`)

/** In the order in which they are asked (reference click-processing §8.5). */
const ENGINES: readonly SearchEngine[] = [
  { name: 'google', host: anywhere('google'), phrase: ['q', 'as_q'] },
  { name: 'bing', host: at('bing.com'), phrase: ['q'] },
  { name: 'yandex', host: /(?:^|\.)(?:yandex\.[a-z]{2,3}(?:\.[a-z]{2})?|ya\.ru)$/, phrase: ['text'] },
  { name: 'yahoo', host: anywhere('yahoo'), phrase: ['p', 'q'] },
  { name: 'duckduckgo', host: /(?:^|\.)(?:duckduckgo\.com|ddg\.gg)$/, phrase: ['q'] },
  { name: 'baidu', host: at('baidu.com'), phrase: ['wd', 'word', 'kw'] },
  { name: 'ecosia', host: at('ecosia.org'), phrase: ['q'] },
  { name: 'brave', host: at('search.brave.com'), phrase: ['q'] },
  { name: 'naver', host: at('search.naver.com'), phrase: ['query'] },
  { name: 'daum', host: at('search.daum.net'), phrase: ['q'] },
  { name: 'seznam', host: at('search.seznam.cz'), phrase: ['q'] },
  { name: 'qwant', host: at('qwant.com'), phrase: ['q'] },
  { name: 'startpage', host: at('startpage.com'), phrase: ['query', 'q'] },
  { name: 'swisscows', host: at('swisscows.com'), phrase: ['query'] },
  { name: 'mojeek', host: at('mojeek.com'), phrase: ['q'] },
  { name: 'sogou', host: at('sogou.com'), phrase: ['query', 'keyword'] },
  { name: '360', host: /(?:^|\.)so\.com$/, phrase: ['q'] },
  { name: 'shenma', host: at('m.sm.cn'), phrase: ['q'] },
  { name: 'coccoc', host: at('coccoc.com'), phrase: ['query'] },
  { name: 'petal', host: at('petalsearch.com'), phrase: ['query'] },
  { name: 'mailru', host: at('go.mail.ru'), phrase: ['q'] },
  { name: 'rambler', host: /(?:^|\.)nova\.rambler\.ru$/, phrase: ['query'] },
  { name: 'aol', host: at('search.aol.com'), phrase: ['q'] },
  { name: 'ask', host: at('ask.com'), phrase: ['q'] },
  { name: 'dogpile', host: at('dogpile.com'), phrase: ['q'] },
  { name: 'kagi', host: at('kagi.com'), phrase: ['q'] },
  { name: 'perplexity', host: at('perplexity.ai'), phrase: ['q'] },
]

/** Other sites under the names of search engines; nobody searched there. */
const NO_SEARCH =
  /^(?:mail|accounts?|docs|drive|play|plus|meet|calendar|sites|groups|classroom|translate|news|finance|login|passport|disk|music|market|weather|tieba|pan|zhidao|baike|ads|adsense|googleads|tpc|consent)\./

const MAX_HOST = 255

export interface SearchFacts {
  readonly engine: string
  readonly keyword: string
}
const NOTHING: SearchFacts = { engine: '', keyword: '' }

/**
 * Engine and phrase of a referrer; empty text when it is not a search engine's. `charset` names how the phrase was
 * encoded when it is not UTF-8. Apps of engines send `android-app://` and a package.
 */
export function readSearchEngine(referrer: string, charset = ''): SearchFacts {
  if (referrer === '') return NOTHING
  if (referrer.startsWith(APP_SCHEME)) return appOf(referrer)
  const pathAt = referrer.indexOf('/', SCHEME_LENGTH)
  const engine = engineOf(pathAt === -1 ? referrer : referrer.slice(0, pathAt))
  return engine ? { engine: engine.name, keyword: phraseOf(referrer, engine.phrase, charset) } : NOTHING
}

const APP_SCHEME = 'android-app://'
/** Behind it no slash is part of `https://`. */
const SCHEME_LENGTH = 'https://'.length

/** The engine of what stands before the path of a referrer; visitors of a campaign come from the same few sites. */
const engineOf = remembering(5000, MAX_HOST, (site): SearchEngine | null => {
  const host = /^https?:\/\/(?:[^/?#@]*@)?([^/:?#]+)/i.exec(site)?.[1]?.toLowerCase().replace(/\.$/, '') ?? ''
  if (host === '' || host.length > MAX_HOST || NO_SEARCH.test(host)) return null
  return ENGINES.find((each) => each.host.test(host)) ?? null
})

const APPS: ReadonlyMap<string, string> = new Map([
  ['com.google.android.googlequicksearchbox', 'google'],
  ['com.microsoft.bing', 'bing'],
  ['com.yandex.searchapp', 'yandex'],
  ['ru.yandex.searchplugin', 'yandex'],
  ['com.duckduckgo.mobile.android', 'duckduckgo'],
  ['com.ecosia.android', 'ecosia'],
])

function appOf(referrer: string): SearchFacts {
  const id = /^android-app:\/\/([\w.]{1,100})/.exec(referrer)?.[1] ?? ''
  const engine = APPS.get(id.toLowerCase()) ?? ''
  return engine === '' ? NOTHING : { engine, keyword: '' }
}

/** Some engines write the query behind a `#`. */
function phraseOf(referrer: string, names: readonly string[], charset: string): string {
  const from = referrer.search(/[?#]/)
  if (from === -1) return ''
  for (const part of referrer.slice(from + 1).split(/[&#?]/)) {
    const equals = part.indexOf('=')
    if (equals > 0 && equals < part.length - 1 && names.includes(part.slice(0, equals)))
      return decodePhrase(part.slice(equals + 1), charset)
  }
  return ''
}

function decodePhrase(text: string, charset: string): string {
  const spaced = text.replaceAll('+', ' ')
  if (charset !== '') return decodeCharset(spaced, charset).trim()
  try {
    return decodeURIComponent(spaced).trim()
  } catch {
    // Not UTF-8: old engines of some countries write in their own charset, and which one only the link can say.
    return spaced.trim()
  }
}
