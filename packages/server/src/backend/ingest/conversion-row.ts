import { canonicalJson } from '@trackyard/core/conversion/canonical-json.ts'
import type { Conversion } from '@trackyard/core/conversion/conversion.ts'
import { type CustomStatus, customStatus } from '@trackyard/core/conversion/custom-status.ts'
import { parseFacts, writeFacts } from '@trackyard/core/conversion/facts.ts'
import { isStatus } from '@trackyard/core/conversion/statuses.ts'
import type { Charge } from '@trackyard/core/costs/charge.ts'
import { originalColumns, readOriginal } from '@trackyard/core/currency/originals.ts'
import { type ClickRow, type ConversionRow, clickColumns } from '@trackyard/core/events/click-columns.ts'
import { z } from 'zod'
import type { ConversionState } from '../../stores/events/port.ts'

/** Columns of the click that a conversion row repeats, so that the conversion log needs no join. */
const COPIED: ReadonlySet<string> = new Set(
  Object.entries(clickColumns).flatMap(([name, def]) =>
    def.summed || name === 'trace' || name === 'roll' ? [] : [name],
  ),
)

/** The conversion that carries what its click cost besides. */
export const FIRST = 1

/** `ownCostMicros`: what the click cost besides what was charged for its conversions; without it, that of the row. */
export function toConversionRow(
  click: ClickRow,
  conversion: Conversion,
  charge?: Charge,
  ownCostMicros?: number,
): ConversionRow {
  const row: Record<string, string | number> = {}
  for (const name in click) {
    const value = click[name]
    if (value !== undefined && COPIED.has(name)) row[name] = value
  }
  Object.assign(row, toToldRow(click, conversion, charge, ownCostMicros))
  row.params = canonicalJson(conversion.params)
  row.facts = writeFacts(conversion.facts)
  return row
}

/** The columns that are a conversion's own, without what was received: what postbacks of ours tell. */
export const toToldRow = (
  click: ClickRow,
  conversion: Conversion,
  { charged, settled }: Charge = { charged: 0, settled: 0 },
  ownCostMicros = Number(click.cost ?? 0) - charged,
): ConversionRow => ({
  conversion_id: `${click.sub_id}-${conversion.ordinal}`,
  tid: conversion.tid,
  status: conversion.status,
  custom_group: conversion.custom?.group ?? '',
  custom_counts: conversion.custom?.counts ? 1 : 0,
  custom_slot: conversion.custom?.slot ?? 0,
  previous_status: conversion.previousStatus,
  original_status: conversion.originalStatus,
  revenue: conversion.revenueMicros,
  ...originalColumns('revenue', conversion.original),
  // Once only, else sums over conversions would hold the cost of a click with rebills several times.
  conversion_cost: charged + (conversion.ordinal === FIRST ? ownCostMicros : 0),
  charged,
  settled,
  postback_datetime: conversion.postbackAtMs,
  sale_datetime: conversion.saleAtMs,
})

export const readCharge = ({ row }: ConversionState): Charge => ({
  charged: Number(row.charged ?? 0),
  settled: Number(row.settled ?? 0),
})

const paramsSchema = z.record(z.string(), z.string())

export function fromConversionRow({ row, version }: ConversionState): Conversion {
  const text = (name: string): string => String(row[name] ?? '')
  const status = text('status')
  const custom = readCustom(row)
  return {
    ordinal: Number(text('conversion_id').split('-')[1]),
    tid: text('tid'),
    // Only ingest writes this table, so another word means damage; a lead holds no confirmed money.
    status: isStatus(status) || custom ? status : 'lead',
    custom,
    previousStatus: text('previous_status'),
    originalStatus: text('original_status'),
    revenueMicros: Number(row.revenue ?? 0),
    original: readOriginal('revenue', row),
    postbackAtMs: Number(row.postback_datetime ?? 0),
    saleAtMs: Number(row.sale_datetime ?? 0),
    params: readParams(text('params')),
    facts: parseFacts(text('facts')),
    seq: version,
  }
}

function readCustom({ status = '', custom_group: group = '', ...row }: ConversionRow): CustomStatus | null {
  if (group === '') return null
  const counts = Number(row.custom_counts ?? 0) === 1
  return customStatus.safeParse({ name: status, group, counts, slot: Number(row.custom_slot ?? 0) }).data ?? null
}

function readParams(text: string): Record<string, string> {
  const parsed = text === '' ? null : paramsSchema.safeParse(JSON.parse(text))
  return parsed?.success ? parsed.data : {}
}
