import { compileCampaign } from '@trackyard/core/click/compile.ts'
import { clickFromRow, visitorFromRow } from '@trackyard/core/click/stored-click.ts'
import { decodeTrace } from '@trackyard/core/click/trace.ts'
import type { ClickRow } from '@trackyard/core/events/click-columns.ts'
import { microsToNumber } from '@trackyard/core/money.ts'
import { maySeeColumn } from '@trackyard/core/permissions.ts'
import { fail, ok, problem } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { ConversionState } from '../../stores/events/port.ts'
import { section } from '../auth/access.ts'
import { unrestricted } from '../auth/reach.ts'
import { loadBundle } from '../bundles.ts'
import { amountInBase } from '../ingest/click-money.ts'
import { guardEvents } from '../reports/ask-events.ts'
import { presentTime } from '../resources/present.ts'
import type { Route } from '../route.ts'
import { explainAnswer } from './explain-answer.ts'
import { allowedColumns, explainClick } from './explain-click.ts'
import { explainCost } from './explain-cost.ts'

/**
 * Why did this click go there? Told from what was stored with the click; what the campaign of today adds is told of what
 * was not changed since.
 */
export const explainRoute: Route = {
  method: 'GET',
  path: '/clicks/:sub_id/explain',
  description: 'Why a click went where it went: every stream and filter, the choices, and what came later',
  access: section('read', 'clicks'),
  answers: explainAnswer,
  async handle({ params, actor: { access } }, backend) {
    const { configStore: reader, eventStore } = backend
    const subId = (params.sub_id ?? '').toLowerCase()
    const loaded = await guardEvents(backend, async () => ({
      row: (await eventStore.loadStates([subId])).get(subId)?.row,
      conversions: (await eventStore.loadConversions([subId])).get(subId) ?? [],
    }))
    if (!loaded.ok) return loaded
    const { row, conversions } = loaded.value
    if (!row)
      return fail(
        problem('not_found', `There is no click ${subId}. A click is known at most two seconds after it came.`),
      )
    const exchange = await backend.currencies.exchange()
    const decided = await decidedBy(row, reader)
    const seesCost = maySeeColumn(access, 'cost')
    const inBase = (of: ClickRow, column: string): number => microsToNumber(amountInBase(of, column, exchange), 6)
    return ok({
      ...(await explainClick({ row, access, reader, decided })),
      cost: seesCost ? inBase(row, 'cost') : 0,
      cost_reason: seesCost ? explainCost(row, conversions, exchange, decided?.bundle.campaign.cost_auto) : '',
      events: eventsOf(allowedColumns(row, access), conversions),
      conversions: conversions.map(({ row: conversion }) => ({
        ...presentConversion(allowedColumns(conversion, access)),
        revenue: maySeeColumn(access, 'revenue') ? inBase(conversion, 'revenue') : 0,
      })),
    })
  },
}

/** The campaign as it is now; null when it is gone or does not compile any more. */
async function decidedBy(row: ClickRow, reader: ConfigReader) {
  const campaign = await reader.get('campaigns', Number(row.campaign_id ?? 0))
  if (!campaign) return null
  // Which streams and members stood for choice is part of the decision, seen by this user or not.
  const bundle = await loadBundle(unrestricted(reader), campaign)
  const compiled = compileCampaign(bundle)
  if (!compiled.ok) return null
  const visitor = visitorFromRow(row, decodeTrace(String(row.trace ?? '')))
  return { bundle, compiled: compiled.value, click: clickFromRow(row), visitor }
}

function eventsOf(row: ClickRow, conversions: readonly ConversionState[]) {
  const landingClickMs = Number(row.landing_clicked_datetime ?? 0)
  const events = conversions.map(({ row: { conversion_id, status, postback_datetime } }) => {
    return {
      atMs: Number(postback_datetime ?? 0),
      kind: 'conversion',
      conversion_id: String(conversion_id ?? ''),
      status: String(status ?? ''),
    }
  })
  const all =
    landingClickMs > 0
      ? [{ atMs: landingClickMs, kind: 'landing_click', offer_id: Number(row.offer_id ?? 0) }, ...events]
      : events
  return all
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, ...event }) => ({ datetime: presentTime(atMs), ...event }))
}

function presentConversion(row: ConversionState['row']) {
  const text = (column: string): string => String(row[column] ?? '')
  const time = (column: string): string | null => presentTime(Number(row[column] ?? 0)) || null
  return {
    conversion_id: text('conversion_id'),
    tid: text('tid'),
    status: text('status'),
    previous_status: text('previous_status'),
    original_status: text('original_status'),
    postback_datetime: time('postback_datetime'),
    sale_datetime: time('sale_datetime'),
    params: parsedParams(text('params')),
  }
}

/** Parameters are stored as JSON text by us; text that is none is shown as it is. */
export function parsedParams(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    return text
  }
}
