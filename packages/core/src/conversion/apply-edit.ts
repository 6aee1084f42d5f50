import type { MoneyReader } from '../currency/exchange.ts'
import type { ConversionEditEvent } from '../events/admin-event.ts'
import { type Conversion, factsOf, nextOrdinal, setTo, tidsOf } from './conversion.ts'
import { isConfirmed } from './custom-status.ts'
import { revenueOf } from './payout.ts'

export interface EditResult {
  /** The conversion as it became, or as it was when it was removed; null: there was nothing to change. */
  readonly conversion: Conversion | null
  /** Others that are written along: what is left of a click stays as it is when one of its conversions is removed. */
  readonly others: readonly Conversion[]
  /** `taken`: another conversion of the click has the tid. */
  readonly outcome: 'created' | 'updated' | 'removed' | 'unknown' | 'taken'
}

/**
 * What an edit by hand does to the conversions of a click, oldest first. No status is refused: people set right what
 * networks got wrong. Without an ordinal the conversion with this tid is meant; no tid means the oldest, and a tid
 * nobody has makes a new conversion, which counts as a rebill where a postback's would (reference
 * conversions-and-reports §3.2). `money` reads amounts into the currency of the click.
 */
export function applyConversionEdit(
  conversions: readonly Conversion[],
  event: ConversionEditEvent,
  seq: number,
  money: MoneyReader,
): EditResult {
  const target = findTarget(conversions, event)
  if (event.set === null) return remove(conversions, target, event.atMs, seq)
  if (!target && event.ordinal !== null) return { conversion: null, others: [], outcome: 'unknown' }
  const { tid } = event.set
  // Here and not before: of two who give the same tid at the same time, the second finds it taken.
  const isTaken = tid !== undefined && tid !== '' && conversions.some((one) => one !== target && one.tid === tid)
  if (isTaken) return { conversion: null, others: [], outcome: 'taken' }
  const conversion = edited(conversions, target, event, event.set, seq, money)
  return { conversion, others: [], outcome: target ? 'updated' : 'created' }
}

function edited(
  conversions: readonly Conversion[],
  target: Conversion | null,
  event: ConversionEditEvent,
  given: NonNullable<ConversionEditEvent['set']>,
  seq: number,
  money: MoneyReader,
): Conversion {
  const wanted = given.status ?? target?.status ?? 'sale'
  const isAdditional = target ? target.status === 'rebill' : conversions.length > 0
  const status = event.ordinal === null && isAdditional && wanted === 'sale' ? 'rebill' : wanted
  const custom = given.status === undefined ? (target?.custom ?? null) : (given.custom ?? null)
  const old = target ?? blank(conversions, event)
  const conversion: Conversion = {
    ...old,
    status,
    custom,
    previousStatus: target && target.status !== status ? target.status : old.previousStatus,
    originalStatus: given.originalStatus ?? old.originalStatus,
    tid: given.tid ?? old.tid,
    ...(given.revenueMicros === undefined
      ? {}
      : revenueOf(target, money.read(given.revenueMicros, given.revenueCurrency ?? ''))),
    postbackAtMs: given.postbackAtMs ?? old.postbackAtMs,
    saleAtMs: given.saleAtMs ?? (old.saleAtMs || (isConfirmed({ status, custom }) ? event.atMs : 0)),
    params: { ...old.params, ...given.params },
    seq,
  }
  return settled(conversion, target, event.atMs, seq)
}

/** A conversion as somebody wants it: what was told before is kept only to know its repetitions. */
function settled(conversion: Conversion, before: Conversion | null, atMs: number, seq: number): Conversion {
  const told = before ? factsOf(before).filter(({ kind }) => kind === 'p') : []
  return { ...conversion, facts: [...told, setTo(conversion, atMs, seq, before ? tidsOf(before) : [])], seq }
}

function remove(conversions: readonly Conversion[], target: Conversion | null, atMs: number, seq: number): EditResult {
  if (!target) return { conversion: null, others: [], outcome: 'unknown' }
  // Else the next postback would find that a rebill is the first conversion of the click, and so no rebill.
  const others = conversions.filter((one) => one !== target).map((one) => settled(one, one, atMs, seq))
  return { conversion: { ...target, seq }, others, outcome: 'removed' }
}

function findTarget(conversions: readonly Conversion[], { ordinal, tid }: ConversionEditEvent): Conversion | null {
  if (ordinal !== null) return conversions.find((one) => one.ordinal === ordinal) ?? null
  const same =
    conversions.find((one) => one.tid === tid) ?? conversions.find((one) => tid !== '' && tidsOf(one).includes(tid))
  return same ?? (tid === '' ? (conversions[0] ?? null) : null)
}

const blank = (conversions: readonly Conversion[], event: ConversionEditEvent): Conversion => ({
  ordinal: nextOrdinal(conversions),
  tid: event.tid,
  status: 'sale',
  custom: null,
  previousStatus: '',
  originalStatus: '',
  revenueMicros: 0,
  original: null,
  postbackAtMs: event.atMs,
  saleAtMs: 0,
  params: {},
  facts: [],
  seq: 0,
})
