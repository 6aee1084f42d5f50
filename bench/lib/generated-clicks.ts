/** Where and how dense generated clicks lie in time: `rows` of them, evenly over `days` from `startMs`. */
export interface GeneratedSpan {
  readonly rows: number
  readonly days: number
  readonly startMs: number
}

const random = (seed: number, bound: number): string => `cityHash64(number, ${seed}) % ${bound}`
const letters = (seed: number, length: number): string =>
  `substring(lower(base64Encode(unhex(hex(cityHash64(number, ${seed})) || hex(cityHash64(${seed}, number))))), 1, ${length})`
/** The first eight characters of a sub id: the millisecond in base 36. */
const BASE_36_MS = `arrayStringConcat(arrayMap(place -> substring('0123456789abcdefghijklmnopqrstuvwxyz', 1 + intDiv(toUnixTimestamp64Milli(at), place) % 36, 1), [78364164096, 2176782336, 60466176, 1679616, 46656, 1296, 36, 1]))`

/** Clicks as a pop or native campaign brings them: few agents and cities, many addresses, ids that are all different. */
const VALUES: Readonly<Record<string, string>> = {
  sub_id: `concat(${BASE_36_MS}, ${letters(1, 9)})`,
  datetime: 'at',
  campaign_id: `1 + ${random(2, 20)}`,
  stream_id: `1 + ${random(3, 60)}`,
  landing_id: `if(${random(4, 10)} < 4, 1 + ${random(5, 8)}, 0)`,
  offer_id: `if(${random(4, 10)} < 4, 0, 1 + ${random(6, 30)})`,
  affiliate_network_id: `1 + ${random(6, 4)}`,
  ts_id: `1 + ${random(7, 5)}`,
  visitor_code: letters(8, 13),
  host: "'go.example.com'",
  ip: `IPv4NumToString(toUInt32(cityHash64(number, 9)))`,
  country: `['US','DE','PL','BR','IN','ID','MX','TR','VN','TH','FR','ES','IT','CO','AR'][1 + toUInt8(floor(15 * pow(rand01, 2)))]`,
  region: `concat(country, '_', toString(${random(11, 12)}))`,
  city: `concat('City ', country, toString(${random(11, 60)}))`,
  isp: `concat('Provider ', country, toString(${random(12, 15)}))`,
  asn: `1000 + ${random(12, 15)}`,
  language: 'lower(country)',
  device_type: `if(${random(13, 10)} < 8, 'mobile', 'desktop')`,
  device_brand: `['Samsung','Apple','Xiaomi','Oppo','Huawei'][1 + ${random(14, 5)}]`,
  device_model: `concat('Model ', toString(${random(14, 200)}))`,
  os: `['Android','iOS','Windows'][1 + ${random(14, 3)}]`,
  os_version: `toString(8 + ${random(14, 8)})`,
  browser: `['Chrome Mobile','Safari','Chrome'][1 + ${random(14, 3)}]`,
  browser_version: `toString(100 + ${random(14, 40)})`,
  user_agent: `concat('Mozilla/5.0 (Linux; Android ', toString(8 + ${random(14, 8)}), '; Model ', toString(${random(14, 200)}), ') AppleWebKit/537.36 (KHTML, like Gecko) Chrome/', toString(100 + ${random(14, 40)}), '.0.0.0 Mobile Safari/537.36')`,
  referrer: `if(${random(15, 3)} = 0, '', concat('https://site', toString(${random(15, 3000)}), '.example/'))`,
  source: `toString(${random(15, 3000)})`,
  creative_id: `toString(${random(16, 40)})`,
  ad_campaign_id: `toString(${random(17, 15)})`,
  external_id: letters(18, 20),
  sub_id_1: `toString(${random(19, 300)})`,
  sub_id_2: `toString(${random(20, 20)})`,
  destination: "concat('https://offer.example/?c=', sub_id)",
  is_unique_campaign: `${random(21, 10)} < 7`,
  is_unique_stream: `${random(21, 10)} < 8`,
  is_unique_global: `${random(21, 10)} < 6`,
  is_bot: `${random(22, 50)} = 0`,
  cost: `toDecimal64(${random(23, 300)} / 10000, 6)`,
  roll: 'toUInt32(cityHash64(number, 24))',
  trace: `concat(toString(${random(3, 60)}), ':f', toString(${random(3, 3)}))`,
}

/** Names of the columns that are filled, in the order of the select list. */
export const generatedColumns: readonly string[] = [...Object.keys(VALUES), 'version']

/**
 * A SELECT that makes the clicks numbered `from` to `from + count` of a span out of nothing but their number, so that
 * the engine fills its own table and the same number always gives the same click. `version` is the number.
 */
export function selectGeneratedClicks(span: GeneratedSpan, from: number, count: number): string {
  const everyMs = (span.days * 86_400_000) / span.rows
  return `SELECT ${Object.entries(VALUES)
    .map(([name, value]) => `${value} AS ${name}`)
    .join(', ')}, number AS version FROM
    (SELECT number, cityHash64(number, 10) / 18446744073709551615. AS rand01, fromUnixTimestamp64Milli(toInt64(${span.startMs} + number * ${everyMs}), 'UTC') AS at FROM numbers(${from}, ${count}))`
}
