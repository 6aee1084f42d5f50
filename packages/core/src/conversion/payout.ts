import type { Money, MoneyReader, Original } from '../currency/exchange.ts'
import type { Offer } from '../entities/index.ts'
import { type Micros, microsToDecimal, scaleMicros } from '../money.ts'
import type { ReadPostback } from './read-postback.ts'

export type OfferTerms = Pick<Offer, 'payout_type' | 'payout_value' | 'payout_auto' | 'payout_upsell'> &
  Partial<Pick<Offer, 'payout_currency'>>

/** Money of a conversion by the offer's terms; null when the postback leaves it open (reference conversions-and-reports §3.5). */
export function payoutOf(read: ReadPostback, offer: OfferTerms | null, money: MoneyReader): Money | null {
  const fixed = fixedPayout(offer)
  if (fixed !== null) return money.read(fixed, offer?.payout_currency ?? '')
  return read.payoutMicros === null ? null : money.read(read.payoutMicros, read.currency)
}

function fixedPayout(offer: OfferTerms | null): Micros | null {
  const isFixed = offer !== null && !offer.payout_auto && offer.payout_type !== 'CPC' && (offer.payout_value ?? 0) !== 0
  return isFixed ? offer.payout_value : null
}

/** Says that the amount of the postback was passed over, which people otherwise take for a fault of reports. */
export function unusedPayout({ payoutMicros }: ReadPostback, offer: OfferTerms | null): string | null {
  const fixed = fixedPayout(offer)
  if (fixed === null || payoutMicros === null || payoutMicros === fixed) return null
  return `the offer pays a fixed ${amount(fixed)}; the ${amount(payoutMicros)} of the postback was not used`
}

/** What is to be said about the money of a postback. */
export function payoutWarnings(payout: Money | null): string[] {
  const warnings = payout?.warning ? [`currency ${payout.warning}`] : []
  if (payout !== null && payout.micros < 0)
    warnings.push(`the payout ${amount(payout.micros)} is negative: it counts as a charge-back and lowers revenue`)
  return warnings
}

/** The money of a conversion: in the currency of the click, and what it was before it was converted. */
export interface Revenue {
  readonly revenueMicros: Micros
  readonly original: Original | null
}

/**
 * The money a conversion has from now on. Said again in the same currency it keeps the rate of the first time, so that
 * a repetition on another day changes nothing.
 */
export function revenueOf(
  before: Pick<Revenue, 'original'> | null,
  { micros, original }: Pick<Money, 'micros' | 'original'>,
): Revenue {
  const first = before?.original
  if (!original || !first?.rate || first.currency !== original.currency) return { revenueMicros: micros, original }
  return { revenueMicros: scaleMicros(original.micros, first.rate), original: { ...original, rate: first.rate } }
}

/** At least two decimals, as prices are written: `12.00`, `0.0375`. */
const amount = (micros: Micros): string => {
  const [whole, fraction = ''] = microsToDecimal(micros).split('.')
  return `${whole}.${fraction.padEnd(2, '0')}`
}
