import type { SettingKey } from '@trackyard/core/settings.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { EventStore, EventTable, StoredMonth } from '../../stores/events/port.ts'
import { settingOf } from '../settings/setting-store.ts'

const DAY_MS = 86_400_000

/** How long tables of the event store are kept. In this order: a click without conversions is whole, the inverse is not. */
const KEPT = [
  { table: 'conversions', setting: 'stats_ttl' },
  { table: 'clicks', setting: 'stats_ttl' },
  { table: 'postback_log', setting: 'postback_log_ttl' },
  { table: 'sent_postbacks', setting: 'sent_postbacks_ttl' },
] as const satisfies readonly { readonly table: EventTable; readonly setting: SettingKey }[]

/** A table, how long it is kept, and the months of it that are past that. */
export interface Outdated {
  readonly table: EventTable
  readonly setting: SettingKey
  /** 0: for ever. */
  readonly days: number
  readonly months: readonly StoredMonth[]
}

interface Source {
  readonly configStore: ConfigReader
  readonly eventStore: Pick<EventStore, 'months'>
}

/** Settings that say how long something is kept. */
export type RetentionSetting = (typeof KEPT)[number]['setting']

/** What is kept no longer, by whole months or days (UTC), as if settings were these `instead`; changes nothing. */
export async function findOutdated(
  { configStore, eventStore }: Source,
  nowMs: number,
  instead: Readonly<Partial<Record<RetentionSetting, number | undefined>>> = {},
): Promise<Outdated[]> {
  const found: Outdated[] = []
  for (const { table, setting } of KEPT) {
    const days = instead[setting] ?? (await settingOf(configStore, setting))
    const months = days === 0 ? [] : await eventStore.months(table)
    found.push({ table, setting, days, months: months.filter(({ month }) => endOf(month) <= nowMs - days * DAY_MS) })
  }
  return found
}

/** First moment after a month such as `2026-02` or a day such as `2026-02-03`. */
function endOf(period: string): number {
  const [year = 0, month = 0, day] = period.split('-').map(Number)
  return day === undefined ? Date.UTC(year, month, 1) : Date.UTC(year, month - 1, day + 1)
}

export interface RetentionDeps extends Source {
  readonly eventStore: Pick<EventStore, 'months' | 'dropMonth'>
  /** Runs work while ingest stores nothing (ingest.ts). */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  nowMs(): number
}

/** Drops what is kept no longer; answers in words what that was, '' when there was nothing. */
export async function dropOutdated(deps: RetentionDeps): Promise<string> {
  const outdated = (await findOutdated(deps, deps.nowMs())).filter(({ months }) => months.length > 0)
  for (const { table, months } of outdated)
    for (const { month } of months) await deps.inTurn(() => deps.eventStore.dropMonth(table, month))
  return outdated
    .map(({ table, setting, days, months }) => {
      const rows = months.reduce((sum, one) => sum + one.rows, 0)
      return `dropped ${table} of ${months.map(({ month }) => month).join(', ')} (${rows} rows; ${setting} is ${days} days)`
    })
    .join('; ')
}
