import { MICROS_PER_UNIT, microsToNumber } from '@trackyard/core/money.ts'

/** How single values are written where the dialects differ. They start from the modern form. */

export type Shown = Readonly<Record<string, unknown>>

/** Money as text with four decimals: `0.0200`; nothing is `0.0000`. */
export const moneyText = (amount: unknown): string =>
  microsToNumber(Math.round(Number(amount ?? 0) * MICROS_PER_UNIT), 4).toFixed(4)

/** A time as PHP prints its date objects. */
export const phpDate = (time: unknown) => ({ date: `${time}.000000`, timezone_type: 3, timezone: 'UTC' })

/** Empty text is null. */
export const textOrNull = (text: unknown): unknown => (text === '' ? null : text)

/** A list of codes as text, null when there is none. */
export const codesOrNull = (codes: unknown): string | null =>
  Array.isArray(codes) && codes.length > 0 ? codes.join(',') : null

/** Filters say `allow` and do not name themselves twice. */
export const filters2017 = (filters: unknown): Shown[] =>
  rowsOf(filters).map(({ oid: _oid, mode, ...filter }) => ({ ...filter, mode: mode === 'accept' ? 'allow' : mode }))

/** Streams without landing pages have a schema of their own. */
export const schema2017 = ({ schema, landings, offers }: Shown): unknown =>
  schema === 'landings' && rowsOf(landings).length === 0 && rowsOf(offers).length > 0 ? 'offers' : schema

const rowsOf = (list: unknown): readonly Shown[] => (Array.isArray(list) ? list : [])
