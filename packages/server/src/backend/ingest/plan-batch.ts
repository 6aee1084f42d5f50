import { withCappedOffers } from '@trackyard/core/click/trace.ts'
import { applyConversionEdit } from '@trackyard/core/conversion/apply-edit.ts'
import {
  applyPostback,
  type Conversion,
  foldConversions,
  type OfferTerms,
  type PostbackResult,
} from '@trackyard/core/conversion/apply-postback.ts'
import { parseAdminEvent } from '@trackyard/core/events/admin-event.ts'
import { type ClickRow, clickColumns } from '@trackyard/core/events/click-columns.ts'
import type { LandingClickEvent, PostbackEvent, UpdateEvent } from '@trackyard/core/events/spool-event.ts'
import { fromStoreLine, withVersion } from '@trackyard/core/events/store-line.ts'
import { isSubId } from '@trackyard/core/events/sub-id.ts'
import type { SpoolRecord } from '../../spool/record.ts'
import { toLine } from '../../stores/events/line.ts'
import type { ClickState, ConversionState } from '../../stores/events/port.ts'
import { FIRST, fromConversionRow, toConversionRow } from './conversion-row.ts'
import { parseLandingClick, parsePostback, parseUpdate, reading, UnreadableRecord } from './parse-event.ts'

/** What applying events must look up. */
export interface BatchSource {
  loadStates(subIds: readonly string[]): Promise<ReadonlyMap<string, ClickState>>
  loadConversions(subIds: readonly string[]): Promise<ReadonlyMap<string, readonly ConversionState[]>>
  /** Terms of an offer, archived ones too; null when there is none. */
  offerTerms(offerId: number): Promise<OfferTerms | null>
  readonly baseCurrency: string
}

/** The lines that bring a click to `version`: its new state and, if it was stored before, what cancels the old one. */
export interface ClickChange {
  readonly subId: string
  readonly version: number
  readonly lines: readonly string[]
  /** The click is there no more afterwards: only what cancels it is in the lines. */
  readonly removes?: boolean | undefined
}

/** What a batch of the spool adds to the store, worked out before anything is written. */
export interface BatchPlan {
  /** Clicks that nothing else in the batch is about, passed on unread. */
  readonly newClicks: readonly ClickChange[]
  readonly changes: readonly ClickChange[]
  readonly conversionLines: readonly string[]
  readonly logLines: readonly string[]
  /** Landing clicks and updates of clicks that are not known. */
  readonly orphans: number
  /** Whole records that could not be understood. They are left out, as they must not hold up the rest. */
  readonly unreadable: readonly Unreadable[]
}

export interface Unreadable {
  readonly line: string
  readonly reason: string
}

/** A click while the events of a batch are applied to it. */
interface Account {
  readonly stored: ClickState | null
  row: Record<string, string | number>
  version: number
  /** In order of their ordinals. */
  conversions: Conversion[]
  /** Ordinal → the last state of what the batch changed. */
  readonly touched: Map<number, { readonly conversion: Conversion; readonly isRemoved: boolean }>
  isRemoved: boolean
}

/**
 * Applies a batch of records in spool order. An event whose position is not above the version of what it is about is
 * in there already and is passed over: that makes a replay harmless (docs/adr/0003).
 *
 * `isReplay`: some of the batch may be stored although nothing says so; then the state of every click is looked up.
 */
export async function planBatch(
  records: readonly SpoolRecord[],
  source: BatchSource,
  isReplay: boolean,
): Promise<BatchPlan> {
  const clicks = new Map<string, { seq: number; line: string }>()
  const events = new Map<string, SpoolRecord[]>()
  for (const record of records) {
    if (record.kind === 'c')
      clicks.set(record.subId, { seq: record.seq, line: record.rest.slice(record.rest.indexOf('\t') + 1) })
    else if (LATER_EVENTS.has(record.kind)) collect(events, record)
  }
  const known = [...events.keys()].filter(isSubId)
  const lookedUp = isReplay ? [...new Set([...clicks.keys(), ...known])] : known.filter((subId) => !clicks.has(subId))
  const states = lookedUp.length > 0 ? await source.loadStates(lookedUp) : new Map<string, ClickState>()
  const converting = known.filter((subId) => events.get(subId)?.some(({ kind }) => kind === 'p' || kind === 'a'))
  const stored = converting.length > 0 ? await source.loadConversions(converting) : new Map<string, ConversionState[]>()

  const newClicks: ClickChange[] = []
  for (const [subId, { seq, line }] of clicks) {
    if (!events.has(subId) && !states.has(subId))
      newClicks.push({ subId, version: seq, lines: [withVersion(line, seq)] })
  }
  const changes: ClickChange[] = []
  const conversionLines: string[] = []
  const logLines: string[] = []
  let orphans = 0
  const unreadable: Unreadable[] = []
  async function unlessUnreadable<T>(line: string, work: () => T | Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error
      unreadable.push({ line, reason: error.message })
      return null
    }
  }
  for (const [subId, happened] of events) {
    const fresh = clicks.get(subId)
    const account = await unlessUnreadable(fresh?.line ?? '', () =>
      open(subId, states.get(subId) ?? null, fresh, stored.get(subId) ?? []),
    )
    for (const record of happened) {
      const live = account?.isRemoved ? null : account
      if (live?.stored && record.seq <= live.stored.version) continue
      await unlessUnreadable(`${record.kind}\t${record.subId}\t${record.rest}`, async () => {
        if (record.kind === 'p') logLines.push(await applyPostbackRecord(live, record, source))
        else if (live) applyOther(live, record)
        else orphans++
      })
    }
    if (!account) continue
    for (const { conversion, isRemoved } of account.touched.values()) {
      const row = toConversionRow(account.row, conversion)
      conversionLines.push(toLine('conversions', isRemoved ? { ...row, is_deleted: 1 } : row, conversion.seq))
    }
    const change = toChange(subId, account)
    if (change.lines.length > 0) changes.push(change)
  }
  return { newClicks, changes, conversionLines, logLines, orphans, unreadable }
}

/** Records about one click; what is of other kinds comes from a newer release or does not concern the store. */
const LATER_EVENTS: ReadonlySet<string> = new Set(['l', 'p', 'u', 'a'])

function collect(events: Map<string, SpoolRecord[]>, record: SpoolRecord): void {
  const known = events.get(record.subId)
  if (known) known.push(record)
  else events.set(record.subId, [record])
}

function open(
  subId: string,
  stored: ClickState | null,
  fresh: { seq: number; line: string } | undefined,
  conversions: readonly ConversionState[],
): Account | null {
  if (!isSubId(subId) || (!stored && !fresh)) return null
  const row = stored ? { ...stored.row } : reading(() => fromStoreLine(clickColumns, fresh?.line ?? '{}'))
  return {
    stored,
    row,
    version: stored?.version ?? fresh?.seq ?? 0,
    conversions: conversions.map(fromConversionRow).sort((a, b) => a.ordinal - b.ordinal),
    touched: new Map(),
    isRemoved: false,
  }
}

function toChange(subId: string, account: Account): ClickChange {
  const { stored, row, version, isRemoved } = account
  const lines: string[] = []
  const isChanged = stored === null || version > stored.version
  if (isChanged && stored) lines.push(toLine('clicks', stored.row, stored.version, -1))
  if (isChanged && !isRemoved) lines.push(toLine('clicks', row, version))
  return isRemoved ? { subId, version, lines, removes: true } : { subId, version, lines }
}

function applyOther(account: Account, record: SpoolRecord): void {
  if (record.seq <= account.version) return
  if (record.kind === 'l') applyLandingClick(account.row, parseLandingClick(record.rest))
  else if (record.kind === 'u') Object.assign(account.row, parseUpdate(record.rest).slots)
  else applyByHand(account, record)
  account.version = record.seq
}

function applyByHand(account: Account, record: SpoolRecord): void {
  const event = parseAdminEvent(record.rest)
  if (event?.kind === 'click_edit') {
    Object.assign(account.row, event.slots)
    if (event.costMicros === null) return
    account.row.cost = event.costMicros
    // Its conversion carries the cost, so it is written anew.
    for (const conversion of account.conversions.filter(({ ordinal }) => ordinal === FIRST))
      setConversion(account, { ...conversion, seq: record.seq }, false)
  } else if (event?.kind === 'click_removal') {
    for (const conversion of account.conversions) setConversion(account, { ...conversion, seq: record.seq }, true)
    account.isRemoved = true
  } else if (event?.kind === 'conversion_edit') {
    const { conversion, outcome } = applyConversionEdit(account.conversions, event, record.seq)
    if (conversion) setConversion(account, conversion, outcome === 'removed')
    sumUp(account)
  }
}

function setConversion(account: Account, conversion: Conversion, isRemoved: boolean): void {
  const others = account.conversions.filter((one) => one.ordinal !== conversion.ordinal)
  account.conversions = isRemoved ? others : [...others, conversion].sort((a, b) => a.ordinal - b.ordinal)
  account.touched.set(conversion.ordinal, { conversion, isRemoved })
}

/** A click's sums are always worked out from its conversions as they are now. */
function sumUp({ row, conversions }: Account): void {
  const totals = foldConversions(conversions)
  Object.assign(row, totals, { sale_revenue: (totals.sale_revenue ?? 0) + Number(row.click_revenue ?? 0) })
}

/** A click counts one landing click; pressing again only changes the offer reached and the parameters. */
function applyLandingClick(row: Record<string, string | number>, event: LandingClickEvent): void {
  const earnedBefore = Number(row.click_revenue ?? 0)
  row.sale_revenue = Number(row.sale_revenue ?? 0) - earnedBefore + event.payoutMicros
  row.click_revenue = event.payoutMicros
  row.landing_clicked_datetime = row.landing_clicked ? (row.landing_clicked_datetime ?? event.atMs) : event.atMs
  row.landing_clicked = 1
  row.offer_id = event.offerId
  row.affiliate_network_id = event.affiliateNetworkId
  row.destination = event.destination
  row.trace = withCappedOffers(String(row.trace ?? ''), event.cappedOffers ?? [])
  Object.assign(row, event.slots)
}

/** Applies a postback and answers its line for the postback log. */
async function applyPostbackRecord(account: Account | null, record: SpoolRecord, source: BatchSource): Promise<string> {
  const event = parsePostback(record.rest)
  if (!account) return logLine(record, event, null, unmatched(event))
  const applied = account.conversions.find((conversion) => conversion.seq === record.seq)
  const offerId = Number(account.row.offer_id ?? 0)
  const result = applied
    ? { outcome: 'updated', reason: 'was applied before a restart', read: null, changed: applied }
    : applyPostback(
        account.conversions,
        event,
        record.seq,
        offerId ? await source.offerTerms(offerId) : null,
        source.baseCurrency,
      )
  if (result.changed) setConversion(account, result.changed, false)
  if (record.seq > account.version) {
    Object.assign(account.row, changedSlots(event))
    sumUp(account)
    account.version = record.seq
  }
  return logLine(record, event, account.row, result)
}

/** Sub ids and the external id in a postback overwrite the click's (reference conversions-and-reports §2.2). */
const POSTBACK_SLOT = /^(?:sub_id_(?:[1-9]|[12]\d|30)|extra_param_(?:[1-9]|10)|external_id)$/
const changedSlots = (event: PostbackEvent): UpdateEvent['slots'] =>
  Object.fromEntries(Object.entries(event.params).filter(([name, value]) => value !== '' && POSTBACK_SLOT.test(name)))

const unmatched = ({ subId }: PostbackEvent): { outcome: string; reason: string } =>
  subId === ''
    ? { outcome: 'rejected', reason: 'it was answered 400 because it names no click' }
    : { outcome: 'click_not_found', reason: notFoundReason(subId) }

const notFoundReason = (subId: string): string =>
  isSubId(subId)
    ? `no click has the id "${subId}"`
    : `"${subId}" is not a click id: put {subid} into the offer URL and send its value back as subid`

function logLine(
  record: SpoolRecord,
  event: PostbackEvent,
  click: ClickRow | null,
  result: Pick<PostbackResult, 'reason'> & { outcome: string; read?: PostbackResult['read'] | null },
): string {
  return toLine(
    'postback_log',
    {
      datetime: event.atMs,
      seq: record.seq,
      sub_id: event.subId,
      outcome: result.outcome,
      reason: [result.reason, ...(event.fault === undefined ? [] : [event.fault])].join('; '),
      status: result.read?.status ?? '',
      tid: result.read?.tid ?? '',
      campaign_id: click?.campaign_id ?? 0,
      params: JSON.stringify(event.params),
      ip: event.ip,
    },
    record.seq,
  )
}
