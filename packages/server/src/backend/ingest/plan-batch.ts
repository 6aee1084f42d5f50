import { setImmediate as nextTurn } from 'node:timers/promises'
import { withCappedOffers } from '@trackyard/core/click/trace.ts'
import { applyConversionEdit } from '@trackyard/core/conversion/apply-edit.ts'
import { applyPostback } from '@trackyard/core/conversion/apply-postback.ts'
import { type Conversion, foldConversions, withoutParams } from '@trackyard/core/conversion/conversion.ts'
import type { OfferTerms } from '@trackyard/core/conversion/payout.ts'
import { type CostTerms, chargeConversions, chargedFor, chargeInWords } from '@trackyard/core/costs/charge.ts'
import type { Sweep } from '@trackyard/core/costs/sweep.ts'
import type { Exchange, MoneyReader } from '@trackyard/core/currency/exchange.ts'
import { parseAdminEvent } from '@trackyard/core/events/admin-event.ts'
import { type ClickRow, type ConversionRow, clickColumns } from '@trackyard/core/events/click-columns.ts'
import { PERSONAL_CLICK_COLUMNS } from '@trackyard/core/events/personal-columns.ts'
import type { LandingClickEvent } from '@trackyard/core/events/spool-event.ts'
import { fromStoreLine, withVersion } from '@trackyard/core/events/store-line.ts'
import { isSubId, subIdTimeMs } from '@trackyard/core/events/sub-id.ts'
import type { SpoolRecord } from '../../spool/record.ts'
import { toLine } from '../../stores/events/line.ts'
import type { ClickState, ConversionState } from '../../stores/events/port.ts'
import { applySweeps, type ClickCosts, setOwnCost, splitCost } from './click-costs.ts'
import { isForeign, moneyColumns, rowCurrency, withConvertedMoney } from './click-money.ts'
import { fromConversionRow, toConversionRow, toToldRow } from './conversion-row.ts'
import { parseLandingClick, parsePostback, parseUpdate, reading, UnreadableRecord } from './parse-event.ts'
import { denialOf, postbackLogLine, unmatched } from './postback-record.ts'

/** What applying events must look up. */
export interface BatchSource {
  loadStates(subIds: readonly string[]): Promise<ReadonlyMap<string, ClickState>>
  loadConversions(subIds: readonly string[]): Promise<ReadonlyMap<string, readonly ConversionState[]>>
  /** Terms of an offer, archived ones too; null when there is none. */
  offerTerms(offerId: number): Promise<OfferTerms | null>
  /** What a campaign says of costs, an archived one too; null when there is none. */
  costTerms(campaignId: number): Promise<CostTerms | null>
  /** Currencies and rates as they are known now. */
  exchange(): Promise<Exchange>
  /** Told of amounts of clicks that cannot be converted, in words that begin with the currency. */
  readonly warnOfMoney?: (campaignId: number, warning: string) => void
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
  /** Conversions that came or changed their status, in spool order: postbacks may be due about them. */
  readonly statusChanges: readonly StatusChange[]
  /** Clicks of whose visitors nothing may be left in the logs either, with the position of the event that says so. */
  readonly erased: ReadonlyMap<string, number>
  /** Whole records that could not be understood. They are left out, as they must not hold up the rest. */
  readonly unreadable: readonly Unreadable[]
}

/** A conversion as an event left it, with its click as it was then. */
export interface StatusChange {
  /** Spool position of the event. */
  readonly seq: number
  readonly click: ClickRow
  /** Without columns of the click and without what was received. */
  readonly conversion: ConversionRow
}

export interface Unreadable {
  readonly line: string
  readonly reason: string
}

/** A click while the events of a batch are applied to it. */
interface Account extends ClickCosts {
  readonly stored: ClickState | null
  version: number
  /** Ordinal → the last state of what the batch changed. */
  readonly touched: Map<number, { readonly conversion: Conversion; readonly isRemoved: boolean }>
  /** What the event in hand gave another status. */
  newStatuses: Conversion[]
  isRemoved: boolean
  /** Removed by a change of many clicks that is not carried out on it yet: there is nothing to write. */
  isGone: boolean
}

/**
 * Applies a batch of records in spool order. An event whose position is not above the version of what it is about is
 * in there already and is passed over: that makes a replay harmless (docs/adr/0003).
 *
 * `sweeps`: changes of many clicks before the batch that are not carried out on every click; they are on what it changes.
 * `isReplay`: some of the batch may be stored although nothing says so; then the state of every click is looked up.
 */
export async function planBatch(
  records: readonly SpoolRecord[],
  lookUps: BatchSource,
  isReplay: boolean,
  sweeps: readonly Sweep[] = [],
): Promise<BatchPlan> {
  // Hundreds of postbacks are about a few offers and campaigns.
  const source: BatchSource = {
    ...lookUps,
    offerTerms: remembering(lookUps.offerTerms),
    costTerms: remembering(lookUps.costTerms),
  }
  const clicks = new Map<string, { seq: number; line: string }>()
  const events = new Map<string, SpoolRecord[]>()
  for (const record of records) {
    if (record.kind === 'c')
      clicks.set(record.subId, { seq: record.seq, line: record.rest.slice(record.rest.indexOf('\t') + 1) })
    else if (LATER_EVENTS.has(record.kind)) collect(events, record)
  }
  const known = [...events.keys()].filter(isSubId)
  const lookedUp = isReplay ? [...new Set([...clicks.keys(), ...known])] : known.filter((subId) => !clicks.has(subId))
  const converting = known.filter(
    (subId) => sweeps.length > 0 || events.get(subId)?.some(({ kind }) => kind === 'p' || kind === 'a'),
  )
  const [states, stored] = await Promise.all([
    lookedUp.length > 0 ? source.loadStates(lookedUp) : new Map<string, ClickState>(),
    converting.length > 0 ? source.loadConversions(converting) : new Map<string, ConversionState[]>(),
  ])

  const exchange = await source.exchange()
  for (const [subId, { seq, line }] of clicks)
    if (isForeign(line))
      clicks.set(subId, { seq, line: withConvertedMoney(line, exchange, subIdTimeMs(subId), source.warnOfMoney) })

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
  const statusChanges: StatusChange[] = []
  async function unlessUnreadable<T>(line: string, work: () => T | Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error
      unreadable.push({ line, reason: error.message })
      return null
    }
  }
  let planned = 0
  for (const [subId, happened] of events) {
    // Requests and postbacks of ours go on meanwhile.
    if (++planned % CLICKS_A_TURN === 0) await nextTurn()
    const fresh = clicks.get(subId)
    const account = await unlessUnreadable(fresh?.line ?? '', () =>
      open(subId, states.get(subId) ?? null, fresh, stored.get(subId) ?? []),
    )
    if (account) bringUpToDate(account, happened, sweeps)
    for (const record of happened) {
      const live = account?.isRemoved || account?.isGone ? null : account
      if (live?.stored && record.seq <= live.stored.version) continue
      await unlessUnreadable(`${record.kind}\t${record.subId}\t${record.rest}`, async () => {
        if (record.kind === 'p') logLines.push(await applyPostbackRecord(live, record, source, exchange))
        else if (live) await applyOther(live, record, source, exchange)
        else orphans++
      })
      if (!live) continue
      for (const conversion of live.newStatuses)
        statusChanges.push({ seq: record.seq, click: { ...live.row }, conversion: told(live, conversion) })
      live.newStatuses = []
    }
    if (!account || account.isGone) continue
    for (const { conversion, isRemoved } of account.touched.values()) {
      const row = rowOf(account, conversion)
      conversionLines.push(toLine('conversions', isRemoved ? { ...row, is_deleted: 1 } : row, conversion.seq))
    }
    const change = toChange(subId, account)
    if (change.lines.length > 0) changes.push(change)
  }
  statusChanges.sort((a, b) => a.seq - b.seq)
  return {
    newClicks,
    changes,
    conversionLines,
    logLines,
    orphans,
    statusChanges,
    unreadable,
    erased: erasedBy(records),
  }
}

const CLICKS_A_TURN = 100

function remembering<T>(read: (id: number) => Promise<T>): (id: number) => Promise<T> {
  const known = new Map<number, Promise<T>>()
  return (id) => {
    const found = known.get(id) ?? read(id)
    known.set(id, found)
    return found
  }
}

/** Records about one click; what is of other kinds comes from a newer release or does not concern the store. */
const LATER_EVENTS: ReadonlySet<string> = new Set(['l', 'p', 'u', 'a'])

/** Whether the click is known does not matter: the logs may have lines about it all the same. */
const erasedBy = (records: readonly SpoolRecord[]): Map<string, number> =>
  new Map(
    records.flatMap(({ kind, subId, seq, rest }): [string, number][] =>
      kind === 'a' && parseAdminEvent(rest)?.kind === 'click_erase' ? [[subId, seq]] : [],
    ),
  )

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
  const version = stored?.version ?? fresh?.seq ?? 0
  return {
    ...{ stored, row, version },
    ...splitCost(row, version, conversions),
    conversions: conversions.map(fromConversionRow).sort((a, b) => a.ordinal - b.ordinal),
    touched: new Map(),
    newStatuses: [],
    isRemoved: false,
    isGone: false,
  }
}

/** All events of a batch come after all of these sweeps or before: a sweep in the spool ends the batch. */
function bringUpToDate(account: Account, happened: readonly SpoolRecord[], sweeps: readonly Sweep[]): void {
  if (!account.stored || sweeps.length === 0) return
  const before = happened.at(-1)?.seq ?? 0
  const seq = applySweeps(
    account,
    account.stored.version,
    sweeps.filter((sweep) => sweep.seq < before),
  )
  account.isGone = seq === 'removed'
  if (seq === 'removed' || seq === 0) return
  for (const conversion of account.conversions) setConversion(account, { ...conversion, seq }, false)
}

const rowOf = ({ row, charges, ownCostMicros }: Account, conversion: Conversion): ConversionRow =>
  toConversionRow(row, conversion, charges.get(conversion.ordinal), ownCostMicros)

const told = ({ row, charges, ownCostMicros }: Account, conversion: Conversion): ConversionRow =>
  toToldRow(row, conversion, charges.get(conversion.ordinal), ownCostMicros)

function toChange(subId: string, account: Account): ClickChange {
  const { stored, row, version, isRemoved } = account
  const lines: string[] = []
  const isChanged = stored === null || version > stored.version
  if (isChanged && stored) lines.push(toLine('clicks', stored.row, stored.version, -1))
  if (isChanged && !isRemoved) lines.push(toLine('clicks', row, version))
  return isRemoved ? { subId, version, lines, removes: true } : { subId, version, lines }
}

async function applyOther(
  account: Account,
  record: SpoolRecord,
  source: BatchSource,
  exchange: Exchange,
): Promise<void> {
  if (record.seq <= account.version) return
  if (record.kind === 'l') applyLandingClick(account.row, parseLandingClick(record.rest), exchange)
  else if (record.kind === 'u') Object.assign(account.row, parseUpdate(record.rest).slots)
  else applyByHand(account, record, await termsOf(account, source), exchange)
  account.version = record.seq
}

function applyByHand(account: Account, record: SpoolRecord, terms: CostTerms | null, exchange: Exchange): void {
  const event = parseAdminEvent(record.rest)
  if (event?.kind === 'click_edit') {
    Object.assign(account.row, event.slots)
    if (event.costMicros === null) return
    const { row } = account
    setOwnCost(account, moneyColumns('cost', event.costMicros, event.costCurrency ?? '', row, exchange, event.atMs))
    // Its conversions carry the cost, so they are written anew.
    for (const conversion of account.conversions) setConversion(account, { ...conversion, seq: record.seq }, false)
  } else if (event?.kind === 'click_erase') {
    for (const column of PERSONAL_CLICK_COLUMNS) delete account.row[column]
    for (const conversion of account.conversions)
      setConversion(account, { ...withoutParams(conversion), seq: record.seq }, false)
  } else if (event?.kind === 'click_removal') {
    for (const conversion of account.conversions) setConversion(account, { ...conversion, seq: record.seq }, true)
    account.isRemoved = true
  } else if (event?.kind === 'conversion_edit') {
    const money = moneyOf(account, exchange, event.atMs)
    const before = account.conversions
    const { conversion, others, outcome } = applyConversionEdit(before, event, record.seq, money)
    for (const other of others) setConversion(account, other, false)
    if (conversion) setConversion(account, conversion, outcome === 'removed')
    account.charges = chargeConversions(before, account.conversions, account.charges, terms, money)
    sumUp(account)
  }
}

function setConversion(account: Account, conversion: Conversion, isRemoved: boolean): void {
  const others = account.conversions.filter((one) => one.ordinal !== conversion.ordinal)
  const before = account.conversions.find((one) => one.ordinal === conversion.ordinal)
  if (!isRemoved && before?.status !== conversion.status) account.newStatuses.push(conversion)
  account.conversions = isRemoved ? others : [...others, conversion].sort((a, b) => a.ordinal - b.ordinal)
  account.touched.set(conversion.ordinal, { conversion, isRemoved })
}

/** Reads amounts of that moment into the currency of the click. */
const moneyOf = ({ row }: Account, exchange: Exchange, atMs: number): MoneyReader =>
  exchange.into(rowCurrency(row, exchange), atMs)

const termsOf = ({ row }: Account, source: BatchSource): Promise<CostTerms | null> =>
  source.costTerms(Number(row.campaign_id ?? 0))

/** A click's sums are always worked out from its conversions as they are now. */
function sumUp({ row, conversions, charges, ownCostMicros }: Account): void {
  const totals = foldConversions(conversions)
  row.cost = ownCostMicros + chargedFor(charges)
  Object.assign(row, totals, { sale_revenue: (totals.sale_revenue ?? 0) + Number(row.click_revenue ?? 0) })
}

/** A click counts one landing click; pressing again only changes the offer reached and the parameters. */
function applyLandingClick(row: Record<string, string | number>, event: LandingClickEvent, exchange: Exchange): void {
  const earnedBefore = Number(row.click_revenue ?? 0)
  const { payoutMicros, payoutCurrency = '' } = event
  Object.assign(row, moneyColumns('click_revenue', payoutMicros, payoutCurrency, row, exchange, event.atMs))
  row.sale_revenue = Number(row.sale_revenue ?? 0) - earnedBefore + Number(row.click_revenue ?? 0)
  row.landing_clicked_datetime = row.landing_clicked ? (row.landing_clicked_datetime ?? event.atMs) : event.atMs
  row.landing_clicked = 1
  row.offer_id = event.offerId
  row.affiliate_network_id = event.affiliateNetworkId
  row.destination = event.destination
  row.trace = withCappedOffers(String(row.trace ?? ''), event.cappedOffers ?? [])
  Object.assign(row, event.slots)
}

/** Applies a postback and answers its line for the postback log. */
async function applyPostbackRecord(
  account: Account | null,
  record: SpoolRecord,
  source: BatchSource,
  exchange: Exchange,
): Promise<string> {
  const event = parsePostback(record.rest)
  if (!account || event.refusal !== undefined) return postbackLogLine(record.seq, event, null, unmatched(event))
  const denial = denialOf(event, account.row)
  if (denial !== null) return postbackLogLine(record.seq, event, account.row, { outcome: 'refused', reason: denial })
  const { conversions: before, charges } = account
  const money = moneyOf(account, exchange, event.atMs)
  const applied = before.find((conversion) => conversion.seq === record.seq)
  const offerId = Number(account.row.offer_id ?? 0)
  const result = applied
    ? { outcome: 'updated', reason: 'was applied before a restart', read: null, stored: [], removed: [], slots: {} }
    : applyPostback(
        before,
        event,
        record.seq,
        offerId ? await source.offerTerms(offerId) : null,
        money,
        Number(account.row.datetime ?? 0),
      )
  for (const conversion of result.removed) setConversion(account, conversion, true)
  for (const conversion of result.stored) setConversion(account, conversion, false)
  const terms = await termsOf(account, source)
  account.charges = chargeConversions(before, account.conversions, charges, terms, money)
  const charged = chargeInWords(event.params, charges, account.charges, terms)
  if (record.seq > account.version) {
    Object.assign(account.row, result.slots)
    sumUp(account)
    account.version = record.seq
  }
  const reason = [result.reason, ...(charged === null ? [] : [charged])].join('; ')
  return postbackLogLine(record.seq, event, account.row, { ...result, reason })
}
