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

/** The amount an offer pays for every conversion, as an edit by hand carries it; null when it pays what the network says. */
export function fixedPayoutOf(
  offer: OfferTerms | null | undefined,
): { readonly revenueMicros: Micros; readonly revenueCurrency?: string } | null {
  const micros = fixedPayout(offer ?? null)
  const currency = offer?.payout_currency ?? ''
  return micros === null ? null : { revenueMicros: micros, ...(currency === '' ? {} : { revenueCurrency: currency }) }
}

function fixedPayout(offer: OfferTerms | null): Micros | null {
  const isFixed = offer !== null && !offer.payout_auto && offer.payout_type !== 'CPC' && (offer.payout_value ?? 0) !== 0
  return isFixed ? offer.payout_value : null
}

/** Says that the amount of the postback was passed over, which people otherwise take for a fault of reports. */
function unusedPayout({ payoutMicros, currency }: ReadPostback, fixed: Micros, ofOffer: string): string | null {
  const isOtherCurrency = currency !== '' && ofOffer !== '' && currency !== ofOffer
  if (payoutMicros === null || (payoutMicros === fixed && !isOtherCurrency)) return null
  const [paid, sent] = [`${amount(fixed)} ${ofOffer}`.trim(), `${amount(payoutMicros)} ${currency}`.trim()]
  return `the offer pays a fixed ${paid}; the ${sent} of the postback was not used`
}

/** Else twelve euros are twelve dollars in every report and nobody knows why. */
function passedOverCurrency({ payoutMicros, namedCurrency, currency }: ReadPostback, into: string): string | null {
  const takenFor = currency || into
  if (payoutMicros === null || namedCurrency === '' || namedCurrency === takenFor) return null
  return `the payout names ${namedCurrency} and was taken for ${takenFor}: send currency=${namedCurrency} along`
}

/** What is to be said about the money of a postback; `payout` is what was made of it, `into` the currency of the click. */
export function payoutWarnings(
  read: ReadPostback,
  offer: OfferTerms | null,
  payout: Money | null,
  into: string,
): string[] {
  const fixed = fixedPayout(offer)
  const passedOver =
    fixed === null ? passedOverCurrency(read, into) : unusedPayout(read, fixed, offer?.payout_currency ?? '')
  const warnings = [...(passedOver ? [passedOver] : []), ...(payout?.warning ? [`currency ${payout.warning}`] : [])]
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
