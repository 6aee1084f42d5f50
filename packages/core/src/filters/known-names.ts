/**
 * Names that the detection can give, one list for each filter that compares them. A filter that asks for another name
 * matches nobody. Sources: ISO 3166-1, ISO 639-1, the parser of user agents with the tracker's own names applied.
 */

const words = (text: string): readonly string[] => text.trim().split(/\s+/)
const lines = (text: string): readonly string[] => text.split(/[,\n]/).flatMap((line) => line.trim() || [])

/** ISO 3166-1 alpha-2. */
const ISO_COUNTRIES = words(`
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD
  CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF
  GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
  KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
  NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
  SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
  VN VU WF WS YE YT ZA ZM ZW`)
/** What geo data give besides: Kosovo, and the regions Europe and Asia/Pacific where no country is known. */
const GEO_COUNTRIES = ['XK', 'EU', 'AP'] as const
export const COUNTRIES: ReadonlySet<string> = new Set([...ISO_COUNTRIES, ...GEO_COUNTRIES])

/** Codes that people write for a country and its real one. */
export const COUNTRY_SLIPS: Readonly<Record<string, string>> = { UK: 'GB', EN: 'GB', EL: 'GR', JA: 'JP', KO: 'KR' }

/** ISO 639-1. */
export const LANGUAGES: ReadonlySet<string> = new Set(
  words(`
  aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et
  eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl
  km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj
  om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to
  tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
  in iw ji jw sh`),
)

/** Codes of countries that people write for their language. */
export const LANGUAGE_SLIPS: Readonly<Record<string, string>> = {
  at: 'de',
  cn: 'zh',
  cz: 'cs',
  dk: 'da',
  gb: 'en',
  gr: 'el',
  jp: 'ja',
  mx: 'es',
  ua: 'uk',
  us: 'en',
  vn: 'vi',
}

export const OS_NAMES = lines(`
  Android, Android TV, Fire OS, Meta Horizon, HarmonyOS, OpenHarmony, Android-x86, iOS, iPadOS, tvOS, watchOS, Mac, Windows
  Windows Phone, Windows Mobile, Windows IoT, Chrome OS, GNU/Linux, Fuchsia, KaiOS, Roku OS, Tizen, webOS, BlackBerry OS
  BlackBerry Tablet OS, Bada, Symbian, Series40, Java ME, MRE, Mocor OS, Maemo, MeeGo, Sailfish OS, Firefox OS, QNX
  Ubuntu Touch, Netrange
  Nintendo, Nintendo Mobile, PlayStation, PlayStation Portable, Xbox, Joli OS, palmOS, Mint, Mageia, VectorLinux, Ubuntu
  Kubuntu, Xubuntu, Lubuntu, Debian, SUSE, openSUSE, Gentoo, Arch Linux, Slackware, Fedora, Mandriva, CentOS, PCLinuxOS
  Red Hat, Zenwalk, Linpus, Raspbian, Plan 9, MINIX, RISC OS, Contiki, Deepin, Manjaro, elementary OS, Sabayon, Linspire
  Hurd, GNU, FreeBSD, NetBSD, OpenBSD, PC-BSD, GhostBSD, DragonFly, Haiku OS, Solaris, OpenSolaris, AIX, BeOS, OS/2
  AmigaOS, MorphOS, OpenVMS, HP-UX, SerenityOS, Unix`)

/** Names that other versions and other tools have for the same, lower case: a filter that asks for one means the other. */
export const OS_ALIASES: Readonly<Record<string, string>> = {
  macos: 'Mac',
  'mac os': 'Mac',
  'mac os x': 'Mac',
  'os x': 'Mac',
  linux: 'GNU/Linux',
  chromeos: 'Chrome OS',
  'chromium os': 'Chrome OS',
  blackberry: 'BlackBerry OS',
  'windows phone os': 'Windows Phone',
}

export const BROWSER_NAMES = lines(`
  Chrome, Chrome Mobile, Chrome Mobile iOS, Chrome Webview, Headless Chrome, Chromium, Safari, Mobile Safari, Firefox
  Firefox Mobile, Firefox Mobile iOS, Firefox Focus, Firefox Klar, Firefox Reality, Microsoft Edge, Edge WebView
  Internet Explorer, IE Mobile, Opera, Opera Mini, Opera Mobile, Opera GX, Opera Touch, Opera Devices, Samsung Browser
  Android Browser, Yandex Browser, Baidu Browser, Maxthon, Kindle Browser, Lunascape, NetFront, Nintendo Browser
  Tizen Browser, Maple, Jasmine, Blazer, Sleipnir, Avant, SlimBrowser, SlimBoat, Slimjet, Flock, RockMelt, Midori, Epiphany
  Mobile Silk, Skyfire, OviBrowser, Bolt, Iron, Vivaldi, Iridium, PhantomJS, Bowser, QupZilla, Falkon, Rekonq, Puffin
  Brave, Whale Browser, QQ Browser, QQ Browser Lite, DuckDuckGo Privacy Browser, Ecosia, Helio, Comodo Dragon, HeyTapBrowser
  Ovi, 115, Quark, UC Browser, Konqueror, Smart Lenovo Browser, Avast Secure Browser, AVG Secure Browser, Coc Coc, Dolphin
  Mi Browser, 360 Secure Browser, Oculus Browser, Sailfish Browser, Huawei Browser, Huawei Browser Mobile, vivo Browser
  PICO Browser, Sogou Explorer, Sogou Mobile Browser, Electron App, Tesla Browser, 2345 Browser, LBBROWSER, Klarna
  KakaoStory, DAUM, AlipayClient, Alipay, OmniWeb, Arora, NokiaBrowser, Nokia Browser, BlackBerry Browser, Netscape, Wolvic
  LibreWolf, Flow, Swiftfox, IceDragon, Iceweasel, Camino, Chimera, Fennec, Maemo Browser, Minimo, Conkeror, SeaMonkey
  K-Meleon, IceCat, IceApe, Firebird, Phoenix, Pale Moon, Basilisk, Waterfox, Amaya, Dillo, Doris, iCab, Ladybird, Lynx
  Mosaic, NetSurf, Obigo, Polaris, w3m, GoBrowser, Go Browser, ICE Browser, UP.Browser, Links, Cobalt
  Facebook, Facebook Lite, Facebook Messenger, Instagram, Threads, TikTok, Snapchat, Pinterest, WeChat, Line, Twitter
  LinkedIn, VK, Odnoklassniki, Telegram, WhatsApp, Viber, KakaoTalk, Naver, Zalo, Sina Weibo, Kwai, Reddit, Discord, Slack
  Google Search App, Microsoft Bing, YouTube`)

export const BROWSER_ALIASES: Readonly<Record<string, string>> = {
  edge: 'Microsoft Edge',
  ie: 'Internet Explorer',
  iemobile: 'IE Mobile',
  'samsung internet': 'Samsung Browser',
  duckduckgo: 'DuckDuckGo Privacy Browser',
  yandex: 'Yandex Browser',
  ucbrowser: 'UC Browser',
  'uc browser mobile': 'UC Browser',
  'miui browser': 'Mi Browser',
  silk: 'Mobile Silk',
  'amazon silk': 'Mobile Silk',
  'chrome headless': 'Headless Chrome',
  'chrome for ios': 'Chrome Mobile iOS',
  'firefox for ios': 'Firefox Mobile iOS',
  'android webview': 'Chrome Webview',
  x: 'Twitter',
  vkontakte: 'VK',
  messenger: 'Facebook Messenger',
  'tik tok': 'TikTok',
}
