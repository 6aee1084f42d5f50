import { adminRecord, type ClickSelection } from '../../packages/core/src/events/admin-event.ts'
import type { Random } from '../../packages/server/src/simulate/random.ts'
import type { Naming } from './naive-columns.ts'
import { NOW_MS, naming, randomHistory } from './random-history.ts'
import type { Cell } from './recount.ts'

const HOUR_MS = 3_600_000
const CAMPAIGNS = [1, 2, 3]

/** Campaigns that no other history has, so that many can lie in one store and be asked one by one. */
export const campaignsOf = (history: number): number[] => CAMPAIGNS.map((id) => history * 10 + id)

/** What things are called in a history: the same everywhere, but for the campaigns. */
export function namingOf(history: number): Omit<Naming, 'firstWeekday'> {
  const moved = <T>(named: ReadonlyMap<number, T>): Map<number, T> =>
    new Map([...named].map(([id, value]) => [history * 10 + id, value]))
  return {
    ...naming,
    names: { ...naming.names, campaigns: moved(naming.names.campaigns ?? new Map()) },
    groups: { ...naming.groups, campaigns: moved(naming.groups?.campaigns ?? new Map()) },
    labels: naming.labels.map((one) => ({ ...one, campaignId: history * 10 + one.campaignId })),
  }
}

/**
 * Records of a history as the spool has them: clicks, then in any order what became of them – landing clicks and
 * postbacks that come late, twice, and a payment before the interest – and what people changed by hand.
 */
export function spooledHistory(random: Random, history: number, clicks: number): string[] {
  const all = randomHistory(random, clicks).map(({ click: { subId, atMs, ...cells } }) => {
    const { landing_clicked: _, landing_clicked_datetime: __, click_revenue: ___, cost = 0, ...row } = cells
    for (const name of ['is_lead', 'is_sale', 'is_rejected']) delete row[name]
    // Without an offer there are no further conversions.
    const offer = { offer_id: Number(row.offer_id) || 1, cost: Number(cost) / 1_000_000 }
    const own = (id: Cell | undefined): number => (id ? history * 10 + Number(id) : 0)
    const campaigns = { campaign_id: own(row.campaign_id), parent_campaign_id: own(row.parent_campaign_id) }
    const click = { ...row, ...offer, ...campaigns }
    return { subId, atMs, record: `c\t${subId}\t{}\t${JSON.stringify(click)}` }
  })
  const events = all.flatMap(({ subId, atMs }) => {
    const later = (): number => Math.min(NOW_MS - 1, atMs + Math.floor(random.next() ** 3 * 480 * HOUR_MS))
    return [...landings(random, subId, later), ...postbacks(random, subId, later)]
  })
  const arrived = events.sort((a, b) => a.atMs - b.atMs).map(({ record }) => record)
  return [...all.map(({ record }) => record), ...arrived, ...byHand(random, history, all)]
}

interface Event {
  readonly atMs: number
  readonly record: string
}

function landings(random: Random, subId: string, later: () => number): Event[] {
  return Array.from({ length: random.pick([0, 0, 1, 2]) }, () => {
    const atMs = later()
    const reached = { offerId: random.integer(1, 3), affiliateNetworkId: random.integer(1, 3), destination: 'x' }
    const event = { kind: 'landing_click', subId, atMs, ...reached, slots: {}, payoutMicros: 50_000, visit: null }
    return { atMs, record: `l\t${subId}\t${JSON.stringify(event)}` }
  })
}

const WAYS: readonly [readonly string[], ...(readonly string[])[]] = [
  ['lead'],
  ['sale'],
  ['sale', 'lead'],
  ['lead', 'sale'],
  ['lead', 'sale', 'rejected'],
  ['sale', 'rejected'],
]

/** One conversion told in any order and again within hours, and sometimes a further one after it. */
function postbacks(random: Random, subId: string, later: () => number): Event[] {
  if (random.chance(0.5)) return []
  const told = (tid: string, status: string): ((atMs: number) => Event) => {
    const params = { status, tid, payout: String(random.pick([0, 2.5, 10, 0.000001, random.integer(1, 20)])) }
    return (atMs) => ({
      atMs,
      record: `p\t${subId}\t${JSON.stringify({ kind: 'postback', subId, atMs, params, ip: '198.51.100.7' })}`,
    })
  }
  const statuses = random.pick(WAYS)
  const times = statuses.map(later).sort((a, b) => a - b)
  const again = (event: (atMs: number) => Event, atMs: number): Event[] => [
    event(atMs),
    ...(random.chance(0.3) ? [event(Math.min(NOW_MS - 1, atMs + random.integer(0, 20 * HOUR_MS)))] : []),
  ]
  const main = statuses.flatMap((status, at) => again(told('A', status), times[at] ?? 0))
  const afterMs = Math.min(NOW_MS - 1, Math.max(...main.map(({ atMs }) => atMs)) + 1000)
  return random.chance(0.3) ? [...main, ...again(told('B', 'sale'), afterMs)] : main
}

/** Changes by hand, once everything else has come. */
function byHand(random: Random, history: number, clicks: readonly { subId: string; atMs: number }[]): string[] {
  const atMs = NOW_MS - 1
  const some = clicks.filter(() => random.chance(0.15))
  const edits = some.map(({ subId }) => {
    const event = { subId, atMs }
    return random.pick([
      () =>
        adminRecord({ kind: 'click_edit', ...event, slots: { sub_id_1: 'siteA' }, costMicros: random.integer(0, 99) }),
      () => adminRecord({ kind: 'click_removal', ...event }),
      () => {
        const set = { status: random.pick(['lead', 'sale', 'rejected', 'deposit', 'trash']), revenueMicros: 1_234_567 }
        return adminRecord({ kind: 'conversion_edit', ...event, ordinal: 1, tid: '', set })
      },
    ])()
  })
  if (!random.chance(0.1)) return edits
  const toMs = NOW_MS - random.integer(0, 60) * 24 * HOUR_MS
  const period = { campaignIds: [random.pick([1, 2, 3]) + history * 10], fromMs: 0, toMs }
  const selection: ClickSelection = {
    ...{ ...period, slots: {}, costsMicros: null },
    ...{ onlyUniques: random.chance(0.3), withBots: random.chance(0.5) },
  }
  const costs = adminRecord({ kind: 'costs', atMs, selection, costMicros: random.integer(1, 9_999_999) })
  const clean = adminRecord({ kind: 'clean', atMs, segment: { ...period, toMs: NOW_MS - 60 * 24 * HOUR_MS } })
  return [...edits, random.pick([costs, clean])]
}
