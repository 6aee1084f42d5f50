import { z } from 'zod'
import { ALL_SLOTS } from './click/parameters.ts'
import { addressList } from './entities/address-list.ts'
import { currencyCode, flag, integer, text } from './entities/fields.ts'
import { CONVERSION_DATES, type ConversionDate, conversionDates } from './report/conversion-dates.ts'
import { isTimeZone } from './time/zone.ts'

/** One setting of the installation: its type, what it starts as, and what it does. */
export interface SettingDef<Value = unknown> {
  readonly help: string
  /** Reads what a client wrote; problems name the cure. */
  readonly schema: z.ZodType<Value>
  readonly fallback: Value
  /** `kept`: stored for clients that expect it, without an effect so far. */
  readonly effect: 'acts' | 'kept'
  /** Answered masked. */
  readonly isSecret?: true
  /** Comes from the environment: writing it here is refused with these words. */
  readonly readOnly?: string
}

/** What is stored of addresses of visitors. */
export const ADDRESS_PRIVACY = ['keep', 'truncate', 'hash'] as const
export type AddressPrivacy = (typeof ADDRESS_PRIVACY)[number]

/** What can stand between the cells of CSV. */
export const CSV_SEPARATORS = [';', ',', 'tab'] as const
type CsvSeparator = (typeof CSV_SEPARATORS)[number]

const defineSetting = <Value>(def: SettingDef<Value>): SettingDef<Value> => def

const kept = (help: string, fallback: string, max = 1000): SettingDef<string> =>
  defineSetting({ help, schema: text(max), fallback, effect: 'kept' })
const keptFlag = (help: string, fallback: boolean): SettingDef<boolean> =>
  defineSetting({ help, schema: flag(), fallback, effect: 'kept' })

const parameterNames = (slot: string): SettingDef<readonly string[]> =>
  defineSetting({
    help: `Further names of the parameter ${slot} in links, after the name a campaign gives it and its own.`,
    schema: z.preprocess(
      (value) =>
        typeof value === 'string'
          ? value.split(/[\s,;]+/).filter((name) => name !== '')
          : value === null || value === false
            ? []
            : value,
      z
        .array(z.string().max(100, 'must be at most 100 characters long'), {
          error: 'must be a list of names such as kw, query',
        })
        .max(50, 'must be at most 50 names'),
    ),
    fallback: [],
    effect: 'acts',
  })

/** Every setting we know. Others are stored as they come. */
export const settings = {
  currency: defineSetting({
    help: 'Base currency: what reports are in, and amounts that name no currency. It can be changed at any time: what was counted before is kept as it was and shown in the new currency by the rates of its day. Default: TRACKYARD_BASE_CURRENCY of the environment.',
    // Empty sets it back to the environment's.
    schema: currencyCode().or(z.literal('')),
    fallback: '',
    effect: 'acts',
  }),
  currency_rates_fetch: defineSetting({
    help: 'Fetch exchange rates from the European Central Bank, or from currency_rates_url, several times a day.',
    schema: flag(),
    fallback: false,
    effect: 'acts',
  }),
  currency_rates_url: defineSetting({
    help: 'Address of a file with rates of the day, in the format of the European Central Bank (XML, CSV, or ZIP with such a CSV); empty is that of the bank itself.',
    schema: text(500).refine((url) => url === '' || /^https?:\/\/[^/]/.test(url), 'must be a web address, or empty'),
    fallback: '',
    effect: 'acts',
  }),
  postback_key: defineSetting({
    help: 'First part of the path at which networks send their postbacks.',
    schema: text(64),
    fallback: '',
    effect: 'acts',
    isSecret: true,
    readOnly: 'is set by TRACKYARD_POSTBACK_KEY in the environment, because it is in the URLs that networks have',
  }),
  timezone: defineSetting({
    help: 'Time zone of reports that name none, and of the days and hours that click limits count by.',
    schema: text(64).refine(isTimeZone, 'must be a time zone such as Europe/Madrid'),
    fallback: 'UTC',
    effect: 'acts',
  }),
  report_conversion_date: defineSetting<ConversionDate>({
    help: `Which date of a report a conversion belongs to, where its request does not say. ${Object.entries(
      conversionDates,
    )
      .map(([name, { help }]) => `${name}: ${help}`)
      .join(' ')} Figures of the past change with it; what is stored does not.`,
    schema: z.enum(CONVERSION_DATES, { error: `must be ${CONVERSION_DATES.join(', ')}` }),
    fallback: 'click',
    effect: 'acts',
  }),
  admin_ip_whitelist: defineSetting({
    help: 'Addresses and blocks from which the admin side may be used; empty allows all. The machine itself always may. Behind a web server, TRACKYARD_TRUST_PROXY must name it, or every address is the one of the web server.',
    schema: addressList(),
    fallback: [],
    effect: 'acts',
  }),
  audit_ttl: defineSetting({
    help: 'Days the audit log is kept; 0 keeps it for ever.',
    schema: integer(0, 36_500),
    fallback: 365,
    effect: 'acts',
  }),
  stats_ttl: defineSetting({
    help: 'Days to keep clicks and their conversions; 0 keeps them for ever. What is older is dropped by whole months (UTC): a month goes once its last day is that old, so that up to a month more is kept. GET /retention tells what would go, also before this is changed: ?stats_ttl=90.',
    schema: integer(0, 36_500),
    fallback: 0,
    effect: 'acts',
  }),
  archive_ttl: defineSetting({
    help: 'Days after its last change when an archived campaign, stream, landing page or offer is deleted for good, unless something names it; 0 keeps it. Its clicks stay as long as stats_ttl says.',
    schema: integer(0, 36_500),
    fallback: 60,
    effect: 'acts',
  }),
  ip_privacy: defineSetting<AddressPrivacy>({
    help: 'What is stored of the address of a visitor, and of whoever sends a postback. keep: all of it. truncate: its block, 203.0.113.0 for 203.0.113.77 (IPv6: the first 48 bits). hash: a code that is the same for the same address. Filters, lists, the detection of bots, place and uniqueness use the whole address, which is then forgotten. It acts on what comes from now on.',
    schema: z.enum(ADDRESS_PRIVACY, { error: `must be ${ADDRESS_PRIVACY.join(', ')}` }),
    fallback: 'keep',
    effect: 'acts',
  }),
  postback_log_ttl: defineSetting({
    help: 'Days to keep the log of incoming postbacks; 0 keeps it for ever. It is dropped by whole months, as clicks are.',
    schema: integer(0, 36_500),
    fallback: 180,
    effect: 'acts',
  }),
  sent_postbacks_ttl: defineSetting({
    help: 'Days to keep the log of sent postbacks, from which they can be sent again; 0 keeps it for ever. It is dropped by whole days (UTC).',
    schema: integer(0, 36_500),
    fallback: 30,
    effect: 'acts',
  }),
  lp_offer_token_ttl: defineSetting({
    help: 'Minutes after a click in which its landing page may hand the visitor on to the offer.',
    schema: integer(1, 525_600),
    fallback: 1440,
    effect: 'acts',
  }),
  avscan_key: defineSetting({
    help: 'Key of the AVScan service.',
    schema: text(500),
    fallback: '',
    effect: 'kept',
    isSecret: true,
  }),
  safe_browsing_key: defineSetting({
    help: 'Key of the malware service that triggers with condition av_detected ask: Google Safe Browsing, Web Risk, or one that speaks like them.',
    schema: text(500),
    fallback: '',
    effect: 'acts',
    isSecret: true,
  }),
  safe_browsing_url: defineSetting({
    help: 'Address of that service; empty is the public one of Google.',
    schema: text(500).refine((url) => url === '' || /^https?:\/\/[^/]/.test(url), 'must be a web address, or empty'),
    fallback: '',
    effect: 'acts',
  }),
  safe_browsing_protocol: defineSetting<'safe_browsing' | 'web_risk'>({
    help: 'How that service is asked: safe_browsing is version 4 of the look-up API of Safe Browsing, web_risk that of Web Risk.',
    schema: z.enum(['safe_browsing', 'web_risk'], { error: 'must be safe_browsing or web_risk' }),
    fallback: 'safe_browsing',
    effect: 'acts',
  }),
  language: kept('Language of the admin pages for users who chose none.', 'en', 10),
  disable_stats: keptFlag('Switch statistics off.', false),
  traffic_log_enabled: keptFlag('Write a log of every request.', false),
  extra_action: kept('What to do on an unknown address; here the domain says so.', ''),
  extra_url: kept('Where to send visitors of an unknown address; here the domain says so.', '', 2000),
  lp_dir: kept('Folder of local landing pages.', 'landers', 100),
  lp_allow_php: keptFlag('Run PHP in local landing pages, which Trackyard never does.', false),
  show_extra_param: keptFlag('Show extra_param_1 to extra_param_10 in the admin pages.', false),
  keyword_aliases: parameterNames('keyword'),
  source_aliases: parameterNames('source'),
  referrer_aliases: parameterNames('referrer'),
  unknown_hosts: defineSetting<'serve' | 'not_found'>({
    help: 'What visitors get at a host that no domain entry claims: serve opens campaigns there as at any domain, not_found answers 404. Postbacks are taken at every host.',
    schema: z.enum(['serve', 'not_found'], { error: 'must be serve or not_found' }),
    fallback: 'serve',
    effect: 'acts',
  }),
  allow_keyless_postback: defineSetting({
    help: 'Take postbacks at /postback without the key, which anybody could send; only for networks whose URLs cannot be changed.',
    schema: flag(),
    fallback: false,
    effect: 'acts',
  }),
  check_bot_ua: keptFlag('Tell bots by their user agent, which Trackyard always does.', true),
  check_bot_ip: keptFlag('Tell bots by their address.', true),
  csv_delimiter: defineSetting<CsvSeparator>({
    help: 'Between the cells of CSV exports that name no separator: a semicolon, a comma, or tab.',
    schema: z.preprocess(
      (value) => (value === '' || value === null ? ';' : value === '\t' ? 'tab' : value),
      z.enum(CSV_SEPARATORS, { error: 'must be ; or , or tab' }),
    ),
    fallback: ';',
    effect: 'acts',
  }),
} as const satisfies Readonly<Record<string, SettingDef>>

export type SettingKey = keyof typeof settings
export const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(settings, key)

/** `sub_id_7_aliases`: every slot may have further names. The lists that most people need are settings above. */
const aliasSettings: ReadonlyMap<string, SettingDef<readonly string[]>> = new Map(
  ALL_SLOTS.map((slot) => [`${slot}_aliases`, parameterNames(slot)]),
)

/** The definition of a setting, also of those that lists of settings leave out; null for settings of one's own. */
export const knownSetting = (key: string): SettingDef | null =>
  isSettingKey(key) ? settings[key] : (aliasSettings.get(key) ?? null)

/** Further parameters that fill a slot in every campaign, by slot. `stored` is JSON by key of setting. */
export const parameterAliases = (stored: ReadonlyMap<string, string>): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    [...aliasSettings].flatMap(([key, { schema }]) => {
      const read = schema.safeParse(parseJson(stored.get(key) ?? 'null'))
      return read.success && read.data.length > 0 ? [[key.slice(0, -'_aliases'.length), read.data]] : []
    }),
  )

/** What one known setting holds. */
export type SettingValue<Key extends SettingKey> = (typeof settings)[Key]['fallback']

/** Whether a value lets somebody in: known settings say so, of others the name tells. */
export const isSecretSetting = (key: string): boolean =>
  isSettingKey(key) ? settingDef(key).isSecret === true : /(^|[_.-])(keys?|token|secret|password)$/i.test(key)

export const settingDef = (key: SettingKey): SettingDef => settings[key]
export const SETTING_KEYS = Object.keys(settings).filter(isSettingKey)

/** A setting as it is stored, as JSON; what is missing or cannot be read is the default. */
export function readSetting<Key extends SettingKey>(key: Key, stored: string | null | undefined): SettingValue<Key> {
  const { schema, fallback } = settings[key]
  const read = stored === null || stored === undefined ? null : schema.safeParse(parseJson(stored))
  // The schema of a setting and its default are of one type by its definition.
  return (read?.success ? read.data : fallback) as SettingValue<Key>
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
