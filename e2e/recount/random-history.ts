import type { Random } from '../../packages/server/src/simulate/random.ts'
import { makeSubId } from '../../packages/server/src/stores/events/contract.ts'
import type { Naming } from './naive-columns.ts'
import { added, type Conversion, conversionSums, type Happened, OWN_STATUSES } from './naive-rows.ts'
import type { Cell } from './recount.ts'

export const NOW_MS = Date.UTC(2026, 2, 31, 10, 20, 30, 500)
const DAY_MS = 86_400_000

type Cells = Record<string, Cell>
const WORDS: readonly [string, ...string[]] = [
  '',
  '',
  'siteA',
  'SITEa',
  'bad.test',
  '10',
  '9',
  '2.5',
  'żÓłw',
  "it's 100%",
]

/** Values of the columns that are not ids, flags or times; the others are texts from a short list of words. */
const POOLS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  ip: ['203.0.113.9', '203.0.113.77', '10.20.30.40', '2001:db8:1:2::1', '', 'odd'],
  country: ['', 'PL', 'US', 'DE'],
  language: ['', 'pl', 'en'],
  os: ['', 'Mac OS', 'Windows'],
  browser: ['', 'Chrome', 'Mobile Safari'],
  device_type: ['', 'mobile', 'desktop'],
  visitor_code: ['', 'aaa1', 'bbb2', 'ccc3'],
  referrer: ['', 'https://a.example/'],
  host: ['t.example', 'u.example'],
  parent_sub_id: ['', '0mf00000000000000'],
}
const TEXTS = `region city isp connection_type operator device_brand device_model os_version browser_version user_agent
  search_engine x_requested_with keyword source ad_campaign_id creative_id external_id destination sub_id_1 sub_id_2
  sub_id_7 sub_id_15 sub_id_30 extra_param_1 extra_param_10`.split(/\s+/)
const IDS = 'parent_campaign_id stream_id landing_id offer_id affiliate_network_id ts_id asn'.split(' ')
const FLAGS = `is_unique_campaign is_unique_stream is_unique_global is_bot is_using_proxy is_datacenter`.split(' ')

const three = (...names: readonly string[]): Map<number, string> => new Map(names.map((name, i) => [i + 1, name]))
/** What the things in a random history are called. */
export const naming: Omit<Naming, 'firstWeekday'> = {
  baseCurrency: '',
  names: {
    campaigns: three('Zeta', 'alpha', 'Alpha'),
    streams: three('one', 'Two', '3'),
    landings: three('LP', 'lp 2', 'Żaba'),
    offers: three('Slim', 'Slim 2', 'fat'),
    affiliate_networks: three('N', 'M', 'm'),
    traffic_sources: three('T', 'S', 'R'),
    groups: new Map([
      [7, 'Group seven'],
      [8, 'eight'],
    ]),
  },
  groups: {
    campaigns: new Map([
      [1, 7],
      [2, 8],
    ]),
    landings: new Map([[3, 7]]),
    offers: new Map([
      [1, 8],
      [3, 7],
    ]),
  },
  labels: [
    { campaignId: 1, refName: 'source', value: 'bad.test', label: 'blacklist' },
    { campaignId: 1, refName: 'source', value: 'siteA', label: 'whitelist' },
    { campaignId: 2, refName: 'source', value: 'bad.test', label: 'whitelist' },
    { campaignId: 2, refName: 'ip', value: '10.20.30.40', label: 'blacklist' },
    { campaignId: 3, refName: 'sub_id_15', value: '10', label: 'whitelist' },
    { campaignId: 3, refName: 'keyword', value: '9', label: 'blacklist' },
  ],
}

/** Clicks of some months and a year ago, with what became of them. */
export const randomHistory = (random: Random, clicks: number): Happened[] =>
  Array.from({ length: clicks }, () => randomClick(random))

function randomClick(random: Random): Happened {
  const yearAgo = random.chance(0.1) ? 365 * DAY_MS : 0
  const agoMs = random.chance(0.3) ? random.integer(1, 2 * DAY_MS) : random.integer(1, 100 * DAY_MS)
  const atMs = NOW_MS - yearAgo - agoMs
  const cells: Cells = { sub_id: makeSubId(atMs), datetime: atMs, campaign_id: random.integer(1, 3) }
  for (const name of IDS) cells[name] = random.integer(0, 3)
  for (const name of FLAGS) cells[name] = random.integer(0, 1)
  for (const name of TEXTS) cells[name] = random.pick(WORDS)
  for (const [name, values] of Object.entries(POOLS)) cells[name] = random.pick(values)
  cells.cost = random.pick([0, 50_000, 123_457, 1_000_000])
  if (random.chance(0.4))
    Object.assign(cells, { landing_clicked: 1, landing_clicked_datetime: atMs + random.integer(0, 300_000) })
  if (random.chance(0.1)) cells.click_revenue = random.integer(1, 400_000)
  const conversions = Array.from({ length: random.pick([0, 0, 0, 1, 1, 2, 3]) }, (_, i) =>
    randomConversion(random, atMs, i),
  )
  const [main] = conversions
  if (main && ['lead', 'sale', 'rejected', 'rebill'].includes(main.status))
    cells[`is_${main.status === 'rebill' ? 'sale' : main.status}`] = 1
  return { click: { ...cells, subId: String(cells.sub_id), atMs }, conversions }
}

function randomConversion(random: Random, clickMs: number, index: number): Conversion {
  const status = random.pick([
    'lead',
    'sale',
    'sale',
    'rejected',
    'rebill',
    'registration',
    'deposit',
    'trash',
    'own',
    ...OWN_STATUSES.values(),
  ])
  const atMs = Math.min(NOW_MS - 1, clickMs + random.integer(0, 20 * DAY_MS))
  return {
    status: status === 'rebill' && index === 0 ? 'sale' : status,
    ...(['own', ...OWN_STATUSES.values()].includes(status)
      ? {
          group: random.pick(['hold', 'confirmed', 'rejected', 'trash']),
          counts: random.chance(0.5),
          slot: status === 'own' ? random.pick([0, 7, 10]) : 0,
        }
      : {}),
    micros: random.pick([0, 2_500_000, 10_000_000, random.integer(-300_000, 20_000_000)]),
    atMs,
    saleAtMs: random.chance(0.5) ? Math.min(NOW_MS - 1, atMs + random.integer(0, 3 * DAY_MS)) : 0,
  }
}

/** The click as a row of the store, with the sums of its conversions. */
export function clickCells({ click, conversions }: Happened): Cells {
  const { subId: _, atMs: __, ...cells } = click
  const sums = conversions.reduce((total, one) => added(total, conversionSums(one)), {
    sale_revenue: BigInt(Number(click.click_revenue ?? 0)),
  } as Record<string, bigint>)
  return { ...cells, ...Object.fromEntries(Object.entries(sums).map(([name, value]) => [name, Number(value)])) }
}

/** Its conversions as rows of the store; what they copied of the click is out of date. */
export const conversionCells = ({ click, conversions }: Happened): Cells[] =>
  conversions.map((one, index) => ({
    sub_id: click.subId,
    datetime: click.atMs,
    campaign_id: Number(click.campaign_id),
    source: 'as it was',
    offer_id: 99,
    conversion_id: `${click.subId}-${index + 1}`,
    status: one.status,
    custom_group: one.group ?? '',
    custom_counts: one.counts ? 1 : 0,
    custom_slot: one.slot ?? 0,
    revenue: one.micros,
    postback_datetime: one.atMs,
    sale_datetime: one.saleAtMs,
  }))
