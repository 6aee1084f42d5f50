import { applyConversionEdit } from '@trackyard/core/conversion/apply-edit.ts'
import { afterwards, type Conversion } from '@trackyard/core/conversion/conversion.ts'
import { isConfirmed, statusRefOf } from '@trackyard/core/conversion/custom-status.ts'
import type { ImportLine } from '@trackyard/core/conversion/import-line.ts'
import { isCurrencyCode } from '@trackyard/core/currency/codes.ts'
import type { ConversionEditEvent } from '@trackyard/core/events/admin-event.ts'
import { isSubId } from '@trackyard/core/events/sub-id.ts'
import { microsToDecimal, parseMoney } from '@trackyard/core/money.ts'
import { maySeeColumn } from '@trackyard/core/permissions.ts'
import { parseMoment } from '@trackyard/core/report/range.ts'
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
import { type ConversionTerms, oneOfStatuses } from './read-conversion.ts'

/** A line and where it was. A text is why it could not be read. */
export interface NumberedLine {
  readonly line: number
  readonly read: ImportLine | string
}

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
    const planned = planLine(known, click, read.tid, wanted, { ...terms, showsMoney }, subId)
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
  const atMs = line.datetime === '' ? null : (parseMoment(line.datetime, timeZone)?.startMs ?? Number.NaN)
  if (atMs !== null && !(atMs >= 0 && atMs <= nowMs))
    return `datetime ${line.datetime.slice(0, 100)}: must be a date such as 2026-02-03 14:05:09 that is not in the future`
  const set = {
    status: ref.status,
    ...(ref.custom ? { custom: ref.custom } : {}),
    originalStatus: line.status || 'sale',
    ...(micros === null ? {} : { revenueMicros: micros, ...(currency === '' ? {} : { revenueCurrency: currency }) }),
  }
  return { set, atMs }
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
  { set, atMs }: Wanted,
  { exchange, nowMs, showsMoney }: ImportTerms & { readonly showsMoney: boolean },
  subId: string,
): Planned {
  const money = exchange.into(rowCurrency(row, exchange), nowMs)
  const edit = (times: object): ConversionEditEvent => ({
    ...{ kind: 'conversion_edit', subId, atMs: nowMs, ordinal: null, tid },
    set: { ...set, ...times },
  })
  const first = applyConversionEdit(known, edit({}), 0, money)
  const before = known.find(({ ordinal }) => ordinal === first.conversion?.ordinal) ?? null
  const isPaid = first.conversion !== null && isConfirmed(first.conversion)
  // The time of the first report never moves (reference conversions-and-reports §3.2).
  const times =
    atMs === null
      ? {}
      : { ...(before ? {} : { postbackAtMs: atMs }), ...(isPaid && !before?.saleAtMs ? { saleAtMs: atMs } : {}) }
  const event = edit(times)
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
