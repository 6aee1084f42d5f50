/** An app that shows pages in a web view of its own. */
interface App {
  /** As Matomo writes it, where it knows the app. */
  readonly name: string
  /** What the app writes into the user agent; its first group, if it has one, is the version. None: it writes nothing. */
  readonly mark?: RegExp
  /** Android packages, which a web view sends as X-Requested-With. */
  readonly packages: readonly string[]
}

/** In the order in which they are tried: an app that carries the marks of another one comes first. */
const APPS: readonly App[] = [
  {
    name: 'Facebook Messenger',
    mark: /(?:MessengerForiOS|FB_IAB\/(?:Orca-Android|MESSENGER)|FBAN\/Orca-Android)(?:.*?FBAV\/([\d.]*\d))?/,
    packages: ['com.facebook.orca', 'com.facebook.mlite'],
  },
  { name: 'Facebook Lite', mark: /FBAN\/EMA(?:.*?FBAV\/([\d.]*\d))?/, packages: ['com.facebook.lite'] },
  { name: 'Instagram', mark: /\bInstagram[ /]([\d.]*\d)/, packages: ['com.instagram.android', 'com.instagram.lite'] },
  { name: 'Threads', mark: /\bBarcelona[ /]([\d.]*\d)/, packages: ['com.instagram.barcelona'] },
  {
    name: 'Facebook',
    mark: /(?:FB_IAB|FBAN|FBAV|MetaIAB)\/(?:.*?FBAV\/([\d.]*\d))?/,
    packages: ['com.facebook.katana', 'com.facebook.adsmanager', 'com.facebook.pages.app'],
  },
  {
    name: 'TikTok',
    mark: /\b(?:(?:musical_ly|trill)_\d+ .*)?AppName\/(?:musical_ly|trill|aweme) app_version\/([\d.]*\d)|\bmusical_ly_([\d.]*\d)|\btrill_\d|\bTikTok\b|\bBytedanceWebview\b/,
    packages: [
      'com.zhiliaoapp.musically',
      'com.ss.android.ugc.trill',
      'com.ss.android.ugc.aweme',
      'com.zhiliaoapp.musically.go',
    ],
  },
  { name: 'Snapchat', mark: /\bSnapchat\/?([\d.]*\d)/, packages: ['com.snapchat.android'] },
  { name: 'Pinterest', mark: /\bPinterest\b(?: for (?:Android|iOS))?(?:\/([\d.]*\d))?/, packages: ['com.pinterest'] },
  { name: 'WeChat', mark: /\bMicroMessenger\/([\d.]*\d)/, packages: ['com.tencent.mm'] },
  { name: 'Line', mark: /\bLine\/([\d.]*\d)/, packages: ['jp.naver.line.android'] },
  {
    name: 'Twitter',
    mark: /\bTwitter(?: for iP(?:hone|ad)|Android)?(?:\/([\d.]*\d)|\b)/,
    packages: ['com.twitter.android', 'com.twitter.android.lite'],
  },
  {
    name: 'LinkedIn',
    mark: /\bLinkedInApp\]?(?:\/([\d.]*\d))?/,
    packages: ['com.linkedin.android', 'com.linkedin.android.lite'],
  },
  {
    name: 'VK',
    mark: /\b(?:VKAndroidApp|VKiOSApp|com\.vk\.vkclient)(?:\/([\d.]*\d))?/,
    packages: ['com.vkontakte.android', 'com.vk.im'],
  },
  { name: 'Odnoklassniki', mark: /\bOK(?:Android|iOS)\/([\d.]*\d)/, packages: ['ru.ok.android'] },
  {
    name: 'Telegram',
    mark: /\bTelegram(?:-Android|-iOS)?\/([\d.]*\d)/,
    packages: [
      'org.telegram.messenger',
      'org.telegram.messenger.web',
      'org.thunderdog.challegram',
      'org.telegram.plus',
    ],
  },
  { name: 'WhatsApp', packages: ['com.whatsapp', 'com.whatsapp.w4b'] },
  { name: 'Viber', mark: /\bViber\/([\d.]*\d)/, packages: ['com.viber.voip'] },
  { name: 'KakaoTalk', mark: /\bKAKAOTALK(?:[ /](\d+\.[\d.]*\d))?/i, packages: ['com.kakao.talk'] },
  { name: 'Naver', mark: /\bNAVER\(inapp; search;[^)]*?; (\d+\.[\d.]*\d)/, packages: ['com.nhn.android.search'] },
  { name: 'Zalo', mark: /\bZalo(?:\/([\d.]*\d)| (?:android|iOS))/, packages: ['com.zing.zalo'] },
  { name: 'Sina Weibo', mark: /__weibo__([\d.]*\d)__/, packages: ['com.sina.weibo'] },
  { name: 'Kwai', mark: /\bKwai\/([\d.]*\d)/, packages: ['com.kwai.video', 'com.smile.gifmaker', 'com.kwai.bulldog'] },
  { name: 'Reddit', mark: /\bReddit\/(?:Version )?([\d.]*\d)/, packages: ['com.reddit.frontpage'] },
  { name: 'Discord', mark: /\bdiscord\/([\d.]*\d)/i, packages: ['com.discord'] },
  { name: 'Slack', mark: /\bSlack\/([\d.]*\d)/, packages: ['com.Slack'] },
  { name: 'Google Search App', mark: /\bGSA\/([\d.]*\d)/, packages: ['com.google.android.googlequicksearchbox'] },
  { name: 'Microsoft Bing', mark: /\bSapphire\/([\d.]*\d)/, packages: ['com.microsoft.bing'] },
  { name: 'Ecosia', mark: /\(Ecosia \w+@([\d.]*\d)/, packages: ['com.ecosia.android'] },
  { name: 'YouTube', packages: ['com.google.android.youtube'] },
]

const MARKED = APPS.flatMap(({ name, mark }) => (mark === undefined ? [] : [{ name, mark }]))
/** Most visitors use no app: one look says so. */
const ANY_MARK =
  /Messenger|FB_IAB|FBA[NV]|MetaIAB|Instagram|Barcelona|musical_ly|trill_|TikTok|Bytedance|Snapchat|Pinterest|Line\/|Twitter|LinkedInApp|VKAndroidApp|VKiOSApp|vkclient|OKAndroid|OKiOS|Telegram|Viber|KAKAOTALK|NAVER\(|Zalo|__weibo__|Kwai|Reddit|discord|Slack|GSA\/|Sapphire|Ecosia/i
const BY_PACKAGE: ReadonlyMap<string, string> = new Map(
  APPS.flatMap(({ name, packages }) => packages.map((id) => [id.toLowerCase(), name] as const)),
)

export interface AppFacts {
  readonly name: string
  /** '' when the app does not tell it. */
  readonly version: string
}

/** The app whose web view shows the page, as its user agent says; null when it is none that we know. */
export function appInUserAgent(userAgent: string): AppFacts | null {
  if (!ANY_MARK.test(userAgent)) return null
  for (const { name, mark } of MARKED) {
    const found = mark.exec(userAgent)
    if (found) return { name, version: found[1] ?? found[2] ?? '' }
  }
  return null
}

/** The app that owns an Android package, '' when we know none. */
export const appOfPackage = (id: string): string => BY_PACKAGE.get(id.toLowerCase()) ?? ''
