import { applyConversionEdit } from '@trackyard/core/conversion/apply-edit.ts'
import { afterwards, type Conversion } from '@trackyard/core/conversion/conversion.ts'
import { isConfirmed, statusRefOf } from '@trackyard/core/conversion/custom-status.ts'
import type { ImportLine, NumberedLine } from '@trackyard/core/conversion/import-line.ts'
import { momentOf } from '@trackyard/core/conversion/moment.ts'
import { fixedPayoutOf, type OfferTerms } from '@trackyard/core/conversion/payout.ts'
import { isCurrencyCode } from '@trackyard/core/currency/codes.ts'
import type { ConversionEditEvent } from '@trackyard/core/events/admin-event.ts'
import { isSubId } from '@trackyard/core/events/sub-id.ts'
import { MICROS_PER_UNIT, microsToDecimal, microsToNumber, parseMoney } from '@trackyard/core/money.ts'
import { maySeeColumn } from '@trackyard/core/permissions.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { ClickState } from '../../stores/events/port.ts'
import type { Actor } from '../auth/actor.ts'
import { writableCampaigns } from '../auth/event-reach.ts'
import { unrestricted } from '../auth/reach.ts'
import type { Backend } from '../context.ts'
import { rowCurrency } from '../ingest/click-money.ts'
import { fromConversionRow } from '../ingest/conversion-row.ts'
import { guardEvents } from '../reports/ask-events.ts'
import { rateProblems } from '../resources/currency.ts'
import { beforeTheClick, type ConversionTerms, oneOfStatuses } from './read-conversion.ts'

export type LineOutcome = 'created' | 'updated' | 'unchanged' | 'refused' | 'failed'

/** What becomes of a line, in words. */
export interface LineResult {
  readonly line: number
  readonly click_id: string
  readonly tid: string
  readonly outcome: LineOutcome
  readonly message: string
}

export interface ImportTerms extends ConversionTerms {
  readonly timeZone: string
  /** Of lines that name none; '' is the base currency. */
  readonly currency: string
}

/** Conversions that lines before changed: the store does not show them yet. */
export type Ahead = Map<string, Conversion[]>

/**
 * Works out what lines of an import do, in their order. Nothing is written: the events are for the caller. Rejects
 * nothing: a line that cannot be followed is a result that says why, and the others go on.
 */
export async function planImport(
  lines: readonly NumberedLine[],
  terms: ImportTerms,
  ahead: Ahead,
  actor: Actor,
  backend: Backend,
): Promise<Result<{ readonly results: readonly LineResult[]; readonly events: readonly ConversionEditEvent[] }>> {
  const subIds = [...new Set(lines.flatMap(({ read }) => (typeof read === 'string' ? [] : idOf(read))))].filter(isSubId)
  const loaded = await guardEvents(backend, async () => ({
    states: await backend.eventStore.loadStates(subIds),
    conversions: await backend.eventStore.loadConversions(subIds.filter((subId) => !ahead.has(subId))),
  }))
  if (!loaded.ok) return loaded
  const { states, conversions } = loaded.value
  const campaignIds = new Set([...states.values()].map(({ row }) => Number(row.campaign_id ?? 0)))
  const offerIds = new Set([...states.values()].map(({ row }) => Number(row.offer_id ?? 0)))
  const found = await unrestricted(backend.configStore).getMany('offers', [...offerIds])
  const offers = new Map(found.map((offer) => [offer.id, offer]))
  const writable = actor.access.isAdministrator
    ? null
    : await writableCampaigns([...campaignIds], unrestricted(backend.configStore), actor)
  const showsMoney = maySeeColumn(actor.access, 'revenue')
  const events: ConversionEditEvent[] = []
  const results = lines.map(({ line, read }): LineResult => {
    const refused = (message: string): LineResult => ({ ...named(line, read), outcome: 'refused', message })
    if (typeof read === 'string') return refused(read)
    const subId = idOf(read)
    const click = states.get(subId)
    if (!click) return refused(unknownClick(subId))
    if (writable && !writable.has(Number(click.row.campaign_id ?? 0)))
      return refused('you may see the campaign of this click, but not change it')
    const wanted = readWanted(read, terms)
    if (typeof wanted === 'string') return refused(wanted)
    const known =
      ahead.get(subId) ?? (conversions.get(subId) ?? []).map(fromConversionRow).sort((a, b) => a.ordinal - b.ordinal)
    const offer = offers.get(Number(click.row.offer_id ?? 0))
    const planned = planLine(known, click, read.tid, wanted, { ...terms, showsMoney, offer }, subId)
    if (planned.event) {
      events.push(planned.event)
      // Without what they were worked out from: an import may be about many clicks.
      ahead.set(
        subId,
        planned.after.map((conversion) => ({ ...conversion, facts: [] })),
      )
    }
    return { ...named(line, read), outcome: planned.outcome, message: planned.message }
  })
  return ok({ results, events })
}

const idOf = ({ click_id }: ImportLine): string => click_id.trim().toLowerCase()

const named = (line: number, read: ImportLine | string): Pick<LineResult, 'line' | 'click_id' | 'tid'> =>
  typeof read === 'string'
    ? { line, click_id: '', tid: '' }
    : { line, click_id: read.click_id.slice(0, 100), tid: read.tid.slice(0, 100) }

const unknownClick = (subId: string): string =>
  subId === ''
    ? 'the click id is missing: it is the first field'
    : isSubId(subId)
      ? `no click has the id ${subId}`
      : `${subId.slice(0, 100)} is not a click id: it has 17 letters and digits, as {subid} gives it out`

interface Wanted {
  readonly set: NonNullable<ConversionEditEvent['set']>
  /** When it happened, null when the line does not say. */
  readonly atMs: number | null
  /** It tells the day alone: the beginning of that day, which may be before the click. */
  readonly isDay: boolean
}

/** What a line wants, or why it cannot be had. */
function readWanted(
  line: ImportLine,
  { own, exchange, nowMs, timeZone, currency: fallback }: ImportTerms,
): Wanted | string {
  const ref = statusRefOf(line.status || 'sale', own)
  if (!ref) return `status ${line.status.slice(0, 100)}: ${oneOfStatuses(own)}`
  if (line.tid.length > 100) return 'tid: must be at most 100 characters long'
  const micros = line.payout === '' ? null : parseMoney(line.payout)
  if (line.payout !== '' && micros === null)
    return `payout ${line.payout.slice(0, 100)}: must be an amount such as 12.50`
  const currency = line.currency.toUpperCase() || fallback
  if (currency !== '' && !isCurrencyCode(currency))
    return `currency ${currency.slice(0, 20)}: must be a code such as USD`
  const [rate] = rateProblems('currency', currency || null, micros, { exchange, nowMs })
  if (rate) return `currency: ${rate.message}`
  const atMs = line.datetime === '' ? null : momentOf(line.datetime, timeZone)
  if (line.datetime !== '' && (atMs === null || atMs > nowMs))
    return `datetime ${line.datetime.slice(0, 100)}: must be a date such as 2026-02-03 14:05:09 that is not in the future`
  const set = {
    status: ref.status,
    ...(ref.custom ? { custom: ref.custom } : {}),
    originalStatus: line.status || 'sale',
    ...(micros === null ? {} : { revenueMicros: micros, ...(currency === '' ? {} : { revenueCurrency: currency }) }),
  }
  return { set, atMs, isDay: /^\d{4}-\d{2}-\d{2}$/.test(line.datetime) }
}

interface Planned {
  readonly event: ConversionEditEvent | null
  readonly after: Conversion[]
  readonly outcome: LineOutcome
  readonly message: string
}

function planLine(
  known: Conversion[],
  { row }: ClickState,
  tid: string,
  { set, ...told }: Wanted,
  { exchange, nowMs, showsMoney, offer }: ImportTerms & { showsMoney: boolean; offer: OfferTerms | undefined },
  subId: string,
): Planned {
  const money = exchange.into(rowCurrency(row, exchange), nowMs)
  const edit = (changes: object): ConversionEditEvent => ({
    ...{ kind: 'conversion_edit', subId, atMs: nowMs, ordinal: null, tid },
    set: { ...set, ...changes },
  })
  const first = applyConversionEdit(known, edit({}), 0, money)
  const fixed = first.outcome === 'created' && set.revenueMicros === undefined ? fixedPayoutOf(offer) : null
  const before = known.find(({ ordinal }) => ordinal === first.conversion?.ordinal) ?? null
  const isPaid = first.conversion !== null && isConfirmed(first.conversion)
  const atMs = happenedAtMs(told, Number(row.datetime ?? 0))
  // The time of the first report never moves (reference conversions-and-reports §3.2).
  const times =
    atMs === null
      ? {}
      : { ...(before ? {} : { postbackAtMs: atMs }), ...(isPaid && !before?.saleAtMs ? { saleAtMs: atMs } : {}) }
  if (Object.values(times).includes(BEFORE_THE_CLICK))
    return { event: null, after: known, outcome: 'refused', message: `datetime: ${beforeTheClick(row)}` }
  const isInItsCurrency = (set.revenueCurrency ?? exchange.base) === money.currency
  const amount = before && isInItsCurrency && isAsExported(before, set) ? { revenueMicros: undefined } : fixed
  const event = edit({ ...times, ...amount })
  const { conversion, others, outcome } = applyConversionEdit(known, event, 0, money)
  if (!conversion || (outcome !== 'created' && outcome !== 'updated'))
    return {
      event: null,
      after: known,
      outcome: 'refused',
      message: `another conversion of the click has the tid ${tid}`,
    }
  const after = afterwards(known, { stored: [...others, conversion], removed: [] })
  const message = inWords(before, conversion, showsMoney ? money.currency : null)
  if (message === null)
    return { event: null, after: known, outcome: 'unchanged', message: `already ${conversion.status} with this payout` }
  return { event, after, outcome, message }
}

const BEFORE_THE_CLICK = -1
const DAY_MS = 86_400_000

/** Seconds are what networks tell, so the second of the click is not before it. */
function happenedAtMs({ atMs, isDay }: Pick<Wanted, 'atMs' | 'isDay'>, clickAtMs: number): number | null {
  if (atMs === null || atMs >= clickAtMs) return atMs
  return atMs >= clickAtMs - (isDay ? DAY_MS : 1000) ? clickAtMs : BEFORE_THE_CLICK
}

/** Exports have four decimals: what comes back as it went out is no news, and keeps the amount it was converted from. */
const isAsExported = ({ revenueMicros }: Conversion, set: Wanted['set']): boolean =>
  set.revenueMicros === Math.round(microsToNumber(revenueMicros) * MICROS_PER_UNIT)

/** What changes, without amounts when there is no currency: they are not for everybody. Null: nothing does. */
function inWords(before: Conversion | null, after: Conversion, currency: string | null): string | null {
  const amount = currency === null ? '' : `${microsToDecimal(after.revenueMicros)} ${currency}`
  if (!before) return `new conversion: ${[after.status, amount].filter(Boolean).join(', ')}`
  const money = currency === null ? 'payout' : `${microsToDecimal(before.revenueMicros)} → ${amount}`
  const words = [
    ...(before.status === after.status ? [] : [`${before.status} → ${after.status}`]),
    ...(before.revenueMicros === after.revenueMicros ? [] : [money]),
  ]
  return words.length === 0 ? null : words.join('; ')
}
