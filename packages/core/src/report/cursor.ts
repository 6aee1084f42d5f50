import type { Binder } from './binder.ts'
import { direction } from './scope.ts'

/** What rows are put in order by: SQL and which way. */
export interface SortKey {
  /** As the request has it. */
  readonly name: string
  readonly sql: string
  readonly descending: boolean
}

const FORMAT = /^[\w-]{1,8000}$/

/** Where a page ended, as text that says which order it is a place in. */
export const cursorOf = (keys: readonly SortKey[], values: readonly string[]): string =>
  toBase64(JSON.stringify([orderOf(keys), ...values]))

/** The values of the keys where a page ended; null when the text is no place in this order. */
export function readCursor(cursor: string, keys: readonly SortKey[]): readonly string[] | null {
  if (!FORMAT.test(cursor)) return null
  try {
    const parsed: unknown = JSON.parse(fromBase64(cursor))
    if (!Array.isArray(parsed) || !parsed.every((one) => typeof one === 'string')) return null
    const [order, ...values] = parsed
    return order === orderOf(keys) && values.length === keys.length ? values : null
  } catch {
    return null
  }
}

/** Columns that tell where a page ends, and what they say of its last row. */
export const placeColumns = (keys: readonly SortKey[]): string[] =>
  keys.map(({ sql }, i) => `toString(${sql}) AS ${placeAlias(i)}`)
export const placeOf = (keys: readonly SortKey[], row: Readonly<Record<string, unknown>>): string[] =>
  keys.map((_, i) => String(row[placeAlias(i)] ?? ''))
const placeAlias = (i: number): string => `k${i}`

/** Holds for the rows after a place. The first key is compared by itself as well: the store finds rows by it. */
export function afterSql(keys: readonly SortKey[], values: readonly string[], binder: Binder): string {
  // Each value is read as what its key is, whatever type that has.
  const bound = keys.map(({ sql }, i) => `CAST(${binder.bind('String', values[i] ?? '')}, toTypeName(${sql}))`)
  const beyond = ({ sql, descending }: SortKey, i: number): string => `${sql} ${descending ? '<' : '>'} ${bound[i]}`
  const cases = keys.map((key, i) =>
    [...keys.slice(0, i).map(({ sql }, j) => `${sql} = ${bound[j]}`), beyond(key, i)].join(' AND '),
  )
  const [first] = keys
  const from = first ? `${first.sql} ${first.descending ? '<=' : '>='} ${bound[0]} AND ` : ''
  return `(${from}(${cases.map((one) => `(${one})`).join(' OR ')}))`
}

const orderOf = (keys: readonly SortKey[]): string =>
  keys.map(({ name, descending }) => `${name} ${direction(descending)}`).join(', ')

/** Safe in addresses. */
const toBase64 = (text: string): string =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
const fromBase64 = (text: string): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0)),
  )
