import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { clickCost } from '../click/cost.ts'
import { applyPostback } from '../conversion/apply-postback.ts'
import { afterwards, type Conversion } from '../conversion/conversion.ts'
import { onlyCurrency } from '../currency/exchange.ts'
import { COST_TYPES } from '../entities/campaign.ts'
import { microsToDecimal, parseMoney } from '../money.ts'
import { type Charges, chargeConversions, chargedFor, chargeInWords, settle } from './charge.ts'

const model = z.object({
  cost_type: z.enum(COST_TYPES),
  cost_value: z.number().default(0),
  cost_auto: z.boolean().default(false),
  traffic_loss: z.number().default(0),
})
const cases = z
  .array(
    z.object({
      name: z.string(),
      campaign: model,
      source_loss: z.number().optional(),
      /** What happens to one click, and what it costs then. */
      steps: z.array(z.tuple([z.string(), z.number()])),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../../cases/costs.json', import.meta.url), 'utf8')))

const HOUR_MS = 3_600_000
const OFFER = { payout_type: 'CPA', payout_value: 0, payout_auto: true, payout_upsell: true } as const
const money = onlyCurrency('USD').toBase(0)
const micros = (amount: number | string): number => parseMoney(amount) ?? 0
const paramsOf = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text))

describe('what a click and its conversions cost', () => {
  for (const { name, campaign, source_loss, steps } of cases)
    it(name, () => {
      let terms = { ...campaign, cost_value: micros(campaign.cost_value), cost_currency: null }
      let conversions: readonly Conversion[] = []
      let charges: Charges = new Map()
      let own = 0
      for (const [at, [happening, expected]] of steps.entries()) {
        const [, what = '', rest = ''] = /^(click again|\w+) ?(.*)$/.exec(happening) ?? []
        if (what.startsWith('click')) own = clickCost(terms, paramsOf(rest).cost, what === 'click', source_loss)
        else if (what === 'set') {
          own = micros(rest)
          charges = settle(charges)
        } else if (what === 'campaign') {
          const { cost_value, ...other } = paramsOf(rest)
          terms = { ...terms, ...model.partial().parse(other), cost_value: micros(cost_value ?? '') }
        } else {
          const event = {
            kind: 'postback',
            subId: 'abc',
            atMs: at * 48 * HOUR_MS,
            params: paramsOf(rest),
            ip: '',
          } as const
          const result = applyPostback(conversions, event, at + 1, OFFER, money)
          const after = afterwards(conversions, result)
          charges = chargeConversions(conversions, after, charges, terms, money)
          conversions = after
        }
        assert.equal(microsToDecimal(own + chargedFor(charges)), String(expected), `after ${happening}`)
      }
    })

  it('a conversion that was removed takes its charge along, and nothing is charged where the campaign is gone', () => {
    const event = { kind: 'postback', subId: 'abc', atMs: 0, params: { status: 'lead' }, ip: '' } as const
    const conversions = afterwards([], applyPostback([], event, 1, OFFER, money))
    const terms = { cost_type: 'CPA', cost_value: 3_000_000, cost_auto: false, cost_currency: null } as const
    const charges = chargeConversions([], conversions, new Map(), terms, money)
    assert.equal(chargedFor(charges), 3_000_000)
    assert.equal(chargedFor(chargeConversions(conversions, [], charges, terms, money)), 0)
    assert.equal(chargedFor(chargeConversions([], conversions, new Map(), null, money)), 0)
  })

  it('is told in words', () => {
    const terms = { cost_type: 'CPA', cost_value: 1, cost_auto: false, cost_currency: null } as const
    const some: Charges = new Map([[1, { charged: 2_500_000, settled: 0 }]])
    const none: Charges = new Map()
    assert.equal(chargeInWords({}, none, some, terms), 'charged 2.50 by CPA')
    assert.equal(chargeInWords({}, some, none, terms), 'took back 2.50 by CPA')
    assert.equal(chargeInWords({ cost: '1' }, some, some, terms), null)
    const unused = 'its cost was not used: the campaign pays by CPC'
    assert.equal(chargeInWords({ cost: '1' }, some, some, { ...terms, cost_type: 'CPC' }), unused)
    assert.equal(chargeInWords({}, some, some, { ...terms, cost_type: 'CPC' }), null)
  })
})
