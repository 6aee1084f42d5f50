import type { Offer } from '../entities/index.ts'
import { CONVERSION_COUNTERS, REVENUE_BUCKETS } from '../events/click-columns.ts'
import type { PostbackEvent } from '../events/spool-event.ts'
import { type Micros, microsToDecimal } from '../money.ts'
import { type ReadPostback, readPostback } from './read-postback.ts'
import { mayBecome, type Status, statuses } from './statuses.ts'

/** One conversion of a click as it stands. Money in micros, times in epoch milliseconds. */
export interface Conversion {
  /** Ordinal on the click, from 1; with the sub id it makes the conversion's id. */
  readonly ordinal: number
  readonly tid: string
  readonly status: Status
  readonly previousStatus: Status | ''
  readonly originalStatus: string
  readonly revenueMicros: Micros
  readonly postbackAtMs: number
  /** 0 while it never was a sale. */
  readonly saleAtMs: number
  /** Everything received, later values over earlier. */
  readonly params: Readonly<Record<string, string>>
  /** Spool position of the last event applied. */
  readonly seq: number
}

export type OfferTerms = Pick<Offer, 'payout_type' | 'payout_value' | 'payout_auto' | 'payout_upsell'>

export interface PostbackResult {
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'refused' | 'ignored'
  /** In words, for the postback log. */
  readonly reason: string
  readonly read: ReadPostback
  /** The conversion that was created or changed. */
  readonly changed: Conversion | null
}

/**
 * What a postback does to the conversions of its click (the decision table of reference conversions-and-reports §3.2).
 * Pure: the same list and postback give the same result. Events at or before a conversion's `seq` are already in it.
 */
export function applyPostback(
  conversions: readonly Conversion[],
  event: PostbackEvent,
  seq: number,
  offer: OfferTerms | null,
  baseCurrency: string,
): PostbackResult {
  const read = readPostback(event.params)
  const warnings = [...read.warnings]
  if (read.currency && read.currency !== baseCurrency)
    warnings.push(`currency ${read.currency} was taken for ${baseCurrency}`)
  const unused = unusedPayout(read, offer)
  if (unused) warnings.push(unused)
  const result = (outcome: PostbackResult['outcome'], reason: string, changed: Conversion | null): PostbackResult => ({
    outcome,
    reason: [reason, ...warnings].join('; '),
    read,
    changed,
  })
  const { status } = read
  const payout = payoutOf(read, offer)
  if (status !== null && payout !== null && payout < 0)
    warnings.push(`the payout ${amount(payout)} is negative: it counts as a charge-back and lowers revenue`)
  if (status === null) return result('ignored', `status "${read.originalStatus}" is in ignore_status`, null)

  const target = findTarget(conversions, read, offer, status)
  if (target === null) {
    const created = create(conversions, event, seq, read, status, offer)
    return result('created', `new conversion: ${created.status}`, created)
  }
  const changed = change(target, event, seq, read, status, offer)
  if (typeof changed === 'string') return result('refused', changed, null)
  if (changed === target) return result('unchanged', `already ${target.status} with this payout`, null)
  return result('updated', changesInWords(target, changed, status, offer), changed)
}

function changesInWords(before: Conversion, after: Conversion, sent: Status, offer: OfferTerms | null): string {
  const words: string[] = []
  if (after.status !== before.status) words.push(`${before.status} → ${after.status}`)
  else if (after.revenueMicros !== before.revenueMicros) words.push('payout changed')
  if (after.tid !== before.tid) {
    if (before.tid === '') words.push(`tid is now ${after.tid}`)
    else words.push(`tid ${after.tid} replaces tid ${before.tid}`)
    // Else the first of two sales is gone and nobody knows why.
    if (before.tid !== '' && offer && !offer.payout_upsell && mayBeAdditional(sent))
      words.push('set payout_upsell on the offer to keep both')
  }
  return words.join('; ')
}

/** The conversion a postback is about, or null when it makes a new one. */
function findTarget(
  conversions: readonly Conversion[],
  read: ReadPostback,
  offer: OfferTerms | null,
  status: Status,
): Conversion | null {
  const oldest = conversions[0]
  if (!oldest) return null
  const same = conversions.find((conversion) => conversion.tid === read.tid)
  if (same) return same
  if (read.tid === '') return oldest
  return offer?.payout_upsell === true && mayBeAdditional(status) ? null : oldest
}

/** Statuses that make a conversion of its own beside another one of the click, where the offer allows it. */
const mayBeAdditional = (status: Status): boolean =>
  statuses[status].confirmed || status === 'lead' || status === 'registration'

function create(
  conversions: readonly Conversion[],
  event: PostbackEvent,
  seq: number,
  read: ReadPostback,
  status: Status,
  offer: OfferTerms | null,
): Conversion {
  // Further payments are rebills, so that CR is not inflated (reference conversions-and-reports §0.3, fact 7).
  const stored = conversions.length > 0 && status === 'sale' ? 'rebill' : status
  return {
    ordinal: nextOrdinal(conversions),
    tid: read.tid,
    status: stored,
    previousStatus: '',
    originalStatus: read.originalStatus,
    revenueMicros: payoutOf(read, offer) ?? 0,
    postbackAtMs: event.atMs,
    saleAtMs: statuses[stored].confirmed ? event.atMs : 0,
    params: event.params,
    seq,
  }
}

/** One past the highest, not the number of them: some may have been removed. */
export const nextOrdinal = (conversions: readonly Conversion[]): number =>
  Math.max(0, ...conversions.map((one) => one.ordinal)) + 1

/** The changed conversion, the same object when nothing changes, or the reason why the change is refused. */
function change(
  target: Conversion,
  event: PostbackEvent,
  seq: number,
  read: ReadPostback,
  sent: Status,
  offer: OfferTerms | null,
): Conversion | string {
  // A rebill is reported as a sale by networks that know no rebills.
  const status = target.status === 'rebill' && sent === 'sale' ? 'rebill' : sent
  const isSameStatus = status === target.status
  if (!isSameStatus && !mayBecome(target.status, status)) return `a ${target.status} cannot become a ${status}`
  const revenueMicros = payoutOf(read, offer) ?? target.revenueMicros
  const tid = read.tid || target.tid
  if (isSameStatus && revenueMicros === target.revenueMicros && tid === target.tid) return target
  return {
    ...target,
    status,
    previousStatus: isSameStatus ? target.previousStatus : target.status,
    originalStatus: read.originalStatus || target.originalStatus,
    tid,
    revenueMicros,
    saleAtMs: target.saleAtMs || (statuses[status].confirmed ? event.atMs : 0),
    params: { ...target.params, ...event.params },
    seq,
  }
}

/** Money of a conversion by the offer's terms; null when the postback leaves it open (§3.5). */
const payoutOf = (read: ReadPostback, offer: OfferTerms | null): Micros | null =>
  fixedPayout(offer) ?? read.payoutMicros

function fixedPayout(offer: OfferTerms | null): Micros | null {
  const isFixed = offer !== null && !offer.payout_auto && offer.payout_type !== 'CPC' && (offer.payout_value ?? 0) !== 0
  return isFixed ? offer.payout_value : null
}

/** Says that the amount of the postback was passed over, which people otherwise take for a fault of reports. */
function unusedPayout({ payoutMicros }: ReadPostback, offer: OfferTerms | null): string | null {
  const fixed = fixedPayout(offer)
  if (fixed === null || payoutMicros === null || payoutMicros === fixed) return null
  return `the offer pays a fixed ${amount(fixed)}; the ${amount(payoutMicros)} of the postback was not used`
}

/** At least two decimals, as prices are written: `12.00`, `0.0375`. */
const amount = (micros: Micros): string => {
  const [whole, fraction = ''] = microsToDecimal(micros).split('.')
  return `${whole}.${fraction.padEnd(2, '0')}`
}

/** What a click's conversions add up to: counters, money buckets and the flags of the main conversion. */
export function foldConversions(conversions: readonly Conversion[]): Record<string, number> {
  const totals: Record<string, number> = { is_lead: 0, is_sale: 0, is_rejected: 0 }
  for (const name of [...CONVERSION_COUNTERS, ...REVENUE_BUCKETS]) totals[name] = 0
  for (const { status, revenueMicros } of conversions) {
    const { counter, bucket } = statuses[status]
    totals[counter] = (totals[counter] ?? 0) + 1
    totals[bucket] = (totals[bucket] ?? 0) + revenueMicros
  }
  const main = conversions[0]
  const flag = main ? statuses[main.status].clickFlag : null
  if (flag) totals[flag] = 1
  return totals
}
