import { type Market, marketOf } from './market.ts'
import type { Person } from './people.ts'
import type { Random } from './random.ts'

/** What a story needs of the world: to send a request as its visitor, and to let time go by. */
export interface Session {
  /** Path with query; answers as the tracker does. `as` is null for a postback, which comes from a network's server. */
  request(path: string, as: Person | null, cookies: string): Promise<Answer>
  wait(ms: number): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly location: string
  readonly body: string
  readonly setCookies: readonly string[]
}

/** What was sent and answered, to compare with reports. */
export interface Totals {
  clicks: number
  landingClicks: number
  postbacks: number
  leads: number
  sales: number
  rejected: number
  /** In cents, as sent. */
  revenueCents: number
  failures: number
}

export const noTotals = (): Totals => ({
  clicks: 0,
  landingClicks: 0,
  postbacks: 0,
  leads: 0,
  sales: 0,
  rejected: 0,
  revenueCents: 0,
  failures: 0,
})

const SECOND_MS = 1000
const HOUR_MS = 3600 * SECOND_MS
const RETURN_SHARE = 0.18
const LANDING_CTR = 0.35
const APPROVE_SHARE = 0.55
const REJECT_SHARE = 0.3

const SITES: readonly [string, ...string[]] = [
  'news-daily.example',
  'games-hub.example',
  'weather-now.example',
  'videoclips.example',
  'recipes.example',
  'football-live.example',
]
const KEYWORDS: readonly [string, ...string[]] = [
  'buy shoes',
  'loan online',
  'best vpn',
  'diet plan',
  'learn german',
  'cheap flights',
]

export interface StoryDeps {
  readonly session: Session
  readonly aliases: readonly [string, ...string[]]
  readonly postbackKey: string
  readonly totals: Totals
  /** Sent as sub_id_10 with each click, to find these clicks among others. */
  readonly tag?: string
}

/** One visitor from the first click to the last postback. Every number comes from `random`, so a seed tells it again. */
export async function tellStory(
  person: Person,
  random: Random,
  { session, aliases, postbackKey, totals, tag = '' }: StoryDeps,
): Promise<void> {
  let cookies = ''
  const alias = random.pick(aliases)
  const market = marketOf(alias)
  const visits = !person.isBot && random.chance(RETURN_SHARE) ? random.integer(2, 4) : 1
  for (let visit = 0; visit < visits; visit++) {
    if (visit > 0) await session.wait(random.around(6 * HOUR_MS, 1.5))
    const answer = await session.request(clickPath(alias, market, tag, random), person, cookies)
    if (answer.status >= 400 || answer.status === 0) {
      totals.failures++
      return
    }
    totals.clicks++
    cookies = mergeCookies(cookies, answer.setCookies)
    const subId = cookieOf(cookies, '_subid')
    if (person.isBot || subId === '') continue
    if (!(await reachOffer(answer, person, random, cookies, session, totals))) continue
    if (random.chance(market.conversionShare)) await convert(subId, market, random, session, postbackKey, totals)
  }
}

function clickPath(alias: string, { costMilli }: Market, tag: string, random: Random): string {
  const query = new URLSearchParams({
    source: random.pick(SITES),
    keyword: random.pick(KEYWORDS),
    ad_campaign_id: `c${random.integer(1, 8)}`,
    creative_id: `b${random.integer(1, 20)}`,
    external_id: random.integer(1e9, 2e9).toString(36),
    cost: (random.integer(...costMilli) / 1000).toFixed(3),
    sub_id_1: `zone-${random.integer(1, 300)}`,
    sub_id_2: random.pick(['push', 'pop', 'native']),
    ...(tag === '' ? {} : { sub_id_10: tag }),
  })
  return `/${alias}?${query}`
}

/** Follows the landing page, if one was shown; answers whether the visitor arrived at an offer. */
async function reachOffer(
  answer: Answer,
  person: Person,
  random: Random,
  cookies: string,
  session: Session,
  totals: Totals,
): Promise<boolean> {
  const token = cookieOf(answer.setCookies.join('; '), '_token')
  if (token === '') return true
  if (!random.chance(LANDING_CTR)) return false
  await session.wait(random.around(25 * SECOND_MS, 0.8))
  const passed = await session.request(`/?_lp=1&_token=${token}`, person, cookies)
  if (passed.status >= 400 || passed.status === 0) {
    totals.failures++
    return false
  }
  totals.landingClicks++
  return true
}

async function convert(
  subId: string,
  { payoutCents }: Market,
  random: Random,
  session: Session,
  postbackKey: string,
  totals: Totals,
): Promise<void> {
  const cents = random.integer(...payoutCents)
  const tid = `T${random.integer(1e6, 9e6)}`
  const send = async (status: string): Promise<boolean> => {
    const query = new URLSearchParams({ subid: subId, status, payout: (cents / 100).toFixed(2), tid, from: 'network' })
    const answer = await session.request(`/${postbackKey}/postback?${query}`, null, '')
    totals.postbacks++
    if (answer.status !== 200) totals.failures++
    return answer.status === 200
  }
  await session.wait(random.around(4 * 60 * SECOND_MS, 1.2))
  if (!(await send('lead'))) return
  totals.leads++
  totals.revenueCents += cents
  // Some networks send everything twice.
  if (random.chance(0.05)) await send('lead')
  const fate = random.next()
  if (fate > APPROVE_SHARE + REJECT_SHARE) return
  await session.wait(random.around(20 * HOUR_MS, 1))
  const isSale = fate < APPROVE_SHARE
  if (!(await send(isSale ? 'sale' : 'rejected'))) return
  totals.leads--
  if (isSale) totals.sales++
  else {
    totals.rejected++
    totals.revenueCents -= cents
  }
}

function mergeCookies(known: string, set: readonly string[]): string {
  const jar = new Map(known === '' ? [] : known.split('; ').map((pair) => splitPair(pair)))
  for (const line of set) {
    const [name, value] = splitPair(line.split(';')[0] ?? '')
    jar.set(name, value)
  }
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=')
  return [pair.slice(0, at), pair.slice(at + 1)]
}

const cookieOf = (cookies: string, name: string): string =>
  new RegExp(`(?:^|; )${name}=([^;]*)`).exec(cookies)?.[1] ?? ''
