import type { Conversion } from '@trackyard/core/conversion/apply-postback.ts'
import { isStatus } from '@trackyard/core/conversion/statuses.ts'
import { type ClickRow, type ConversionRow, clickColumns } from '@trackyard/core/events/click-columns.ts'
import { z } from 'zod'
import type { ConversionState } from '../../stores/events/port.ts'

/** Columns of the click that a conversion row repeats, so that the conversion log needs no join. */
const COPIED = Object.entries(clickColumns).flatMap(([name, def]) =>
  def.summed || name === 'trace' || name === 'roll' ? [] : [name],
)

/** The conversion that carries the cost of its click. */
export const FIRST = 1

export function toConversionRow(click: ClickRow, conversion: Conversion): ConversionRow {
  const row: Record<string, string | number> = {}
  for (const name of COPIED) {
    const value = click[name]
    if (value !== undefined) row[name] = value
  }
  row.conversion_id = `${click.sub_id}-${conversion.ordinal}`
  row.tid = conversion.tid
  row.status = conversion.status
  row.previous_status = conversion.previousStatus
  row.original_status = conversion.originalStatus
  row.revenue = conversion.revenueMicros
  // Once only, else sums over conversions would hold the cost of a click with rebills several times.
  row.conversion_cost = conversion.ordinal === FIRST ? Number(click.cost ?? 0) : 0
  row.postback_datetime = conversion.postbackAtMs
  row.sale_datetime = conversion.saleAtMs
  row.params = JSON.stringify(conversion.params)
  return row
}

const paramsSchema = z.record(z.string(), z.string())

export function fromConversionRow({ row, version }: ConversionState): Conversion {
  const text = (name: string): string => String(row[name] ?? '')
  const status = text('status')
  const previous = text('previous_status')
  return {
    ordinal: Number(text('conversion_id').split('-')[1]),
    tid: text('tid'),
    // Only ingest writes this table, so another word means damage; a lead holds no confirmed money.
    status: isStatus(status) ? status : 'lead',
    previousStatus: isStatus(previous) ? previous : '',
    originalStatus: text('original_status'),
    revenueMicros: Number(row.revenue ?? 0),
    postbackAtMs: Number(row.postback_datetime ?? 0),
    saleAtMs: Number(row.sale_datetime ?? 0),
    params: readParams(text('params')),
    seq: version,
  }
}

function readParams(text: string): Record<string, string> {
  const parsed = text === '' ? null : paramsSchema.safeParse(JSON.parse(text))
  return parsed?.success ? parsed.data : {}
}
