import type { ConversionEditEvent } from '../events/admin-event.ts'
import { type Conversion, nextOrdinal } from './apply-postback.ts'
import { statuses } from './statuses.ts'

export interface EditResult {
  /** The conversion as it became, or as it was when it was removed; null: there was nothing to change. */
  readonly conversion: Conversion | null
  readonly outcome: 'created' | 'updated' | 'removed' | 'unknown'
}

/**
 * What an edit by hand does to the conversions of a click, oldest first. Nothing is refused: people set right what
 * networks got wrong. Without an ordinal the conversion with this tid is meant; no tid means the oldest, and a tid
 * nobody has makes a new conversion, which counts as a rebill where a postback's would (reference
 * conversions-and-reports §3.2).
 */
export function applyConversionEdit(
  conversions: readonly Conversion[],
  event: ConversionEditEvent,
  seq: number,
): EditResult {
  const target = findTarget(conversions, event)
  if (event.set === null) return { conversion: target && { ...target, seq }, outcome: target ? 'removed' : 'unknown' }
  if (!target && event.ordinal !== null) return { conversion: null, outcome: 'unknown' }
  const { status: wanted = target?.status ?? 'sale', ...given } = event.set
  const isAdditional = target ? target.status === 'rebill' : conversions.length > 0
  const status = event.ordinal === null && isAdditional && wanted === 'sale' ? 'rebill' : wanted
  const old = target ?? blank(conversions, event)
  const conversion: Conversion = {
    ...old,
    status,
    previousStatus: target && target.status !== status ? target.status : old.previousStatus,
    originalStatus: given.originalStatus ?? old.originalStatus,
    tid: given.tid ?? old.tid,
    revenueMicros: given.revenueMicros ?? old.revenueMicros,
    postbackAtMs: given.postbackAtMs ?? old.postbackAtMs,
    saleAtMs: given.saleAtMs ?? (old.saleAtMs || (statuses[status].confirmed ? event.atMs : 0)),
    params: { ...old.params, ...given.params },
    seq,
  }
  return { conversion, outcome: target ? 'updated' : 'created' }
}

function findTarget(conversions: readonly Conversion[], { ordinal, tid }: ConversionEditEvent): Conversion | null {
  if (ordinal !== null) return conversions.find((one) => one.ordinal === ordinal) ?? null
  const same = conversions.find((one) => one.tid === tid)
  return same ?? (tid === '' ? (conversions[0] ?? null) : null)
}

const blank = (conversions: readonly Conversion[], event: ConversionEditEvent): Conversion => ({
  ordinal: nextOrdinal(conversions),
  tid: event.tid,
  status: 'sale',
  previousStatus: '',
  originalStatus: '',
  revenueMicros: 0,
  postbackAtMs: event.atMs,
  saleAtMs: 0,
  params: {},
  seq: 0,
})
