import { MOBILE_OPERATORS } from '@trackyard/core/filters/known-operators.ts'

/** What the owner of an address tells. */
export interface Network {
  readonly asn: number
  readonly name: string
  readonly isDatacenter: boolean
  /** Key of a mobile operator, '' when it is none that we know. */
  readonly operator: string
}

/** Words in the names of companies that rent out servers. */
const HOSTING_WORDS =
  /\bhost(?:ing|ed|er)?\b|web ?host|\w{3,}hosting\b|data ?cent(?:er|re)s?\b|\bvps\b|\bcolo(?:cation|crossing)?\b|\b(?:dedicated|virtual|cloud|secured|fast|cherry) servers?\b|\bservers\b|\bcloud (?:computing|hosting|services?|technolog\w+|solutions?|data|base|network|hk|south|host)\b|\b(?:huawei|alibaba|ibm|tencent|oracle|naver|kt|smart|enterprise|google|yandex|jd) ?\.?cloud\b|\bserver limited\b/i

/** Companies that rent out servers without saying so: what their names begin with, small letters. */
const HOSTING_COMPANIES: readonly string[] = [
  'a2b ip',
  'akenes',
  'alibaba (us)',
  'hangzhou alibaba',
  'alphavps',
  'amazon data',
  'amazon technologies',
  'amazon.com',
  'aruba s.p.a',
  'b2 net solutions',
  'beget llc',
  'bl networks',
  'bunny communications',
  'bunny technology',
  'bunnyway',
  'censys',
  'choopa',
  'cogent communications',
  'contabo',
  'datacamp limited',
  'digitalocean',
  'dreamhost',
  'egihosting',
  'equinix',
  'fly.io',
  'flokinet',
  'frantech solutions',
  'g-core labs',
  'godaddy.com',
  'google llc',
  'google, llc',
  'gmo internet',
  'hetzner',
  'hivelocity',
  'i3d.net',
  'interserver',
  'ionos se',
  'jsc "timeweb"',
  'jsc selectel',
  'kamatera',
  'latitude.sh',
  'leaseweb',
  'limestone networks',
  'liquid web',
  'm247',
  'microsoft',
  'namecheap',
  'netcup',
  'newfold digital',
  'nforce entertainment',
  'nhncloud',
  'nocix',
  'online s.a.s',
  'oracle corporation',
  'oracle svenska',
  'ovh',
  'packethub',
  'performive',
  'phoenixnap',
  'private layer',
  'psychz',
  'quadranet',
  'quickpacket',
  'rackspace',
  'sakura internet',
  'scaleway',
  'serverius',
  'servermania',
  'shenzhen tencent',
  'sharktech',
  'strato ag',
  'the constant company',
  'timeweb',
  'tzulo',
  'unified layer',
  'upcloud',
  'vultr',
  'wholesale internet',
  'worldstream',
  'xserver',
  'zenlayer',
]

/** People's phones and computers come through these too (private relays, companies' gateways), whatever their owner. */
const PEOPLE: ReadonlySet<number> = new Set([
  // Cloudflare, Akamai and Fastly: Apple's private relay, WARP.
  13335, 209242, 20940, 36183, 54113,
  // Opera's proxies, Zscaler.
  39832, 21837, 22616, 53813, 62044,
])

const OPERATOR_OF: ReadonlyMap<number, string> = new Map(
  Object.entries(MOBILE_OPERATORS).flatMap(([key, { networks }]) => networks.map((asn) => [asn, key] as const)),
)

/** Judges an autonomous system by its number and the name of its owner. A few microseconds: ask once for each. */
export function toNetwork(asn: number, name: string): Network {
  const operator = OPERATOR_OF.get(asn) ?? ''
  return { asn, name, operator, isDatacenter: operator === '' && !PEOPLE.has(asn) && isHosting(name) }
}

function isHosting(name: string): boolean {
  const small = name.toLowerCase()
  return HOSTING_WORDS.test(name) || HOSTING_COMPANIES.some((start) => small.startsWith(start))
}
