import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../../packages/server/src/simulate/random.ts'
import { POSTBACK_KEY, type Yard } from '../harness.ts'
import type { Reply } from '../http.ts'
import { toldOf } from './campaigns.ts'
import { type Costs, keepCosts } from './costs.ts'

/** What must be in the store for one answered click. */
export interface Expected {
  /** `unsure`: the landing click was sent and got no answer. */
  landing: 'none' | 'unsure' | 'answered'
  /** By transaction. */
  readonly conversions: Map<string, { readonly status: string; readonly cents: number }>
}

export interface Ledger {
  readonly clicks: Map<string, Expected>
  unansweredClicks: number
  landingClicks: number
  unansweredLandingClicks: number
  /** Acknowledged ones; each that was not is sent again until it is, as networks do. */
  postbacks: number
  unansweredPostbacks: number
  /** Conversions that were changed by hand. */
  edits: number
  costUpdates: number
  /** Group of clicks → what they cost together, in cents. */
  readonly costs: Costs['answered']
  /** What the receiver must have heard, in its words. */
  readonly messages: Set<string>
}

export interface Traffic {
  readonly ledger: Ledger
  /** The longest time without an answered click since this was asked last. */
  longestSilenceMs(): number
  /** Starts no more stories and resolves when those going on are told. */
  stop(): Promise<void>
}

const WORKERS = 10
/** A visitor's story costs far more than the click: conversions, edits, and postbacks to everybody. */
const PAUSE_MS = 50
const RETRY_MS = 150
/** Nobody listens: visitors come, but not as fast as connections are refused. */
const SILENCE_PAUSE_MS = 100

/** Steady visitors until it is stopped; the ledger holds what was promised to them. */
export function startTraffic(yard: Yard, campaigns: readonly number[], seed: number): Traffic {
  const root = createRandom(seed)
  const costs = keepCosts(campaigns, root.fork(-1), async (body) => {
    await byHand('POST', '/clicks/update_costs', body)
    ledger.costUpdates++
  })
  const ledger: Ledger = {
    clicks: new Map(),
    unansweredClicks: 0,
    landingClicks: 0,
    unansweredLandingClicks: 0,
    postbacks: 0,
    unansweredPostbacks: 0,
    edits: 0,
    costUpdates: 0,
    costs: costs.answered,
    messages: new Set(),
  }
  const agent = new Agent({ keepAlive: true, maxSockets: WORKERS * 4 })
  const stories = new Set<Promise<void>>()
  let stopping = false
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
  }

  /** A conversion is now what it is said to be, and whoever wants to know of that must be told. */
  function note(subid: string, expected: Expected, tid: string, status: string, cents: number): void {
    expected.conversions.set(tid, { status, cents })
    for (const path of toldOf(status)) ledger.messages.add(`${path} ${subid} ${tid} ${status}`)
  }

  async function convert(subid: string, expected: Expected, random: Random): Promise<void> {
    const cents = random.integer(100, 9000)
    const tell = async (tid: string, status: string, amount: number, becomes = status): Promise<void> => {
      await postback({ subid, status, payout: (amount / 100).toFixed(2), tid })
      note(subid, expected, tid, becomes, amount)
    }
    await tell('A', 'lead', cents)
    if (random.chance(0.1)) await tell('A', 'lead', cents)
    for (const status of ['registration', 'deposit']) if (random.chance(0.2)) await tell('A', status, cents)
    if (!random.chance(0.6)) return
    await sleep(random.integer(0, 800))
    await tell('A', 'sale', cents)
    if (random.chance(0.1)) return tell('A', 'rejected', cents)
    // A second transaction needs the offer's terms, so the click must surely have an offer.
    if (!random.chance(0.4) || expected.landing === 'unsure') return
    await tell('B', 'sale', 125, 'rebill')
    if (!random.chance(0.4)) return
    await byHand('PUT', `/conversions/${subid}-1`, { status: 'trash', revenue: '3.21' })
    note(subid, expected, 'A', 'trash', 321)
    ledger.edits++
  }

  async function story(random: Random): Promise<void> {
    const ip = `20.${random.integer(0, 255)}.${random.integer(0, 255)}.${random.integer(1, 254)}`
    const isPaged = random.chance(0.6)
    const { group, came } = costs.visit()
    const slots = `sub_id_1=z${random.integer(1, 9)}&sub_id_3=${group}`
    const click = await request(`${isPaged ? '/paged' : '/straight'}?${slots}`, ip)
    const subId = click.cookies._subid
    noteAnswer(subId !== undefined)
    came(subId !== undefined)
    if (click.status === 0 || subId === undefined) {
      ledger.unansweredClicks++
      return
    }
    const expected: Expected = { landing: 'none', conversions: new Map() }
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
  const working = [...Array.from({ length: WORKERS }, work), costs.run(() => stopping)]
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
      agent.destroy()
    },
  }
}
