import { PARAMETER_SLOTS } from '../click/click.ts'
import type { FilterReview } from '../click/review.ts'
import type { StreamFilter } from '../entities/index.ts'
import { quoted } from '../plain-words.ts'
import { filters } from './index.ts'
import { payloadWords } from './payload-words.ts'

/** What a filter compared, in words: `visitor` is null when the click does not keep it or it may not be told. */
export interface Comparison {
  readonly visitor: string | null
  readonly wanted: string
}

/** Reads a column of the stored click: nothing when the column is empty, null when it may not be told. */
export type ReadColumn = (column: string) => string | number | null | undefined

/**
 * Reads what a filter of one stream compared. Whether a visit was the first to a stream the click keeps of the stream
 * that took it alone (`isTaken`); of any other the filter's own answer tells.
 */
export const readFor =
  (read: ReadColumn, mode: StreamFilter['mode'], verdict: FilterReview['verdict'], isTaken: boolean): ReadColumn =>
  (column) => {
    const value = read(column)
    if (column !== 'is_unique_stream' || value === null || isTaken) return value
    return verdict === 'not_asked' ? null : Number((verdict === 'passed') === (mode === 'accept'))
  }

/** What a filter compared with what. */
export function describeComparison({ name, mode, payload }: StreamFilter, read: ReadColumn): Comparison {
  const def = Object.hasOwn(filters, name) ? filters[name] : undefined
  const params = def?.params.safeParse(payload)
  const asked = params?.success ? def?.asksFor?.(params.data) : undefined
  const column = def?.column ?? (params?.success ? def?.columnOf?.(params.data) : undefined)
  const value = column === undefined ? null : read(column)
  const wanted = asked ?? payloadWords(name, payload)
  return {
    visitor: column === undefined || value === null ? null : visitorWords(column, value),
    wanted: mode === 'accept' ? wanted : `anything but ${wanted}`,
  }
}

/** `visitor PL, wanted US or CA`. */
export const comparisonText = ({ visitor, wanted }: Comparison): string =>
  visitor === null ? `wanted ${wanted}` : `visitor ${visitor}, wanted ${wanted}`

/** Columns whose emptiness is no lack of knowledge: there was none. */
const NONE_WHEN_EMPTY: ReadonlySet<string> = new Set([
  ...PARAMETER_SLOTS,
  ...['referrer', 'search_engine', 'x_requested_with'],
])

const FLAG_WORDS: Readonly<Record<string, readonly [no: string, yes: string]>> = {
  is_bot: ['no bot', 'a bot'],
  is_datacenter: ['no data centre', 'a data centre'],
  is_using_proxy: ['no proxy', 'a proxy'],
  is_unique_stream: ['a repeated visit', 'a first visit'],
  is_unique_campaign: ['a repeated visit', 'a first visit'],
  is_unique_global: ['a repeated visit', 'a first visit'],
}

/** A value of a stored click as people read it; empty ones are `unknown` or `none`. */
export function visitorWords(column: string, value: string | number | undefined): string {
  const flag = FLAG_WORDS[column]
  if (flag) return flag[Number(value ?? 0) === 1 ? 1 : 0]
  if (value === undefined || value === '' || value === 0) return NONE_WHEN_EMPTY.has(column) ? 'none' : 'unknown'
  if (column === 'datetime') return `${new Date(Number(value)).toISOString().slice(0, 19).replace('T', ' ')} UTC`
  return quoted(String(value))
}
