import { remembering } from './remembering.ts'

/** The browser that Sec-CH-UA names, '' when it names none that we know. */
export interface HintedBrowser {
  readonly name: string
  /** Full where the browser tells it, else the major version. */
  readonly version: string
}

const NOBODY: HintedBrowser = { name: '', version: '' }

/** Brand → our name. Brands that say no more than the engine, and made-up ones, are not in here. */
const BROWSERS: ReadonlyMap<string, string> = new Map([
  ['Google Chrome', 'Chrome'],
  ['Microsoft Edge', 'Microsoft Edge'],
  ['Opera', 'Opera'],
  ['Opera GX', 'Opera GX'],
  ['Brave', 'Brave'],
  ['Vivaldi', 'Vivaldi'],
  ['DuckDuckGo', 'DuckDuckGo Privacy Browser'],
  ['YaBrowser', 'Yandex Browser'],
  ['Yandex', 'Yandex Browser'],
  ['Samsung Internet', 'Samsung Browser'],
  ['Android WebView', 'Chrome Webview'],
  ['Microsoft Edge WebView2', 'Edge WebView'],
  ['HeadlessChrome', 'Headless Chrome'],
])
const BRAND = /"([^"]{1,40})";v="([0-9.]{1,20})"/g
const MAX_HEADER = 400

/**
 * Reads a brand list such as `"Chromium";v="124", "Brave";v="124", "Not-A.Brand";v="99"`. Browsers that are built on
 * Chrome list it too, so any other known brand wins.
 */
export const readBrands = (list: string): HintedBrowser =>
  list === '' ? NOBODY : browserAmong(list.slice(0, MAX_HEADER))

const browserAmong = remembering(1000, MAX_HEADER, (list): HintedBrowser => {
  let found = NOBODY
  for (const [, brand = '', version = ''] of list.matchAll(BRAND)) {
    const name = BROWSERS.get(brand)
    if (name && (found === NOBODY || found.name === 'Chrome')) found = { name, version }
  }
  return found
})
