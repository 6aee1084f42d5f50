import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { onlyCurrency, openExchange } from '../currency/exchange.ts'
import { openRateBook } from '../currency/rate-book.ts'
import type { PostbackEvent } from '../events/spool-event.ts'
import { applyPostback } from './apply-postback.ts'
import { afterwards, type Conversion, foldConversions } from './conversion.ts'
import type { CustomStatus } from './custom-status.ts'
import { parseFacts } from './facts.ts'

const USD = onlyCurrency('USD').toBase(0)
const START_MS = Date.UTC(2026, 1, 3)
const HOUR_MS = 3_600_000
const custom: readonly CustomStatus[] = [
  { name: 'install', group: 'hold', counts: false, slot: 7 },
  { name: 'paid_trial', group: 'confirmed', counts: true, slot: 0 },
  { name: 'fraud', group: 'trash', counts: false, slot: 8 },
]
const BUILT_IN = ['lead', 'sale', 'rejected', 'trash', 'rebill', 'registration', 'deposit'] as const

type Postback = Pick<PostbackEvent, 'atMs' | 'params'> & { readonly custom?: CustomStatus }

const offerOf = (payout_upsell: boolean) =>
  ({ payout_type: 'CPA', payout_value: 0, payout_auto: true, payout_upsell }) as const

/** Slots of the click and its conversions after these postbacks, told in this order. */
function after(told: readonly Postback[], splits: boolean): { conversions: Conversion[]; slots: object } {
  let conversions: Conversion[] = []
  let slots = {}
  for (const [seq, { custom, ...one }] of told.entries()) {
    const event: PostbackEvent = { kind: 'postback', subId: 'abc', ip: '', ...one, ...(custom ? { custom } : {}) }
    const result = applyPostback(conversions, event, seq, offerOf(splits), USD)
    // What is stored comes back from text.
    conversions = afterwards(conversions, result).map((conversion) => ({
      ...conversion,
      facts: parseFacts(JSON.stringify(conversion.facts)),
    }))
    slots = { ...slots, ...result.slots }
  }
  return { conversions, slots }
}

/** All that reports and logs read of a click: of its conversions everything but their numbers, and the sums. */
const seen = ({ conversions, slots }: ReturnType<typeof after>): unknown => ({
  slots,
  sums: foldConversions(conversions),
  conversions: conversions
    .map(({ ordinal: _ordinal, seq: _seq, facts, ...state }) => ({ ...state, facts: facts.length }))
    .sort((a, b) => a.postbackAtMs - b.postbackAtMs || (a.tid < b.tid ? -1 : 1)),
})

const shuffledWithCopies = <T>(list: readonly T[]): fc.Arbitrary<T[]> =>
  fc
    .tuple(
      fc.shuffledSubarray([...list], { minLength: list.length }),
      fc.array(fc.constantFrom(...list), { maxLength: 6 }),
    )
    .chain(([all, copies]) => fc.shuffledSubarray([...all, ...copies], { minLength: all.length + copies.length }))

const status = fc.oneof(
  fc.constantFrom<string>(...BUILT_IN, 'wat', '').map((name) => ({ name })),
  fc.constantFrom(...custom).map((one) => ({ name: one.name, custom: one })),
)
const content = fc.record({
  status,
  payout: fc.constantFrom('', '0', '5', '7.25', '-2'),
  tid: fc.constantFrom('', 'A', 'B', 'C'),
  sub_id_1: fc.constantFrom('', 'x', 'y'),
})
const dateText = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')

describe('whatever order postbacks come in, and however often', () => {
  it('a click ends in the same state when each has its time: received then, or dated by the network', () => {
    const history = fc
      .uniqueArray(fc.record({ content, hours: fc.nat(70), isDated: fc.boolean() }), {
        minLength: 1,
        maxLength: 8,
        // Two of one moment and undated are told apart by their place alone.
        selector: ({ hours, isDated, content }) => `${hours} ${isDated ? JSON.stringify(content) : ''}`,
      })
      .map((list) =>
        list.map(({ content: { status, ...params }, hours, isDated }): Postback => {
          const atMs = START_MS + hours * HOUR_MS
          const all = { ...params, status: status.name, ...(isDated ? { datetime: dateText(atMs) } : {}) }
          // A dated one is received whenever it comes.
          return { atMs: isDated ? START_MS + 100 * HOUR_MS : atMs, params: all, ...('custom' in status ? status : {}) }
        }),
      )
    fc.assert(
      fc.property(
        history.chain((told) => fc.tuple(fc.constant(told), shuffledWithCopies(told))),
        fc.boolean(),
        ([told, mixed], splits) => {
          assert.deepEqual(seen(after(mixed, splits)), seen(after(told, splits)))
        },
      ),
      { numRuns: 1500 },
    )
  })

  it('transactions on their way end the same when they are only known by when they arrive', () => {
    const told = fc.uniqueArray(
      fc.record({
        status: fc.constantFrom('lead', 'registration', 'deposit', 'sale'),
        payout: fc.constantFrom('', '5', '7.25'),
        tid: fc.constantFrom('A', 'B', 'C'),
      }),
      // Two amounts for one status contradict each other: of those the later one stands.
      { minLength: 1, maxLength: 9, selector: ({ status, tid }) => `${status} ${tid}` },
    )
    const arriving = (list: readonly Record<string, string>[]): Postback[] =>
      list.map((params, place) => ({ atMs: START_MS + place * HOUR_MS, params: { ...params } }))
    /** Which of several transactions was the first, and so the sale of which the others are rebills, depends on time. */
    const money = ({ conversions }: ReturnType<typeof after>): unknown => ({
      buckets: Object.entries(foldConversions(conversions)).filter(([name]) => name.endsWith('_revenue')),
      conversions: conversions
        .map(({ tid, status, previousStatus, revenueMicros, params }) => ({
          ...{ tid, previousStatus, revenueMicros, params },
          status: status === 'rebill' ? 'sale' : status,
        }))
        .sort((a, b) => (a.tid < b.tid ? -1 : 1)),
    })
    fc.assert(
      fc.property(
        told.chain((list) => fc.tuple(fc.constant(list), shuffledWithCopies(list))),
        ([list, mixed]) => {
          assert.deepEqual(money(after(arriving(mixed), true)), money(after(arriving(list), true)))
        },
      ),
      { numRuns: 500 },
    )
  })

  const sale = { status: 'sale', payout: '5' }
  const stories: readonly [string, readonly (readonly [hours: number, Postback['params']])[], string][] = [
    [
      'a repetition does not bring back what was refused since',
      [
        [0, sale],
        [1, { status: 'rejected' }],
        [20, sale],
      ],
      'rejected',
    ],
    [
      'told again after more than a day it is news',
      [
        [0, sale],
        [1, { status: 'rejected' }],
        [26, sale],
      ],
      'sale',
    ],
    [
      'one repetition after another stays one',
      [
        [0, sale],
        [1, { status: 'rejected' }],
        [20, sale],
        [40, sale],
      ],
      'rejected',
    ],
    [
      'of a sale and its refusal the later one stands',
      [
        [0, { status: 'rejected' }],
        [1, sale],
      ],
      'sale',
    ],
    [
      'a dated refusal that is told too late does not undo the sale after it',
      [
        [2, { ...sale, datetime: '2026-02-03 02:00:00' }],
        [5, { status: 'rejected', datetime: '2026-02-03 01:00:00' }],
      ],
      'sale',
    ],
  ]
  for (const [what, told, expected] of stories) {
    it(what, () => {
      const { conversions } = after(
        told.map(([hours, params]) => ({ atMs: START_MS + hours * HOUR_MS, params })),
        false,
      )
      assert.deepEqual(
        conversions.map(({ status }) => status),
        [expected],
      )
    })
  }

  it('a repetition on a day with another rate moves no money, dated or not, whatever else is sent along', () => {
    const days = ['2026-02-03', '2026-02-04', '2026-02-05', '2026-02-06']
    const published = days.map((day, place) => ({ day, perEuro: { USD: 1.1 + place / 10 }, knownFromMs: 0 }))
    const exchange = openExchange(openRateBook(published), [{ currency: 'USD', sinceMs: 0 }])
    const told = fc.record({
      status: fc.constantFrom('lead', 'sale'),
      payout: fc.constantFrom('10', '20'),
      currency: fc.constantFrom('EUR', 'USD'),
      datetime: fc.constantFrom('', dateText(START_MS + HOUR_MS), dateText(START_MS + 2 * HOUR_MS)),
      attempt: fc.constantFrom('1', '2', '3'),
    })
    const history = fc.array(fc.record({ params: told, afterHours: fc.integer({ min: 3, max: 23 }) }), {
      minLength: 1,
      maxLength: 5,
    })
    fc.assert(
      fc.property(history, fc.constantFrom('1', '9'), (list, attempt) => {
        let conversions: Conversion[] = []
        let atMs = START_MS
        const apply = (params: Postback['params'], seq: number) => {
          const event = { kind: 'postback', subId: 'abc', ip: '', atMs, params } as const
          const result = applyPostback(conversions, event, seq, offerOf(false), exchange.into('USD', atMs))
          conversions = afterwards(conversions, result)
          return result.outcome
        }
        for (const [seq, { params, afterHours }] of list.entries()) {
          atMs += afterHours * HOUR_MS
          apply(params, seq)
        }
        const [before] = conversions
        atMs += 23 * HOUR_MS
        assert.notEqual(apply({ ...list.at(-1)?.params, attempt }, list.length), 'created')
        const money = (one: Conversion | undefined) => [one?.status, one?.revenueMicros, one?.original]
        assert.deepEqual(money(conversions[0]), money(before))
      }),
      { numRuns: 1000 },
    )
  })

  it('what is kept stays bounded, however much is told', () => {
    const many = Array.from({ length: 300 }, (_, place) => ({
      atMs: START_MS + place * 60_000,
      params: { status: 'sale', payout: String(place), note: 'x'.repeat(900) },
    }))
    const { conversions } = after(many, false)
    assert.equal(conversions.length, 1)
    assert.equal(conversions[0]?.revenueMicros, 299_000_000)
    assert.ok(JSON.stringify(conversions[0]?.facts).length < 70_000)
  })
})
