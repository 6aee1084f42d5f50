import { type Device, UNKNOWN_DEVICE } from '@trackyard/core/click/click.ts'
import { isbot } from 'isbot'
import { UAParser } from 'ua-parser-js'
import { appleModel } from './apple-models.ts'
import type { HintedBrowser } from './brands.ts'
import { markedDevice } from './device-marks.ts'
import { APPLE_MOBILE_BROWSERS, BRANDS, BROWSERS, FIRE_OS, MOBILE_BROWSERS, SYSTEMS, TYPES } from './device-names.ts'
import { appInUserAgent, appOfPackage } from './in-app.ts'
import { ownCopy } from './own-copy.ts'
import { createMemory } from './remembering.ts'

/** Values of the headers that tell more than the user agent; absent ones are ''. */
export interface ClientHints {
  readonly platform: string
  readonly platformVersion: string
  readonly model: string
  readonly mobile: string
  readonly browser: HintedBrowser
  /** X-Requested-With: the package of the app whose web view it is. */
  readonly app: string
}

export interface UserAgentFacts {
  readonly device: Device
  readonly isBot: boolean
}

export interface DeviceParser {
  parse(userAgent: string, hints: ClientHints): UserAgentFacts
}

const MAX_REMEMBERED = 20_000
const MAX_USER_AGENT = 1000
const MAX_NAME = 100

/** Parses user agents, remembering up to 20 000: the parser costs 30 µs, the memory a fraction of one. */
export function createDeviceParser(): DeviceParser {
  const memory = createMemory<UserAgentFacts>(MAX_REMEMBERED / 2)
  return {
    parse(sent, hints) {
      const userAgent = sent.length > MAX_USER_AGENT ? ownCopy(sent, MAX_USER_AGENT) : sent
      const { platform, platformVersion, model, mobile, browser } = hints
      // Apps that nobody knows share one entry: the header is the visitor's to fill.
      const app = hints.app === '' ? '' : appOfPackage(hints.app)
      const key =
        platform || model || browser.name || app
          ? `${userAgent}|${platform}|${platformVersion}|${model}|${mobile}|${browser.name}|${browser.version}|${app}`
          : userAgent
      const known = memory.find(key)
      if (known) return known
      const facts = parseUserAgent(userAgent, hints, app)
      memory.keep(key, facts)
      return facts
    },
  }
}

function parseUserAgent(userAgent: string, hints: ClientHints, app: string): UserAgentFacts {
  // A visitor without a user agent is a program (reference click-processing §8.1).
  if (userAgent === '') return { device: UNKNOWN_DEVICE, isBot: true }
  const parser = new UAParser(userAgent)
  // Today's browsers name the model in a hint instead of the user agent; its maker is found the same way.
  const hinted = hints.model === '' ? '' : namingModel(hints)
  const marked = { ...markedDevice(userAgent), ...(hinted === '' ? {} : markedDevice(hinted)) }
  const device = (hinted === '' ? parser : new UAParser(hinted)).getDevice()
  const system = readSystem(parser, device, userAgent, hints, marked)
  const browser = readBrowser(parser, userAgent, hints, marked, system, app)
  return {
    isBot:
      (isbot(userAgent) && system.os !== 'tvOS') || MORE_BOTS.test(userAgent) || browser.browser === 'Headless Chrome',
    device: { ...system, ...browser },
  }
}

/** Programs that the package does not know and crawler-user-agents does. */
const MORE_BOTS = /Miniature\.io\/|GTmetrix|\bYLT Chrome\//

/** What it is, and what runs on it. */
type System = Omit<Device, 'browser' | 'browserVersion'>
type Browser = Pick<Device, 'browser' | 'browserVersion'>

function readSystem(
  parser: UAParser,
  { vendor = '', model = '', type }: ReturnType<UAParser['getDevice']>,
  userAgent: string,
  hints: ClientHints,
  marked: Partial<Device>,
): System {
  const { name = '', version = '' } = parser.getOS()
  const parsedOs = SYSTEMS[name] ?? name
  const hintedOs = SYSTEMS[hints.platform] ?? hints.platform
  const os = marked.os ?? osOf(hintedOs || parsedOs, vendor, userAgent)
  const osVersion =
    marked.osVersion ?? (hintedVersion(os, hints.platformVersion) || versionOf(os, name, version, userAgent))
  const kind = marked.type ?? deviceType(type, os, hints.mobile)
  return {
    type: kind,
    brand: (marked.brand ?? BRANDS[vendor] ?? vendor).slice(0, MAX_NAME),
    model: marked.model ?? (hints.model || modelOf(model, userAgent)).slice(0, MAX_NAME),
    os,
    osVersion: osVersion.slice(0, MAX_NAME),
  }
}

/** A user agent as it was when browsers named the model in it. */
const namingModel = ({ model, mobile }: ClientHints): string =>
  `Mozilla/5.0 (Linux; Android 10; ${model}) AppleWebKit/537.36 Chrome/99${mobile === '?0' ? '' : ' Mobile'} Safari/537.36`

function osOf(os: string, vendor: string, userAgent: string): string {
  // Apple calls it so since version 13.
  if (os === 'iOS' && /iPad.+ OS (?:1[3-9]|[2-9]\d)_/.test(userAgent)) return 'iPadOS'
  return os === 'Android' && vendor === 'Amazon' ? 'Fire OS' : os
}

function versionOf(os: string, parsedName: string, version: string, userAgent: string): string {
  if (os === 'Fire OS') return FIRE_OS.find(([android]) => version.startsWith(android))?.[1] ?? ''
  if (os === 'Android TV' && version === '') return /Andr[o0]id (\d[\d.]*)/.exec(userAgent)?.[1] ?? ''
  if (os === 'KaiOS') return /KAI ?OS\/([\d.]+)/i.exec(userAgent)?.[1] ?? ''
  if (os === 'Roku OS') return /DVP-([\d.]+)/.exec(userAgent)?.[1] ?? ''
  if (os === 'webOS') return /WEBOS(\d+)/.exec(userAgent)?.[1] ?? ''
  if (os === 'tvOS') return /AppleTV\d+,\d+\/([\d.]+)/.exec(userAgent)?.[1] ?? ''
  if (os === 'BlackBerry OS') return /Version\/([\d.]+)/.exec(userAgent)?.[1] ?? version
  if (os === 'iOS' || os === 'iPadOS') return newerApple(userAgent) || version
  if (os === 'Windows' && parsedName === 'Xbox') return /Windows NT (\d+)/.exec(userAgent)?.[1] ?? ''
  // What a stick or a box counts is not the version of the system that it runs.
  return VERSIONLESS.has(os) && parsedName !== os ? '' : version
}
/**
 * Since version 26 the browsers of Apple's phones and tablets say 18.6 or 18.7 whatever the system is. Its real number is
 * that of WebKit's own version, or what an app adds; '' where neither tells a newer one.
 */
const newerApple = (userAgent: string): string =>
  /\bOS 18_[67] like .*?(?:\bVersion\/|\bFBSV\/|; i(?:Pad)?OS )((?:2[6-9]|[3-9]\d)(?:[._]\d+)*)/
    .exec(userAgent)?.[1]
    ?.replaceAll('_', '.') ?? ''

const VERSIONLESS = new Set(['GNU/Linux', 'Fuchsia'])

/** Reduced user agents say `K` on every device; a computer is no model. */
function modelOf(parsed: string, userAgent: string): string {
  if (parsed === 'K' || parsed === 'Macintosh') return ''
  if (parsed === 'iPhone') return appleModel(userAgent) || parsed
  // The parser takes the beginning of a Fire TV's code for a word of its own.
  return (userAgent.includes('; AFT') && /; (AFT[A-Z\d]+)/.exec(userAgent)?.[1]) || parsed
}

function deviceType(parsed: string | undefined, os: string, mobileHint: string): string {
  if (parsed) return TYPES[parsed] ?? 'unknown'
  if (mobileHint === '?1') return 'mobile'
  if (DESKTOP_SYSTEMS.has(os)) return 'desktop'
  return os === 'Android' || os === 'Fire OS' ? 'tablet' : 'unknown'
}
const DESKTOP_SYSTEMS = new Set(['Windows', 'Mac', 'GNU/Linux', 'Ubuntu', 'Chrome OS', 'Fedora', 'Debian', 'FreeBSD'])

function readBrowser(
  parser: UAParser,
  userAgent: string,
  hints: ClientHints,
  marked: Partial<Device>,
  system: System,
  app: string,
): Browser {
  const inApp = appInUserAgent(userAgent)
  if (inApp) return { browser: inApp.name, browserVersion: inApp.version }
  const { name = '', version = '' } = webViewOf(userAgent) ?? parser.getBrowser()
  const parsed = marked.browser ?? browserName(name, system, userAgent)
  const hinted = hintedBrowser(parsed, hints.browser, system, userAgent)
  // The web view of an app says no more than that it is one; its app is named by another header.
  if (app !== '' && WEB_VIEWS.has(hinted?.name ?? parsed)) return { browser: app, browserVersion: '' }
  return {
    browser: (hinted?.name ?? parsed).slice(0, MAX_NAME),
    browserVersion: (
      hinted?.version ??
      marked.browserVersion ??
      browserVersion(parsed, name, version, userAgent)
    ).slice(0, MAX_NAME),
  }
}

/** The version of WebKit is not that of the browser; some browsers tell theirs where the parser does not look. */
function browserVersion(browser: string, parsedName: string, version: string, userAgent: string): string {
  const own = OWN_VERSIONS[browser]?.exec(userAgent)?.[1]
  return own ?? (parsedName === 'WebKit' ? '' : version)
}
const OWN_VERSIONS: Readonly<Record<string, RegExp>> = {
  'Nintendo Browser': /NintendoBrowser\/([\d.]*\d)/,
  'Opera Devices': /OMI\/([\d.]*\d)/,
  'Mobile Silk': /Silk\/([\d.]*\d)/,
  'Sogou Explorer': /\bSE ([\d.]*\d)/,
}

const WEB_VIEWS = new Set(['Chrome Webview', 'Android Browser', 'Chrome Mobile', 'Chrome', ''])

/** Web views of Android 4.4 to 8 do not say `wv`, but they name both versions, as no other browser does. */
function webViewOf(userAgent: string): { name: string; version: string } | null {
  const version = /Android .*Version\/4\.0 Chrome\/([\d.]+) (?:Mobile )?Safari\/[\d.]+$/.exec(userAgent)?.[1]
  return version === undefined ? null : { name: 'Chrome WebView', version }
}

function browserName(parsed: string, { type, os }: System, userAgent: string): string {
  const name = BROWSERS[parsed] ?? parsed
  if (os === 'iOS' || os === 'iPadOS') {
    if (parsed === 'WebKit') return 'Mobile Safari'
    // Chrome and Firefox of Apple's devices call themselves so; what says Chrome/ there is a computer that pretends.
    if (name === 'Safari' || /CriOS|FxiOS/.test(userAgent)) return APPLE_MOBILE_BROWSERS[name] ?? name
  }
  const isMobile = type === 'mobile' || type === 'camera' || (os === 'Android' && name === 'Firefox')
  return isMobile ? (MOBILE_BROWSERS[name] ?? name) : name
}

/**
 * The brand counts where the user agent says no more than Chrome, behind which several browsers hide, or the same. What
 * a user agent names besides, such as the app that shows the page, no brand tells.
 */
function hintedBrowser(parsed: string, hinted: HintedBrowser, system: System, userAgent: string): HintedBrowser | null {
  const name = browserName(hinted.name, system, userAgent)
  const says = parsed === name || parsed === browserName('Chrome', system, userAgent) || parsed === ''
  // A major version alone is less than what the user agent says.
  return hinted.name === '' || !says || (parsed === name && !hinted.version.includes('.'))
    ? null
    : { name, version: hinted.version }
}

/**
 * Windows counts its platform version in a scale of its own: 13 and above is Windows 11, 1 to 10 is Windows 10, and what
 * came before has a number behind the 0. Others fill theirs up: 14.0.0 is the 14 of user agents.
 */
function hintedVersion(os: string, version: string): string {
  if (version === '' || os !== 'Windows') return version.replace(/(?:\.0+)+$/, '')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major >= 13 ? '11' : major >= 1 ? '10' : (WINDOWS_BEFORE_10[minor] ?? '')
}
const WINDOWS_BEFORE_10 = ['', '7', '8', '8.1']
