import type { Conversion } from '../conversion/conversion.ts'
import { modelOf, type StatusRef } from '../conversion/custom-status.ts'
import { isStatus, statuses } from '../conversion/statuses.ts'
import type { MoneyReader } from '../currency/exchange.ts'
import type { Campaign } from '../entities/index.ts'
import { type Micros, microsToDecimal, parseMoney, scaleMicros } from '../money.ts'

/** The part of a campaign that says what its conversions cost. */
export type CostTerms = Pick<Campaign, 'cost_type' | 'cost_value' | 'cost_auto' | 'cost_currency'>

/** What the cost model charged for a conversion, in the currency of its click. */
export interface Charge {
  /** Part of what the click costs now. */
  readonly charged: Micros
  /** Charged before the cost of the click was set by hand, which replaced it. */
  readonly settled: Micros
}

/** By the ordinal of the conversion. */
export type Charges = ReadonlyMap<number, Charge>

const NOTHING: Charge = { charged: 0, settled: 0 }

/**
 * What the conversions of a click are charged after an event, oldest first (reference conversions-and-reports §6.2, 6.3):
 * CPA once for each that was a lead, sale, registration or deposit, CPS once for each that was a sale, whatever becomes of
 * it; RevShare a share of the money that counts, so nothing of a rejected one. With automatic costs, or without a price,
 * the parameter `cost` of the postback is the amount. Rebills cost their share only. `terms` are those of now: what was
 * charged before keeps its price. Null terms: the campaign is gone, and nothing more is charged.
 */
export function chargeConversions(
  before: readonly Conversion[],
  after: readonly Conversion[],
  charges: Charges,
  terms: CostTerms | null,
  money: MoneyReader,
): Charges {
  return new Map(
    after.map((conversion) => {
      const known = before.find(({ ordinal }) => ordinal === conversion.ordinal) ?? null
      const charge = charges.get(conversion.ordinal) ?? NOTHING
      const owed = known === conversion || terms === null ? null : owedFor(conversion, known, charge, terms, money)
      return [conversion.ordinal, owed === null ? charge : owe(charge, owed)] as const
    }),
  )
}

/** What is owed for it altogether, null: as much as before. */
function owedFor(
  after: Conversion,
  before: Conversion | null,
  { charged, settled }: Charge,
  terms: CostTerms,
  money: MoneyReader,
): Micros | null {
  const given = givenCost(after, terms, money)
  const isGivenAnew = given !== null && (before === null || given.text !== givenCost(before, terms, money)?.text)
  if (terms.cost_type === 'RevShare') {
    const isNews = before === null || before.status !== after.status || before.revenueMicros !== after.revenueMicros
    if (!isNews && !isGivenAnew) return null
    if (!earns(after)) return 0
    return given?.micros ?? scaleMicros(after.revenueMicros, terms.cost_value / PERCENT)
  }
  const isCharged = FIXED[terms.cost_type]
  if (!isCharged || !reached(after, isCharged)) return null
  if (isGivenAnew) return given.micros
  if (charged + settled !== 0 || (before && reached(before, isCharged))) return null
  return given?.micros ?? money.read(terms.cost_value, terms.cost_currency ?? '').micros
}

/** Percent as cost_value holds it: in millionths. */
const PERCENT = 100_000_000

/** Models with one price for each conversion that reached a status. */
const FIXED: Readonly<Partial<Record<Campaign['cost_type'], (ref: StatusRef) => boolean>>> = {
  CPA: (ref) => ['leads', 'sales', 'registrations', 'deposits'].includes(statuses[modelOf(ref)].counter),
  CPS: (ref) => modelOf(ref) === 'sale',
}

/** Is it in such a status, or was it before it was rejected? */
const reached = (conversion: Conversion, isOne: (ref: StatusRef) => boolean): boolean =>
  isOne(conversion) ||
  (isStatus(conversion.previousStatus) && isOne({ status: conversion.previousStatus, custom: null }))

const earns = (conversion: Conversion): boolean => !['rejected', 'trash'].includes(modelOf(conversion))

/** The cost that came with it, where the campaign asks for it; null when there is none or it is less than nothing. */
function givenCost(
  { params: { cost = '', currency = '' } }: Conversion,
  terms: CostTerms,
  money: MoneyReader,
): { readonly micros: Micros; readonly text: string } | null {
  if (!terms.cost_auto && terms.cost_value !== 0) return null
  const amount = parseMoney(cost)
  if (amount === null || amount < 0) return null
  const code = /^[a-z]{3}$/i.test(currency.trim()) ? currency.trim().toUpperCase() : ''
  return { micros: money.read(amount, code).micros, text: `${cost} ${code}` }
}

/** What had been settled is not taken back: somebody has set what the click cost since. */
function owe({ settled }: Charge, owed: Micros): Charge {
  const charged = settled === 0 ? owed : Math.max(0, owed - settled)
  return { charged, settled: owed - charged }
}

/** After the cost of a click was set by hand: everything charged so far is replaced. */
export const settle = (charges: Charges): Charges =>
  new Map([...charges].map(([ordinal, { charged, settled }]) => [ordinal, { charged: 0, settled: charged + settled }]))

/** The part of a click's cost that was charged for conversions. */
export const chargedFor = (charges: Charges): Micros =>
  [...charges.values()].reduce((sum, { charged }) => sum + charged, 0)

/** In words for the postback log; null when nothing was charged or there is nothing to say. */
export function chargeInWords(
  params: Readonly<Record<string, string>>,
  before: Charges,
  after: Charges,
  terms: CostTerms | null,
): string | null {
  const change = chargedFor(after) - chargedFor(before)
  if (change !== 0) return `${change > 0 ? 'charged' : 'took back'} ${amount(Math.abs(change))} by ${terms?.cost_type}`
  const isUnused = parseMoney(params.cost ?? '') && terms && !FIXED[terms.cost_type] && terms.cost_type !== 'RevShare'
  return isUnused ? `its cost was not used: the campaign pays by ${terms.cost_type}` : null
}

/** At least two decimals, as prices are written. */
const amount = (micros: Micros): string => {
  const [whole, fraction = ''] = microsToDecimal(micros).split('.')
  return `${whole}.${fraction.padEnd(2, '0')}`
}
