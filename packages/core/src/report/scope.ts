import { ok, type Result } from '../result.ts'
import { Binder } from './binder.ts'
import type { ReportContext } from './context.ts'
import type { DimensionDef, DimensionScope } from './dimension.ts'
import { nameRanks } from './dimensions-named.ts'
import type { ReportQuery } from './query.ts'
import { resolveRange, type TimeRange } from './range.ts'

/** Text with typed places and the values that go there. */
export interface Statement {
  readonly sql: string
  readonly params: Readonly<Record<string, unknown>>
}

export interface PlanScope extends DimensionScope {
  readonly range: TimeRange
}

/** Everything the parts of one statement share: its values, zone and range; `grouped` names what it groups by or lists. */
export function openScope(
  query: Pick<ReportQuery, 'range'>,
  grouped: readonly string[],
  context: ReportContext,
): Result<PlanScope> {
  const range = resolveRange(query.range ?? { interval: 'all_time' }, context)
  if (!range.ok) return range
  const binder = new Binder()
  const { timeZone } = range.value
  const tz = (): string => binder.once('tz', 'String', () => timeZone)
  return ok({ binder, context, timeZone, range: range.value, tz, dated: () => 'datetime', grouped })
}

/** What every statement is restricted to: its time range and the campaigns its reader may see. */
export const boundaries = (scope: PlanScope, timeColumn: string): string[] => [
  ...timeBounds(scope, timeColumn),
  ...readerBounds(scope),
]

export const readerBounds = ({ binder, context }: PlanScope): string[] =>
  context.campaignIds ? [`campaign_id IN ${binder.bind('Array(UInt32)', [...context.campaignIds])}`] : []

export function timeBounds({ binder, range }: PlanScope, timeColumn: string): string[] {
  const parts: string[] = []
  if (range.fromMs !== null) parts.push(`${timeColumn} >= ${binder.bind(MOMENT, momentText(range.fromMs))}`)
  if (range.toMs !== null) parts.push(`${timeColumn} < ${binder.bind(MOMENT, momentText(range.toMs))}`)
  return parts
}

/** What a dimension is sorted by: its name where it has one, else its key. `key` is SQL or an alias of it. */
export function sortSql(def: DimensionDef, key: string, { binder, context }: DimensionScope): string {
  if (!def.labels) return key
  const { keys, ranks } = nameRanks(def.labels, context)
  if (keys.length === 0) return key
  const type = def.labels.keyType
  return `transform(${key}, ${binder.bind(`Array(${type})`, keys)}, ${binder.bind('Array(UInt32)', ranks)}, toUInt32(4294967295))`
}

export const whereSql = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `\nWHERE ${conditions.join('\n  AND ')}`
export const direction = (descending: boolean): 'ASC' | 'DESC' => (descending ? 'DESC' : 'ASC')

const MOMENT = "DateTime64(3, 'UTC')"
const momentText = (atMs: number): string =>
  new Date(Math.min(Math.max(atMs, 0), LAST_MOMENT_MS)).toISOString().slice(0, -1).replace('T', ' ')
/** The store knows no later time. */
const LAST_MOMENT_MS = Date.UTC(2299, 11, 31)

export const selectSql = (columns: readonly string[]): string =>
  `SELECT ${(columns.length > 0 ? columns : ['1']).join(',\n  ')}`
export const havingSql = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `HAVING ${conditions.join(' AND ')}`
/** The lines of a statement; empty ones are left out. */
export const linesSql = (lines: readonly string[]): string => lines.filter((line) => line !== '').join('\n')

/** For statements with HAVING: the store would rewrite alternatives with a pattern as if nothing were added up in them, and fail. */
export const HAVING_SETTINGS = 'optimize_or_like_chain = 0'
