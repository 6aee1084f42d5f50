import { PARAMETER_SLOTS } from '@trackyard/core/click/click.ts'
import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import { price, text } from '@trackyard/core/entities/fields.ts'
import type { ClickRow } from '@trackyard/core/events/click-columns.ts'
import { microsToNumber } from '@trackyard/core/money.ts'
import { maySeeColumn } from '@trackyard/core/permissions.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { section } from '../auth/access.ts'
import type { Actor } from '../auth/actor.ts'
import type { Backend } from '../context.ts'
import { commitEvents } from '../events/commit.ts'
import { readInput } from '../http/read-input.ts'
import { amountInBase, moneyColumns } from '../ingest/click-money.ts'
import { guardEvents } from '../reports/ask-events.ts'
import { rateProblems } from '../resources/currency.ts'
import { presentTime } from '../resources/present.ts'
import type { Route } from '../route.ts'
import { currencyField } from './fields.ts'

const slotFields = Object.fromEntries(
  PARAMETER_SLOTS.map((slot) => [slot, text().optional().describe(`New value of ${slot}; empty text clears it.`)]),
)
const accepts = z.object({
  ...slotFields,
  cost: price().optional().describe('What the click costs from now on, in `currency`.'),
  currency: currencyField,
})
const answers = z
  .looseObject({
    sub_id: z.string().describe('Id of the click.'),
    campaign_id: z.int().describe('Campaign of the click.'),
    datetime: z.string().describe('When the click came, UTC.'),
    cost: z.number().optional().describe('What it costs, in the base currency.'),
  })
  .describe('The click after the change, with every parameter that holds something.')

/** Single clicks changed by hand (reference admin-api §2.12; bodies are ours, as no source shows them). */
export const clickEditRoutes: readonly Route[] = [
  {
    method: 'PUT',
    path: '/clicks/:sub_id',
    description: 'Change parameters or cost of a click; fields that are not sent stay as they are',
    access: section('write', 'clicks'),
    accepts,
    answers,
    async handle(request, backend) {
      const { params, input, actor } = request
      const found = await findClick(params.sub_id, backend)
      if (!found.ok) return found
      const { subId, row } = found.value
      const read = readInput(accepts, input)
      if (!read.ok) return read
      const { cost, currency, ...values } = read.value
      const exchange = await backend.currencies.exchange()
      const atMs = backend.clock.nowMs()
      const foreign = rateProblems('currency', currency ?? null, cost ?? null, { exchange, nowMs: atMs })
      if (foreign.length > 0) return fail(...foreign)
      // What the store says already is taken down too: a change that is on its way to it may say otherwise.
      const slots = Object.fromEntries(
        PARAMETER_SLOTS.flatMap((slot) => {
          const value = Object.entries(values).find(([name]) => name === slot)?.[1]
          return typeof value === 'string' ? [[slot, value] as const] : []
        }),
      )
      const costMicros = cost ?? null
      if (costMicros === null && Object.keys(slots).length === 0) {
        request.hint('Nothing was changed: send sub_id_1 to sub_id_30, keyword, source or another parameter, or cost.')
        return ok(presentClick(row, exchange, actor))
      }
      const costCurrency = currency ?? exchange.base
      const columns = costMicros === null ? {} : moneyColumns('cost', costMicros, costCurrency, row, exchange, atMs)
      const changed: ClickRow = { ...row, ...slots, ...columns }
      const priced = costMicros === null ? {} : { costCurrency }
      const event = { kind: 'click_edit', subId, atMs, slots, costMicros, ...priced } as const
      const touched = Object.keys({ ...slots, ...(costMicros === null ? {} : { cost: costMicros }) }).filter(
        (name) => String(row[name] || '') !== String(changed[name] || ''),
      )
      const [before, after] = [shown(row, touched), shown(changed, touched)]
      const note = { action: 'update', kind: 'clicks', entityId: 0, before, after } as const
      const done = await commitEvents(request, backend, [event], [note])
      return done.ok ? ok(presentClick(changed, exchange, actor)) : done
    },
  },
  {
    method: 'DELETE',
    path: '/clicks/:sub_id',
    description: 'Remove a click and its conversions for good',
    access: section('write', 'clicks'),
    answers: z.object({ success: z.literal(true).describe('The click is removed.') }),
    async handle(request, backend) {
      const found = await findClick(request.params.sub_id, backend)
      if (!found.ok) return found
      const { subId, row } = found.value
      const event = { kind: 'click_removal', subId, atMs: backend.clock.nowMs() } as const
      const before = shown(row, ['campaign_id', 'datetime', 'cost', 'lead_revenue', 'sale_revenue'])
      const note = { action: 'delete', kind: 'clicks', entityId: 0, before, after: null } as const
      const done = await commitEvents(request, backend, [event], [note])
      return done.ok ? ok({ success: true }) : done
    },
  },
]

/** A click that the user may see. */
export async function findClick(
  id: string | undefined,
  backend: Backend,
): Promise<Result<{ readonly subId: string; readonly row: ClickRow }>> {
  const subId = (id ?? '').trim().toLowerCase()
  const states = await guardEvents(backend, () => backend.eventStore.loadStates([subId]))
  if (!states.ok) return states
  const row = states.value.get(subId)?.row
  return row
    ? ok({ subId, row })
    : fail(problem('not_found', `There is no click ${subId}. A click is known at most two seconds after it came.`))
}

function presentClick(row: ClickRow, exchange: Exchange, { access }: Actor): Record<string, unknown> {
  const kept = PARAMETER_SLOTS.filter((slot) => row[slot] && maySeeColumn(access, slot))
  return {
    sub_id: row.sub_id,
    campaign_id: Number(row.campaign_id ?? 0),
    datetime: presentTime(Number(row.datetime ?? 0)),
    ...(maySeeColumn(access, 'cost') ? { cost: microsToNumber(amountInBase(row, 'cost', exchange), 6) } : {}),
    ...Object.fromEntries(kept.map((slot) => [slot, row[slot]])),
  }
}

/** Some columns of a click for the audit log, readable. */
const shown = (row: ClickRow, columns: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    ['sub_id', ...columns].map((name) => {
      const value = row[name] ?? ''
      if (name === 'datetime') return [name, presentTime(Number(value))]
      return [name, /cost|revenue/.test(name) ? microsToNumber(Number(value), 6) : value]
    }),
  )
