import type { CostTerms } from '@trackyard/core/costs/charge.ts'
import {
  type AdminEvent,
  adminRecord,
  type ClickSelection,
  type CostsEvent,
} from '@trackyard/core/events/admin-event.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import fc from 'fast-check'

/**
 * Random histories of a few clicks and what they cost, for tests, and the same counted in the plainest words: nothing of
 * the count is shared with what is tested.
 */
export type Happening = { readonly who: number } & (
  | { readonly what: 'click' | 'landing' | 'remove' | 'slice' | 'crash' }
  | { readonly what: 'slot' | 'cost'; readonly amount: number }
  | { readonly what: 'postback'; readonly status: string; readonly tid: string; readonly payout: number }
  | { readonly what: 'drop'; readonly ordinal: number }
  | { readonly what: 'share'; readonly amount: number; readonly chosen: Chosen }
  /** Totals that come in one request, so that nothing is between them. */
  | { readonly what: 'bulk'; readonly totals: readonly Total[] }
  | { readonly what: 'clean'; readonly chosen: Pick<Chosen, 'from' | 'to'> }
)
interface Total {
  readonly amount: number
  readonly chosen: Chosen
}
interface Chosen {
  readonly from: number
  readonly to: number
  readonly subs: readonly string[] | null
  readonly costs: readonly number[] | null
  readonly onlyUniques: boolean
  readonly withBots: boolean
}

export const START_MS = Date.UTC(2026, 1, 27, 23)
const STEP_MS = 7_000_000
export const PLACES = 3
export const CAMPAIGN = 5

const who = fc.nat(PLACES - 1)
const stretch = { from: fc.nat(PLACES - 2), to: fc.integer({ min: 1, max: PLACES }) }
const chosen = fc.record({
  ...stretch,
  subs: fc.option(fc.subarray(['', 'a', "it's"]), { freq: 2 }),
  costs: fc.option(fc.subarray([0, 1, 2, 250_000]), { freq: 1 }),
  onlyUniques: fc.boolean(),
  withBots: fc.boolean(),
})
/** Entries of one request mostly ask for the same parameters, and hardly ever for the present cost. */
const bulkChosen = fc.tuple(chosen, fc.nat(9)).map(([one, odds]) => ({
  ...{ ...one, costs: odds === 0 ? one.costs : null, onlyUniques: odds < 3 && one.onlyUniques, withBots: odds > 4 },
}))
const MAX_BULK = 8
/** So little that some get nothing, and ordinary amounts. */
const total = fc.oneof(fc.nat(9), fc.nat(2_000_000))
const simple = (what: 'click' | 'landing' | 'remove' | 'slice' | 'crash', weight: number) => ({
  arbitrary: fc.record({ who, what: fc.constant(what) }),
  weight,
})
export const happening: fc.Arbitrary<Happening> = fc.oneof(
  simple('click', 6),
  simple('landing', 2),
  simple('remove', 1),
  simple('slice', 6),
  simple('crash', 1),
  {
    arbitrary: fc.record({ who, what: fc.constantFrom('slot' as const, 'cost' as const), amount: fc.nat(2) }),
    weight: 4,
  },
  {
    arbitrary: fc.record({
      ...{ who, what: fc.constant('postback' as const), payout: fc.nat(9) },
      status: fc.constantFrom('lead', 'sale', 'rejected', 'deposit', 'trash'),
      tid: fc.constantFrom('A', 'B'),
    }),
    weight: 6,
  },
  {
    arbitrary: fc.record({ who, what: fc.constant('drop' as const), ordinal: fc.integer({ min: 1, max: 3 }) }),
    weight: 1,
  },
  { arbitrary: fc.record({ who, what: fc.constant('share' as const), amount: total, chosen }), weight: 6 },
  {
    arbitrary: fc.record({
      ...{ who, what: fc.constant('bulk' as const) },
      totals: fc.array(fc.record({ amount: total, chosen: bulkChosen }), { minLength: 2, maxLength: MAX_BULK }),
    }),
    weight: 4,
  },
  { arbitrary: fc.record({ who, what: fc.constant('clean' as const), chosen: fc.record(stretch) }), weight: 1 },
)

export const termsArbitrary: fc.Arbitrary<CostTerms | null> = fc.option(
  fc.record({
    cost_type: fc.constantFrom('CPA' as const, 'CPS' as const, 'RevShare' as const, 'CPC' as const),
    cost_value: fc.constantFrom(300_000, 30_000_000),
    ...{ cost_auto: fc.constant(false), cost_currency: fc.constant(null) },
  }),
  { freq: 5 },
)

const timeOf = (place: number): number => START_MS + place * STEP_MS
/** The n-th click at a place: clicks that come later may be of the same moment. */
export const subIdOf = (place: number, n: number): string => createSubId(timeOf(place), (n + 1) / 100)

export const selectionOf = (one: Chosen): ClickSelection => ({
  ...{ campaignIds: [CAMPAIGN], fromMs: timeOf(one.from), toMs: timeOf(one.to) },
  slots: one.subs ? { sub_id_1: [...one.subs] } : {},
  ...{ costsMicros: one.costs && [...one.costs], onlyUniques: one.onlyUniques, withBots: one.withBots },
})

/** A total of the history as an event. */
export const costsOf = ({ amount, chosen }: Total, at: number): CostsEvent => ({
  ...{ kind: 'costs', atMs: START_MS + 100 * STEP_MS + at, selection: selectionOf(chosen), costMicros: amount },
})

/** The record of what happens; null for what is not written down. `last`: the newest click at the place. */
export function recordOf(one: Happening, at: number, last: string, made: number): string | null {
  const event = { subId: last, atMs: START_MS + 100 * STEP_MS + at }
  const line = (kind: string, json: object): string => `${kind}\t${last}\t${JSON.stringify({ ...event, ...json })}`
  const admin = (json: AdminEvent): string => adminRecord(json)
  switch (one.what) {
    case 'click': {
      const flags = { is_bot: one.who === 1 ? 1 : 0, is_unique_campaign: made % 2 }
      const row = { sub_id: subIdOf(one.who, made), datetime: timeOf(one.who), campaign_id: CAMPAIGN, cost: 0.25 }
      return `c\t${row.sub_id}\t{}\t${JSON.stringify({ ...row, ...flags })}`
    }
    case 'landing':
      return line('l', {
        kind: 'landing_click',
        offerId: 9,
        affiliateNetworkId: 4,
        destination: 'x',
        slots: {},
        payoutMicros: 0,
      })
    case 'slot':
      return line('u', { kind: 'update', slots: { sub_id_1: ['', 'a', "it's"][one.amount] } })
    case 'cost':
      return admin({ kind: 'click_edit', ...event, slots: {}, costMicros: one.amount })
    case 'postback':
      return line('p', {
        kind: 'postback',
        ip: '',
        params: { status: one.status, tid: one.tid, payout: String(one.payout) },
      })
    case 'drop':
      return admin({ kind: 'conversion_edit', ...event, ordinal: one.ordinal, tid: '', set: null })
    case 'remove':
      return admin({ kind: 'click_removal', ...event })
    case 'share':
      return admin(costsOf(one, at))
    case 'clean': {
      const { campaignIds, fromMs, toMs } = selectionOf({ ...one.chosen, ...ANY })
      return admin({ kind: 'clean', atMs: event.atMs, segment: { campaignIds, fromMs, toMs } })
    }
    case 'bulk':
    case 'slice':
    case 'crash':
      return null
  }
}
const ANY = { subs: null, costs: null, onlyUniques: false, withBots: true }

export interface NaiveClick {
  readonly subId: string
  readonly place: number
  readonly isUnique: boolean
  sub: string
  /** Without what its conversions were charged. */
  own: number
  conversions: NaiveConversion[]
}
export interface NaiveConversion {
  readonly ordinal: number
  charged: number
  settled: number
  /** As the store tells it. */
  status: string
  revenue: number
  was: Set<string>
}

export const costOf = ({ own, conversions }: NaiveClick): number =>
  conversions.reduce((sum, { charged }) => sum + charged, own)

/** Costs as they should be after an event. What conversions become is not the question here: `told` says it. */
export class NaiveCosts {
  clicks: NaiveClick[] = []

  apply(one: Happening, made: number): void {
    const click = this.clicks.findLast(({ place }) => place === one.who)
    if (one.what === 'click')
      this.clicks.push({
        ...{ subId: subIdOf(one.who, made), place: one.who, isUnique: made % 2 === 1 },
        ...{ sub: '', own: 250_000, conversions: [] },
      })
    else if (one.what === 'bulk')
      for (const total of one.totals) this.apply({ ...total, who: one.who, what: 'share' }, made)
    else if (one.what === 'share') {
      const { subs, costs, onlyUniques, withBots, from, to } = one.chosen
      const matched = this.clicks
        .filter(({ place }) => place >= from && place < to && (withBots || place !== 1))
        .filter(({ isUnique, sub }) => (!onlyUniques || isUnique) && (subs?.includes(sub) ?? true))
        .filter((each) => costs?.includes(costOf(each)) ?? true)
        .sort((a, b) => (a.subId < b.subId ? -1 : 1))
      for (const [index, each] of matched.entries())
        setOwn(each, Math.floor(one.amount / matched.length) + (index < one.amount % matched.length ? 1 : 0))
    } else if (one.what === 'clean')
      this.clicks = this.clicks.filter(({ place }) => place < one.chosen.from || place >= one.chosen.to)
    else if (one.what === 'remove') this.clicks = this.clicks.filter((each) => each !== click)
    else if (click && one.what === 'slot') click.sub = ['', 'a', "it's"][one.amount] ?? ''
    else if (click && one.what === 'cost') setOwn(click, one.amount)
  }

  /** The conversions of a click are these now. */
  convert(
    subId: string,
    now: readonly { readonly ordinal: number; readonly status: string; readonly revenue: number }[],
    terms: CostTerms | null,
  ): void {
    const click = this.clicks.find((one) => one.subId === subId)
    if (!click) return
    click.conversions = now.map(({ ordinal, status, revenue }) => {
      const old = click.conversions.find((one) => one.ordinal === ordinal)
      const one = old ?? { ordinal, charged: 0, settled: 0, status: '', revenue: 0, was: new Set<string>() }
      const isNews = !old || old.status !== status || old.revenue !== revenue
      const isFirstTime = (...names: string[]): boolean =>
        names.includes(status) && !names.some((name) => one.was.has(name))
      if (terms?.cost_type === 'CPA' && isFirstTime('lead', 'sale', 'registration', 'deposit'))
        owe(one, terms.cost_value)
      if (terms?.cost_type === 'CPS' && isFirstTime('sale')) owe(one, terms.cost_value)
      if (terms?.cost_type === 'RevShare' && isNews)
        owe(one, ['rejected', 'trash'].includes(status) ? 0 : Math.round((revenue * terms.cost_value) / 100_000_000))
      one.was.add(status)
      return Object.assign(one, { status, revenue })
    })
  }
}

function setOwn(click: NaiveClick, own: number): void {
  click.own = own
  for (const one of click.conversions) {
    one.settled += one.charged
    one.charged = 0
  }
}

function owe(one: NaiveConversion, owed: number): void {
  const charged = one.settled === 0 ? owed : Math.max(0, owed - one.settled)
  one.charged = charged
  one.settled = owed - charged
}
