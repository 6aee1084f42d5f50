import type { Device } from '@trackyard/core/click/click.ts'

/** What a part of a user agent tells that the parser overlooks or calls by another name than Matomo. */
interface Mark {
  readonly in: RegExp
  readonly tells: Partial<Device>
}

/** Every one that is found counts, later ones over earlier ones. */
const MARKS: readonly Mark[] = [
  // Devices whose model the parser knows and whose maker it leaves out.
  { in: /\bNexus \w/, tells: { brand: 'Google' } },
  { in: /; Pixel\b/, tells: { brand: 'Google' } },
  { in: /; (?:V|I)\d{4}[A-Z]?(?: Build|[;)])/, tells: { brand: 'Vivo' } },
  {
    in: /; (?:HD19|IN20|KB20|LE21|GM19|AC20|BE20|DN21|EB21|MT21|NE22|PHB110|CPH2653|CPH2581|CPH2449|CPH2447|CPH2423)/,
    tells: { brand: 'OnePlus' },
  },
  { in: /; XQ-[A-Z]{2}\d\d/, tells: { brand: 'Sony' } },
  { in: /\bNexus 5X\b/, tells: { model: 'Nexus 5X' } },
  // Televisions.
  { in: /SMART-TV|SmartHub|Tizen.+\bTV\b/, tells: { brand: 'Samsung', type: 'tv' } },
  { in: /Web0S|webOS\.?TV/i, tells: { brand: 'LG', type: 'tv', os: 'webOS' } },
  { in: /Hisense|VIDAA/, tells: { brand: 'Hisense', type: 'tv' } },
  { in: /Chromecast|CrKey/, tells: { brand: 'Google' } },
  { in: /HbbTV|CE-HTML|Chromecast|CrKey|\bGoogleTV\b|Android ?TV\b|BRAVIA|\bMIBOX/, tells: { type: 'tv' } },
  { in: /BRAVIA|Android ?TV\b/, tells: { os: 'Android TV' } },
  { in: /^Roku/, tells: { brand: 'Roku', model: '', os: 'Roku OS', type: 'tv' } },
  { in: /^AppleTV|\bApple ?TV\//, tells: { brand: 'Apple', model: 'Apple TV', os: 'tvOS', type: 'tv' } },
  // Consoles.
  { in: /\bXbox\b/, tells: { os: 'Windows', type: 'console' } },
  { in: /Xbox Series X/, tells: { model: 'Xbox Series X' } },
  { in: /Nintendo/, tells: { browser: 'Nintendo Browser' } },
  { in: /Nintendo 3DS/, tells: { os: 'Nintendo Mobile', browser: 'NetFront', browserVersion: '' } },
  { in: /PLAYSTATION|PlayStation/, tells: { browser: 'NetFront', browserVersion: '' } },
  { in: /PLAYSTATION 3/, tells: { model: 'PlayStation 3' } },
  { in: /PlayStation [45]/, tells: { brand: 'Sony', type: 'console' } },
  { in: /PlayStation 5/, tells: { model: 'PlayStation 5' } },
  { in: /PlayStation Vita/, tells: { os: 'PlayStation Portable', browser: 'Mobile Silk' } },
  // Whatever else goes on line.
  { in: /\bTesla\//, tells: { brand: 'Tesla', type: 'car_browser', browser: 'Tesla Browser' } },
  { in: /; EK-[GK][CN]\d/, tells: { brand: 'Samsung', type: 'camera' } },
  { in: /\(iPod/, tells: { model: 'iPod Touch', type: 'media_player' } },
  { in: /; AEO[A-Z]{2}\b/, tells: { brand: 'Amazon', type: 'smart_display' } },
  { in: /\(Fuchsia\)/, tells: { brand: 'Google', os: 'Fuchsia', type: 'smart_display' } },
  { in: /OculusBrowser|; Quest \d/, tells: { brand: 'Meta', os: 'Meta Horizon', osVersion: '' } },
  { in: /\bKindle\/\d/, tells: { brand: 'Amazon', model: 'Kindle', os: 'GNU/Linux' } },
  { in: /BB10|BlackBerry/, tells: { brand: 'RIM', browser: 'BlackBerry Browser' } },
  { in: /^Mozilla\/5\.0 \(Mobile; LYF/, tells: { brand: 'LYF' } },
  { in: /KAI ?OS\//i, tells: { os: 'KaiOS', type: 'mobile' } },
  { in: /HarmonyOS/, tells: { os: 'HarmonyOS', osVersion: '' } },
  // It is told by no model, and hardly ever runs on anything but telephones.
  { in: /^Opera\/[\d.]+ \(Android; Opera Mini\//, tells: { type: 'mobile' } },
  // Telephones before the smart ones, whose systems the parser does not know or takes for Apple's.
  { in: /^Opera\/[\d.]+ \(J2ME\/MIDP; Opera Mini/, tells: { os: 'Java ME', type: 'mobile' } },
  { in: /^Opera\/[\d.]+ \(MAUI Runtime; Opera Mini/, tells: { os: 'MRE', type: 'mobile' } },
  { in: /^Opera\/[\d.]+ \(SpreadTrum; Opera Mini/, tells: { os: 'Mocor OS', type: 'mobile' } },
  // Browsers that call themselves by another one's name.
  { in: / Brave(?:\/|$)/, tells: { browser: 'Brave', browserVersion: '' } },
  { in: /Tizen.+Version\/[\d.]+ TV/, tells: { browser: 'Tizen Browser' } },
  { in: /\bOMI\//, tells: { browser: 'Opera Devices' } },
  { in: /Maple/, tells: { browser: 'Maple', browserVersion: '' } },
]
/** Most user agents hold none. */
const ANY_MARK =
  /Nexus|Pixel|; [VI]\d{4}|; (?:HD|IN|KB|LE|GM|AC|BE|DN|EB|MT|NE|PHB|CPH)\d|; XQ-|SMART-TV|SmartHub|Tizen|web[0O]S|Hisense|VIDAA|HbbTV|CE-HTML|CrKey|Chromecast|GoogleTV|Android ?TV|BRAVIA|MIBOX|Roku|Apple ?TV|Xbox|Nintendo|PLAYSTATION|Tesla|EK-|iPod|AEO|Fuchsia|Oculus|Quest|Kindle|BB10|BlackBerry|KAI ?OS|LYF|HarmonyOS|Brave|Maple|OMI\/|Opera Mini/i

/** What the user agent tells beyond what its parser read. */
export function markedDevice(userAgent: string): Partial<Device> {
  if (!ANY_MARK.test(userAgent)) return {}
  return Object.assign({}, ...MARKS.filter((mark) => mark.in.test(userAgent)).map(({ tells }) => tells))
}
