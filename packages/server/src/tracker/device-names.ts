/** The parser's names → Matomo's, so that filters and reports carry over (reference click-processing §8.3). */

export const SYSTEMS: Readonly<Record<string, string>> = {
  'Mac OS': 'Mac',
  macOS: 'Mac',
  'Chromium OS': 'Chrome OS',
  Linux: 'GNU/Linux',
  'Windows Phone OS': 'Windows Phone',
  BlackBerry: 'BlackBerry OS',
  PLAYSTATION: 'PlayStation',
  KAIOS: 'KaiOS',
  RIM: 'BlackBerry Tablet OS',
  'RIM Tablet OS': 'BlackBerry Tablet OS',
  Chromecast: 'GNU/Linux',
  NETTV: 'GNU/Linux',
  NetTV: 'GNU/Linux',
  VIERA: 'GNU/Linux',
  Viera: 'GNU/Linux',
  'Panasonic VIERA': 'GNU/Linux',
  Arch: 'Arch Linux',
  Haiku: 'Haiku OS',
  Sailfish: 'Sailfish OS',
  RedHat: 'Red Hat',
  Palm: 'palmOS',
  Minix: 'MINIX',
  Joli: 'Joli OS',
}

export const BROWSERS: Readonly<Record<string, string>> = {
  Edge: 'Microsoft Edge',
  'Edge WebView2': 'Edge WebView',
  IE: 'Internet Explorer',
  IEMobile: 'IE Mobile',
  'Chrome WebView': 'Chrome Webview',
  'Chrome Headless': 'Headless Chrome',
  'Opera Mobi': 'Opera Mobile',
  'Opera Tablet': 'Opera Mobile',
  Yandex: 'Yandex Browser',
  GSA: 'Google Search App',
  'Samsung Internet': 'Samsung Browser',
  DuckDuckGo: 'DuckDuckGo Privacy Browser',
  UCBrowser: 'UC Browser',
  'MIUI Browser': 'Mi Browser',
  HeyTap: 'HeyTapBrowser',
  Silk: 'Mobile Silk',
  Whale: 'Whale Browser',
  QQBrowser: 'QQ Browser',
  QQBrowserLite: 'QQ Browser Lite',
  'Vivo Browser': 'vivo Browser',
  Kindle: 'Kindle Browser',
  KAKAOTALK: 'KakaoTalk',
  KAKAOSTORY: 'KakaoStory',
  NAVER: 'Naver',
  Klar: 'Firefox Klar',
  Comodo_Dragon: 'Comodo Dragon',
  Dragon: 'Comodo Dragon',
  '360': '360 Secure Browser',
  '2345': '2345 Browser',
  Weibo: 'Sina Weibo',
  'Opera Coast': 'Opera Mobile',
  PaleMoon: 'Pale Moon',
  'Sogou Mobile': 'Sogou Mobile Browser',
  Tesla: 'Tesla Browser',
  'Pico Browser': 'PICO Browser',
  Electron: 'Electron App',
  Baidu: 'Baidu Browser',
  WebKit: '',
  KHTML: '',
  Mozilla: '',
}

/** Browsers that have a name of their own on phones, or on Apple's. */
export const MOBILE_BROWSERS: Readonly<Record<string, string>> = {
  Chrome: 'Chrome Mobile',
  Firefox: 'Firefox Mobile',
  Opera: 'Opera Mobile',
  'Huawei Browser': 'Huawei Browser Mobile',
}
export const APPLE_MOBILE_BROWSERS: Readonly<Record<string, string>> = {
  Chrome: 'Chrome Mobile iOS',
  Firefox: 'Firefox Mobile iOS',
  Safari: 'Mobile Safari',
}

export const BRANDS: Readonly<Record<string, string>> = {
  ASUS: 'Asus',
  BlackBerry: 'RIM',
  Facebook: 'Meta',
  Kindle: 'Amazon',
  TECNO: 'Tecno Mobile',
  itel: 'iTel',
}

export const TYPES: Readonly<Record<string, string>> = {
  mobile: 'mobile',
  tablet: 'tablet',
  smarttv: 'tv',
  console: 'console',
}

/** Android → Fire OS, by the beginning of the version. */
export const FIRE_OS: readonly (readonly [android: string, fireOs: string])[] = [
  ['11', '8'],
  ['10', '8'],
  ['9', '7'],
  ['7', '6'],
  ['5', '5'],
  ['4.4', '4.5.1'],
  ['4.0', '3.1'],
]
