import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { onlyCurrency } from '../currency/exchange.ts'
import { parseMoney } from '../money.ts'
import { applyPostback } from './apply-postback.ts'
import { afterwards, type Conversion, foldConversions } from './conversion.ts'
import type { OfferTerms } from './payout.ts'
import { statusWordIn } from './read-postback.ts'
import { statusWordsOf, WORD_LISTS, type WordLists } from './status-words.ts'

const caseFile = z.array(
  z.object({
    name: z.string(),
    offer: z
      .object({
        payout_type: z.enum(['CPA', 'CPC']).nullable(),
        payout_value: z.number().nullable(),
        payout_auto: z.boolean(),
        payout_upsell: z.boolean(),
      })
      .partial()
      .optional(),
    /** Lists of the account's stored postbacks. */
    account: z.partialRecord(z.enum(WORD_LISTS.map(([, field]) => field)), z.string()).optional(),
    postbacks: z.array(z.string()),
    outcomes: z.array(z.string()),
    totals: z.record(z.string(), z.number()),
  }),
)
const cases = caseFile.parse(JSON.parse(readFileSync(new URL('../../cases/conversions.json', import.meta.url), 'utf8')))
const MONEY = /_revenue$/
const REBILL_REFUSED = 'a sale cannot become a rebill; a rebill needs a tid of its own and payout_upsell on the offer'
const NO_LISTS: WordLists = {
  ...{ sale_statuses: '', lead_statuses: '', rejected_statuses: '' },
  ...{ deposit_statuses: '', registration_statuses: '' },
}
const USD = onlyCurrency('USD').toBase(0)

function run(
  postbacks: readonly string[],
  offer: OfferTerms | null,
  lists: Partial<WordLists> = {},
): { conversions: Conversion[]; outcomes: string[] } {
  let conversions: Conversion[] = []
  const words = statusWordsOf([{ ...NO_LISTS, ...lists }])
  const outcomes = postbacks.map((query, index) => {
    const params = Object.fromEntries(new URLSearchParams(query))
    const meant = words.get(statusWordIn(params))
    const event = { kind: 'postback', subId: 'abc', atMs: 1000 + index, params, ip: '' } as const
    const result = applyPostback(conversions, meant ? { ...event, meant } : event, index, offer, USD)
    conversions = afterwards(conversions, result)
    return result.outcome
  })
  return { conversions, outcomes }
}

describe('postbacks of one click', () => {
  for (const one of cases) {
    it(one.name, () => {
      const terms = {
        payout_type: 'CPA' as const,
        payout_value: 0,
        payout_auto: true,
        payout_upsell: false,
        ...one.offer,
      }
      const offer = { ...terms, payout_value: (terms.payout_value ?? 0) * 1_000_000 }
      const { conversions, outcomes } = run(one.postbacks, offer, one.account)
      assert.deepEqual(outcomes, one.outcomes)
      const totals = foldConversions(conversions)
      for (const [name, value] of Object.entries(one.totals)) {
        assert.equal(totals[name], MONEY.test(name) ? parseMoney(value) : value, name)
      }
    })
  }

  const reasons: readonly [string, Partial<OfferTerms>, RegExp | null][] = [
    [
      'payout=15',
      { payout_value: 12_000_000 },
      /the offer pays a fixed 12\.00; the 15\.00 of the postback was not used/,
    ],
    ['payout=0.0375', { payout_value: 12_500_000 }, /fixed 12\.50; the 0\.0375 of/],
    ['payout=12', { payout_value: 12_000_000 }, null],
    ['status=sale', { payout_value: 12_000_000 }, null],
    ['payout=15', { payout_value: 0 }, null],
    ['payout=15', { payout_value: 12_000_000, payout_auto: true }, null],
    [
      'payout=15&currency=GBP',
      { payout_value: 12_000_000, payout_currency: 'USD' },
      /fixed 12\.00 USD; the 15\.00 GBP of/,
    ],
    ['payout=12 EUR', {}, /the payout names EUR and was taken for USD: send currency=EUR along/],
    ['payout=€12', {}, /names EUR and was taken for USD/],
    ['payout=€12&currency=gbp', {}, /names EUR and was taken for GBP/],
    ['payout=12 USD', {}, null],
    ['payout=$12', {}, null],
    ['payout=12&currency={currency}', {}, /currency "\{currency\}" was not filled in .* base currency/],
    ['currency={currency}', {}, null],
  ]
  for (const [query, terms, reason] of reasons) {
    it(`${query} at an offer of ${JSON.stringify(terms)} tells ${reason ? 'what was not used' : 'nothing more'}`, () => {
      const offer: OfferTerms = {
        payout_type: 'CPA',
        payout_value: 0,
        payout_auto: false,
        payout_upsell: false,
        ...terms,
      }
      const params = Object.fromEntries(new URLSearchParams(query))
      const event = { kind: 'postback', subId: 'abc', atMs: 1000, params, ip: '' } as const
      const result = applyPostback([], event, 1, offer, USD)
      if (reason) assert.match(result.reason, reason)
      else assert.equal(result.reason, 'new conversion: sale')
    })
  }

  const pairs: readonly [string, string, boolean, string][] = [
    [
      'payout=5&tid=T1',
      'payout=7&tid=T2',
      false,
      'payout changed; tid T2 replaces tid T1; set payout_upsell on the offer to keep both',
    ],
    ['payout=5&tid=T1', 'tid=T2', false, 'tid T2 replaces tid T1; set payout_upsell on the offer to keep both'],
    ['payout=5&tid=T1', 'payout=7&tid=T2', true, 'new conversion: rebill'],
    ['payout=5&tid=T1', 'status=rejected&tid=T2', true, 'sale → rejected; tid T2 replaces tid T1'],
    ['payout=5&tid=T1', 'status=rejected&tid=T2', false, 'sale → rejected; tid T2 replaces tid T1'],
    ['payout=5', 'tid=T2', false, 'tid is now T2'],
    ['payout=5', 'payout=6', false, 'payout changed'],
    [
      'payout=5',
      'payout=6&tid=T2',
      false,
      'payout changed; tid is now T2; set payout_upsell on the offer to keep both',
    ],
    ['payout=5', 'status=rebill&payout=6', true, REBILL_REFUSED],
    [
      'payout=5',
      'payout=-5',
      false,
      'payout changed; the payout -5.00 is negative: it counts as a charge-back and lowers revenue',
    ],
  ]
  for (const [first, second, payout_upsell, reason] of pairs) {
    it(`${second} after ${first} at an offer ${payout_upsell ? 'with' : 'without'} upsells: ${reason}`, () => {
      const offer = { payout_type: 'CPA', payout_value: 0, payout_auto: true, payout_upsell } as const
      const { conversions } = run([first], offer)
      const params = Object.fromEntries(new URLSearchParams(second))
      const event = { kind: 'postback', subId: 'abc', atMs: 2000, params, ip: '' } as const
      assert.equal(applyPostback(conversions, event, 2, offer, USD).reason, reason)
    })
  }

  it('a repetition of what was rejected since says why it changes nothing', () => {
    const { conversions } = run(['payout=5', 'status=rejected'], null)
    const event = { kind: 'postback', subId: 'abc', atMs: 2000, params: { payout: '5' }, ip: '' } as const
    const { outcome, reason } = applyPostback(conversions, event, 2, null, USD)
    assert.equal(outcome, 'unchanged')
    assert.match(reason, /^repeats what was told at 1970-01-01 00:00:01; it became rejected since, which stands/)
  })

  it('a repeated postback changes nothing, whatever came before', () => {
    const query = fc.record({
      status: fc.constantFrom('lead', 'sale', 'rejected', 'trash', 'rebill', 'deposit', 'wat'),
      payout: fc.constantFrom('', '1', '2.5'),
      tid: fc.constantFrom('', 'a', 'b'),
    })
    fc.assert(
      fc.property(fc.array(query, { maxLength: 8 }), query, (history, last) => {
        const queries = [...history, last].map((fields) => new URLSearchParams(fields).toString())
        const once = run(queries, null)
        const twice = run([...queries, queries.at(-1) ?? ''], null)
        assert.deepEqual(foldConversions(twice.conversions), foldConversions(once.conversions))
        assert.ok(['unchanged', 'refused', 'ignored'].includes(twice.outcomes.at(-1) ?? ''))
      }),
    )
  })

  it('money is never lost: the buckets always hold the sum of the conversions', () => {
    const query = fc.record({
      status: fc.constantFrom('lead', 'sale', 'rejected', 'trash'),
      payout: fc.integer({ min: 0, max: 99 }).map(String),
      tid: fc.constantFrom('', 'a', 'b'),
    })
    fc.assert(
      fc.property(fc.array(query, { maxLength: 10 }), (history) => {
        const { conversions } = run(
          history.map((fields) => new URLSearchParams(fields).toString()),
          { payout_type: 'CPA', payout_value: 0, payout_auto: true, payout_upsell: true },
        )
        const totals = foldConversions(conversions)
        const inBuckets = Object.entries(totals).reduce(
          (sum, [name, value]) => (MONEY.test(name) ? sum + value : sum),
          0,
        )
        assert.equal(
          inBuckets,
          conversions.reduce((sum, one) => sum + one.revenueMicros, 0),
        )
      }),
    )
  })
})
