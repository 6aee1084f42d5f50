import { clickColumns, conversionColumns } from '@trackyard/core/events/click-columns.ts'
import type { Occasion } from '@trackyard/core/postbacks/outgoing-postbacks.ts'

/** Sums say nothing about one conversion, and the trace is long; macros print what the click cost. */
const CLICK_COLUMNS: ReadonlySet<string> = new Set(
  Object.entries(clickColumns).flatMap(([name, def]) =>
    (def.summed && !name.startsWith('cost')) || name === 'trace' ? [] : [name],
  ),
)
const CONVERSION_COLUMNS: ReadonlySet<string> = new Set(
  Object.keys(conversionColumns).filter((name) => name !== 'params' && name !== 'facts'),
)

/** A conversion and its click in the form the queue keeps: what postbacks can tell of them, and nothing that is empty. */
export const writeOccasion = ({ click, conversion }: Occasion): string =>
  JSON.stringify({ click: picked(click, CLICK_COLUMNS), conversion: picked(conversion, CONVERSION_COLUMNS) })

/** What `writeOccasion` wrote; another release may have written what cannot be read, and that says nothing. */
export function readOccasion(text: string): Occasion | null {
  try {
    const parsed: unknown = JSON.parse(text)
    const { click, conversion } = isRecord(parsed) ? parsed : {}
    return isRow(click) && isRow(conversion) ? { click, conversion } : null
  } catch {
    return null
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isRow = (value: unknown): value is Occasion['click'] =>
  isRecord(value) && Object.values(value).every((one) => typeof one === 'string' || typeof one === 'number')

function picked(row: Occasion['click'], columns: ReadonlySet<string>): Record<string, string | number> {
  const kept: Record<string, string | number> = {}
  for (const name in row) {
    const value = row[name]
    if (value !== undefined && value !== '' && value !== 0 && columns.has(name)) kept[name] = value
  }
  return kept
}
