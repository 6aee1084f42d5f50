import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../../packages/server/src/simulate/random.ts'
import { create, POSTBACK_KEY, type Yard } from '../harness.ts'
import type { Reply } from '../http.ts'

/** What must be in the store for one answered click. Money in cents. */
export interface Expected {
  /** `unsure`: the landing click was sent and got no answer. */
  landing: 'none' | 'unsure' | 'answered'
  leads: number
  sales: number
  rebills: number
  leadCents: number
  saleCents: number
}

export interface Ledger {
  readonly clicks: Map<string, Expected>
  unansweredClicks: number
  landingClicks: number
  unansweredLandingClicks: number
  /** Acknowledged ones; each that was not is sent again until it is, as networks do. */
  postbacks: number
  unansweredPostbacks: number
  /** Conversions changed and costs set by hand. */
  changesByHand: number
}

export interface Traffic {
  readonly ledger: Ledger
  /** The longest time without an answered click since this was asked last. */
  longestSilenceMs(): number
  /** Starts no more stories and resolves when those going on are told. */
  stop(): Promise<void>
}

const WORKERS = 12
const PAUSE_MS = 12
const RETRY_MS = 150
/** Nobody listens: visitors come, but not as fast as connections are refused. */
const SILENCE_PAUSE_MS = 100
/** What all clicks together cost, set again and again by hand. */
export const TOTAL_COST = 123.4567
/** Between two changes of the costs. */
const COSTS_PAUSE_MS = 300
/** What reaching the offer behind the landing page earns. */
export const CPC_CENTS = 5

/** One campaign that leads straight to an offer, one with a landing page before an offer paid per click. */
export async function createCampaigns(yard: Yard): Promise<readonly number[]> {
  const direct = await create(yard, '/offers', {
    name: 'Direct',
    action_type: 'http',
    action_payload: 'https://offer.example/direct?c={subid}',
    payout_auto: true,
    payout_upsell: true,
  })
  const perClick = await create(yard, '/offers', {
    name: 'Paid per click',
    action_type: 'http',
    action_payload: 'https://offer.example/cpc?c={subid}',
    payout_type: 'CPC',
    payout_value: CPC_CENTS / 100,
    payout_upsell: true,
  })
  const landing = await create(yard, '/landing_pages', {
    name: 'Page',
    landing_type: 'action',
    action_type: 'show_html',
    action_payload: '<a href="{offer}">on</a>',
  })
  const straight = await create(yard, '/campaigns', { name: 'Straight', alias: 'straight' })
  await create(yard, '/streams', { campaign_id: straight, offers: [{ offer_id: direct }] })
  const paged = await create(yard, '/campaigns', { name: 'Paged', alias: 'paged' })
  await create(yard, '/streams', {
    campaign_id: paged,
    landings: [{ landing_id: landing }],
    offers: [{ offer_id: perClick }],
  })
  await yard.until('both campaigns are served', 5000, async () => (await yard.send('/paged')).status === 200)
  return [straight, paged]
}

/** Steady visitors until it is stopped; the ledger holds what was promised to them. */
export function startTraffic(yard: Yard, campaigns: readonly number[], seed: number): Traffic {
  const ledger: Ledger = {
    clicks: new Map(),
    unansweredClicks: 0,
    landingClicks: 0,
    unansweredLandingClicks: 0,
    postbacks: 0,
    unansweredPostbacks: 0,
    changesByHand: 0,
  }
  const agent = new Agent({ keepAlive: true, maxSockets: WORKERS * 4 })
  const stories = new Set<Promise<void>>()
  let stopping = false
  const root = createRandom(seed)
  let told = 0
  let isSilent = false
  let answeredAt = performance.now()
  let silenceMs = 0

  const noteAnswer = (isAnswered: boolean): void => {
    isSilent = !isAnswered
    const now = performance.now()
    silenceMs = Math.max(silenceMs, now - answeredAt)
    if (isAnswered) answeredAt = now
  }

  const request = (path: string, ip: string): Promise<Reply> =>
    yard.send(path, { agent, headers: { 'x-forwarded-for': ip, 'user-agent': 'Mozilla/5.0 Firefox/140.0' } })

  /** Sent until it is acknowledged. */
  async function postback(query: Readonly<Record<string, string>>): Promise<void> {
    for (;;) {
      const { status } = await yard.send(`/${POSTBACK_KEY}/postback?${new URLSearchParams(query)}`, { agent })
      if (status === 200) {
        ledger.postbacks++
        return
      }
      ledger.unansweredPostbacks++
      await sleep(RETRY_MS)
    }
  }

  /** Asked for until it is done: the Admin API may be down, or not know yet what is to be changed. */
  async function byHand(method: 'POST' | 'PUT', path: string, body: object): Promise<void> {
    while (
      !(await yard.api(method, path, body).then(
        () => true,
        () => false,
      ))
    )
      await sleep(RETRY_MS)
    ledger.changesByHand++
  }

  async function setCosts(): Promise<void> {
    const day = (shift: number): string => new Date(Date.now() + shift * 86_400_000).toISOString().slice(0, 10)
    const total = { start_date: day(-1), end_date: day(1), cost: TOTAL_COST }
    await byHand('POST', '/clicks/update_costs', { campaign_ids: campaigns, costs: total, skip_bots: false })
  }

  async function convert(subid: string, expected: Expected, random: Random): Promise<void> {
    const cents = random.integer(100, 9000)
    const payout = (cents / 100).toFixed(2)
    await postback({ subid, status: 'lead', payout, tid: 'A' })
    expected.leads = 1
    expected.leadCents = cents
    if (random.chance(0.1)) await postback({ subid, status: 'lead', payout, tid: 'A' })
    if (!random.chance(0.6)) return
    await sleep(random.integer(0, 800))
    await postback({ subid, status: 'sale', payout, tid: 'A' })
    Object.assign(expected, { leads: 0, leadCents: 0, sales: 1, saleCents: cents })
    // A second transaction needs the offer's terms, so the click must surely have an offer.
    if (!random.chance(0.4) || expected.landing === 'unsure') return
    await postback({ subid, status: 'sale', payout: '1.25', tid: 'B' })
    expected.rebills = 1
    expected.saleCents += 125
    if (!random.chance(0.4)) return
    await byHand('PUT', `/conversions/${subid}-1`, { status: 'lead', revenue: '3.21' })
    Object.assign(expected, { leads: 1, leadCents: 321, sales: 0, saleCents: 125 })
  }

  async function story(random: Random): Promise<void> {
    const ip = `20.${random.integer(0, 255)}.${random.integer(0, 255)}.${random.integer(1, 254)}`
    const isPaged = random.chance(0.6)
    const click = await request(`${isPaged ? '/paged' : '/straight'}?sub_id_1=z${random.integer(1, 9)}`, ip)
    const subId = click.cookies._subid
    noteAnswer(subId !== undefined)
    if (click.status === 0 || subId === undefined) {
      ledger.unansweredClicks++
      return
    }
    const expected: Expected = { landing: 'none', leads: 0, sales: 0, rebills: 0, leadCents: 0, saleCents: 0 }
    ledger.clicks.set(subId, expected)
    if (isPaged) {
      if (!random.chance(0.5)) return
      const passed = await request(`/?_lp=1&_token=${click.cookies._token}`, ip)
      expected.landing = passed.status === 302 ? 'answered' : 'unsure'
      if (passed.status === 302) ledger.landingClicks++
      else ledger.unansweredLandingClicks++
    }
    if (random.chance(0.4)) {
      await sleep(random.integer(0, 600))
      await convert(subId, expected, random)
    }
  }

  async function work(): Promise<void> {
    while (!stopping) {
      const telling = story(root.fork(told++)).finally(() => stories.delete(telling))
      stories.add(telling)
      await sleep(isSilent ? SILENCE_PAUSE_MS : PAUSE_MS)
    }
  }
  async function accountForCosts(): Promise<void> {
    for (; !stopping; await sleep(COSTS_PAUSE_MS)) await setCosts()
  }
  const working = [...Array.from({ length: WORKERS }, work), accountForCosts()]
  return {
    ledger,
    longestSilenceMs() {
      const longest = Math.max(silenceMs, performance.now() - answeredAt)
      silenceMs = 0
      return Math.round(longest)
    },
    async stop() {
      stopping = true
      await Promise.all(working)
      await Promise.all(stories)
      // Once more, so that it is about all clicks there are.
      await setCosts()
      agent.destroy()
    },
  }
}
