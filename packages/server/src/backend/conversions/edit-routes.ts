import { applyConversionEdit } from '@trackyard/core/conversion/apply-edit.ts'
import { mayChange, type StatusRef } from '@trackyard/core/conversion/custom-status.ts'
import { fixedPayoutOf } from '@trackyard/core/conversion/payout.ts'
import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import type { ConversionEditEvent } from '@trackyard/core/events/admin-event.ts'
import type { ClickRow, ConversionRow } from '@trackyard/core/events/click-columns.ts'
import { microsToNumber } from '@trackyard/core/money.ts'
import { maySeeColumn } from '@trackyard/core/permissions.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConversionState } from '../../stores/events/port.ts'
import { section } from '../auth/access.ts'
import type { Actor } from '../auth/actor.ts'
import { unrestricted } from '../auth/reach.ts'
import { findClick } from '../clicks/edit-routes.ts'
import { parsedParams } from '../clicks/explain.ts'
import type { Backend } from '../context.ts'
import { commitEvents } from '../events/commit.ts'
import { inTurn } from '../in-turn.ts'
import { amountInBase, rowCurrency } from '../ingest/click-money.ts'
import { fromConversionRow, toConversionRow } from '../ingest/conversion-row.ts'
import { guardEvents } from '../reports/ask-events.ts'
import { presentTime } from '../resources/present.ts'
import type { ApiRequest, Route } from '../route.ts'
import {
  asSent,
  beforeTheClick,
  CONVERSION_ALIASES,
  conversionFields,
  conversionTerms,
  newConversionFields,
  readConversion,
  withAliases,
} from './read-conversion.ts'

const time = (what: string) => z.string().nullable().describe(what)
const answers = z
  .object({
    conversion_id: z
      .string()
      .describe('Id of the conversion: the id of its click, a dash and its number on the click.'),
    click_id: z.string().describe('Click it belongs to.'),
    sub_id: z.string().describe('The same.'),
    campaign_id: z.int().describe('Campaign of the click.'),
    tid: z.string().describe('Transaction id.'),
    status: z.string().describe('Status now.'),
    previous_status: z.string().describe('Status before the last change, empty when there was none.'),
    original_status: z.string().describe('Status as it was sent.'),
    revenue: z.number().describe('Money of the conversion in the base currency.'),
    click_datetime: time('When the click came, UTC.'),
    postback_datetime: time('When the conversion was first reported, UTC.'),
    sale_datetime: time('When it first became a sale, UTC.'),
    params: z.unknown().describe('Everything received with it.'),
  })
  .partial()
  .describe('The conversion as it is now, as far as the user may see its columns.')

/**
 * Conversions set right by hand (reference admin-api §2.13, conversions-and-reports §4.3). Sent as new, they may not step
 * back from what is known, as scripts send again what they sent; an edit may make any status of any other.
 */
export const conversionEditRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/conversions',
    description:
      'Add a conversion to a click, or move on the one with this tid; without a tid the first one of the click is meant. Without an amount a new one gets the fixed payout of its offer. As with postbacks a sale does not become a lead again: PUT may',
    access: section('write', 'conversions'),
    accepts: newConversionFields,
    alsoReads: CONVERSION_ALIASES,
    answers,
    async handle(request, backend) {
      const { input } = request
      const given = withAliases(input)
      const read = readConversion(newConversionFields, given, await conversionTerms(backend))
      if (!read.ok) return fail(...asSent(read.problems, input))
      const { click_id, tid = '' } = read.value.fields
      return inTurn(turnOf(click_id), async () => {
        const click = await findClick(click_id, backend)
        if (!click.ok) return click
        return change(request, backend, click.value, { ordinal: null, tid, set: { ...read.value.set, tid: undefined } })
      })
    },
  },
  {
    method: 'PUT',
    path: '/conversions/:conversion_id',
    description: 'Change the given fields of a conversion; every status may become any other',
    access: section('write', 'conversions'),
    accepts: conversionFields,
    alsoReads: CONVERSION_ALIASES,
    answers,
    // Two that give the same tid at the same time: the second must see what the first did.
    handle: (request, backend) => inTurn(turnOf(request.params.conversion_id), () => changeOne(request, backend)),
  },
  {
    method: 'DELETE',
    path: '/conversions/:conversion_id',
    description:
      'Remove a conversion; the sums of its click follow. A postback that comes later makes a new one: to keep it out set the status rejected',
    access: section('write', 'conversions'),
    answers: z.object({ success: z.literal(true).describe('The conversion is removed.') }),
    handle: (request, backend) =>
      inTurn(turnOf(request.params.conversion_id), async () => {
        const found = await findConversion(request.params.conversion_id, backend)
        if (!found.ok) return found
        const { click, ordinal } = found.value
        const removed = await change(request, backend, click, { ordinal, tid: '', set: null })
        return removed.ok ? ok({ success: true }) : removed
      }),
  },
]

async function changeOne(request: ApiRequest, backend: Backend): Promise<Result<unknown>> {
  const found = await findConversion(request.params.conversion_id, backend)
  if (!found.ok) return found
  const read = readConversion(conversionFields, withAliases(request.input), await conversionTerms(backend))
  if (!read.ok) return fail(...asSent(read.problems, request.input))
  const { click, ordinal, conversions } = found.value
  const { set } = read.value
  const twin = conversions.find(
    ({ row }) => set.tid !== undefined && (row.tid ?? '') === set.tid && ordinalOf(row) !== ordinal,
  )
  if (twin) {
    const message = `Conversion ${twin.row.conversion_id} of this click has the tid "${set.tid}" already: choose another`
    return fail(problem('validation', message, 'tid'))
  }
  if (Object.values(set).every((value) => value === undefined)) {
    request.hint('Nothing was changed: send status, revenue, tid, postback_datetime, sale_datetime or params.')
    const current = conversions.find(({ row }) => ordinalOf(row) === ordinal)
    return ok(present(current?.row ?? {}, await backend.currencies.exchange(), request.actor))
  }
  return change(request, backend, click, { ordinal, tid: '', set })
}

/** Changes of one click take turns. */
const turnOf = (id: string | undefined): string => (id ?? '').trim().toLowerCase().split('-')[0] ?? ''

interface FoundClick {
  readonly subId: string
  readonly row: ClickRow
}

async function change(
  request: ApiRequest,
  backend: Backend,
  { subId, row }: FoundClick,
  edit: Pick<ConversionEditEvent, 'ordinal' | 'tid' | 'set'>,
): Promise<Result<unknown>> {
  const stored = await loadConversions(subId, backend)
  if (!stored.ok) return stored
  const exchange = await backend.currencies.exchange()
  const atMs = backend.clock.nowMs()
  const money = exchange.into(rowCurrency(row, exchange), atMs)
  const conversions = inOrder(stored.value)
  const given: ConversionEditEvent = { kind: 'conversion_edit', subId, atMs, ...edit }
  const isNew = applyConversionEdit(conversions, given, 0, money).outcome === 'created'
  const event = isNew ? await withFixedPayout(given, row, backend) : given
  // What ingest will make of it, unless something else happens to the click meanwhile.
  const { conversion } = applyConversionEdit(conversions, event, 0, money)
  const after = conversion ? toConversionRow(row, conversion) : null
  const before = stored.value.find((one) => one.row.conversion_id === after?.conversion_id)?.row ?? null
  const known = conversions.find(({ ordinal }) => ordinal === conversion?.ordinal)
  if (edit.ordinal === null && before && known && conversion && isStepBack(known, conversion)) {
    const way = `PUT /conversions/${before.conversion_id} may change it to anything`
    request.hint(`Nothing was changed: a ${known.status} does not become a ${conversion.status} again. ${way}.`)
    return ok(present(before, exchange, request.actor))
  }
  const done = await commitEvents(
    request,
    backend,
    [event],
    [
      {
        action: edit.set === null ? 'delete' : before ? 'update' : 'create',
        ...{ kind: 'conversions', entityId: 0 },
        ...{
          before: before && present(before, exchange),
          after: edit.set === null || !after ? null : present(after, exchange),
        },
      },
    ],
  )
  if (!done.ok) return done
  const clickSecond = Math.floor(Number(row.datetime ?? 0) / 1000) * 1000
  for (const [name, taken] of Object.entries({
    postback_datetime: edit.set?.postbackAtMs,
    sale_datetime: edit.set?.saleAtMs,
  }))
    if (taken !== undefined && taken < clickSecond)
      request.hint(`${name}: ${beforeTheClick(row)}. It was taken as it is.`)
  const [position] = done.value.positions
  const now = done.value.isStored ? await loadConversions(subId, backend) : stored
  const changed = now.ok ? now.value.find(({ version }) => version === position)?.row : undefined
  // Somebody else, or the network itself, was faster.
  if (done.value.isStored && now.ok && edit.set?.tid && !changed)
    return fail(problem('validation', `Another conversion of this click has the tid "${edit.set.tid}" now`, 'tid'))
  return ok(present(changed ?? after ?? {}, exchange, request.actor))
}

const isStepBack = (known: StatusRef, next: StatusRef): boolean =>
  known.status !== next.status && !mayChange(known, next)

/** Postbacks of the offer would carry it as well (reference conversions-and-reports §3.5). */
async function withFixedPayout(
  event: ConversionEditEvent,
  click: ClickRow,
  { configStore }: Backend,
): Promise<ConversionEditEvent> {
  const { set } = event
  if (!set || set.revenueMicros !== undefined) return event
  const fixed = fixedPayoutOf(await unrestricted(configStore).get('offers', Number(click.offer_id ?? 0)))
  return fixed ? { ...event, set: { ...set, ...fixed } } : event
}

async function findConversion(
  id: string | undefined,
  backend: Backend,
): Promise<Result<{ click: FoundClick; ordinal: number; conversions: readonly ConversionState[] }>> {
  const [, subId = '', number = ''] = /^([a-z0-9]{1,50})-(\d{1,9})$/.exec((id ?? '').trim().toLowerCase()) ?? []
  const unknown = fail(
    problem('not_found', `There is no conversion ${id}: its id is that of the click, a dash and a number.`),
  )
  if (subId === '') return unknown
  const click = await findClick(subId, backend)
  if (!click.ok) return click.problems.some(({ code }) => code === 'not_found') ? unknown : click
  const conversions = await loadConversions(subId, backend)
  if (!conversions.ok) return conversions
  const ordinal = Number(number)
  return conversions.value.some(({ row }) => ordinalOf(row) === ordinal)
    ? ok({ click: click.value, ordinal, conversions: conversions.value })
    : unknown
}

async function loadConversions(subId: string, backend: Backend): Promise<Result<readonly ConversionState[]>> {
  const loaded = await guardEvents(backend, () => backend.eventStore.loadConversions([subId]))
  return loaded.ok ? ok(loaded.value.get(subId) ?? []) : loaded
}

const inOrder = (states: readonly ConversionState[]) =>
  states.map(fromConversionRow).sort((a, b) => a.ordinal - b.ordinal)

const ordinalOf = (row: ConversionRow): number => Number(String(row.conversion_id ?? '').split('-')[1])

/** For the audit log, which administrators read, without an actor: every column. */
function present(row: ConversionRow, exchange: Exchange, actor?: Actor): Record<string, unknown> {
  const text = (column: string): string => String(row[column] ?? '')
  const moment = (column: string): string | null => presentTime(Number(row[column] ?? 0)) || null
  const all = {
    conversion_id: text('conversion_id'),
    click_id: text('sub_id'),
    sub_id: text('sub_id'),
    campaign_id: Number(row.campaign_id ?? 0),
    tid: text('tid'),
    status: text('status'),
    previous_status: text('previous_status'),
    original_status: text('original_status'),
    revenue: microsToNumber(amountInBase(row, 'revenue', exchange), 6),
    click_datetime: moment('datetime'),
    postback_datetime: moment('postback_datetime'),
    sale_datetime: moment('sale_datetime'),
    params: parsedParams(text('params')),
  }
  const isShown = (name: string): boolean =>
    ALWAYS_TOLD.has(name) || actor === undefined || maySeeColumn(actor.access, name)
  return Object.fromEntries(Object.entries(all).filter(([name]) => isShown(name)))
}
const ALWAYS_TOLD: ReadonlySet<string> = new Set(['conversion_id', 'click_id', 'sub_id', 'campaign_id', 'status'])
