import { CAP_STATUSES } from '@trackyard/core/conversion/statuses.ts'
import { type ColumnDef, clickColumns } from '@trackyard/core/events/click-columns.ts'
import { parseMoney } from '@trackyard/core/money.ts'
import { eventTables } from './ddl.ts'
import { selects } from './memory-selection.ts'
import type { ClickState, ConversionState, EventStore, EventTable, SelectedClicks } from './port.ts'

type Row = Readonly<Record<string, string | number>>

/** What tests want to see besides: every row that is there now. */
export interface MemoryEvents extends EventStore {
  clicks(): ClickState[]
  conversions(): ConversionState[]
  postbackLog(): Row[]
  /** States that were stored or cancelled once too often, which a real store would show as wrong sums. */
  oddStates(): string[]
}

/** Events in memory, for tests of what writes and reads them. Keeps signed states as the real store does. */
export function createMemoryEvents(): MemoryEvents {
  /** Sub id → version → state and the sum of its signs. */
  const states = new Map<string, Map<number, { net: number; row: Row }>>()
  const conversions = new Map<string, ConversionState>()
  const log = new Map<string, { row: Row; version: number }>()

  const apply: Record<EventTable, (row: Row, version: number, sign: number) => void> = {
    clicks(row, version, sign) {
      const versions = states.get(String(row.sub_id)) ?? new Map<number, { net: number; row: Row }>()
      states.set(String(row.sub_id), versions)
      const net = (versions.get(version)?.net ?? 0) + sign
      if (net === 0) versions.delete(version)
      else versions.set(version, { net, row })
    },
    conversions(row, version) {
      const key = `${row.sub_id} ${row.conversion_id}`
      if ((conversions.get(key)?.version ?? -1) <= version) conversions.set(key, { row, version })
    },
    postback_log(row, version) {
      const key = `${row.datetime} ${row.seq}`
      if ((log.get(key)?.version ?? -1) <= version) log.set(key, { row, version })
    },
  }

  const chosen = (clicks: SelectedClicks): ClickState[] =>
    [...states.values()]
      .flatMap((versions) => currentState(versions) ?? [])
      .filter((state) => selects(clicks, state))
      .sort((a, b) => compareText(a.row.sub_id, b.row.sub_id))

  const currentState = (versions: ReadonlyMap<number, { net: number; row: Row }>): ClickState | null => {
    const newest = [...versions].filter(([, { net }]) => net > 0).sort(([a], [b]) => b - a)[0]
    return newest ? { row: newest[1].row, version: newest[0] } : null
  }

  const live = (): ConversionState[] => [...conversions.values()].filter(({ row }) => !row.is_deleted)

  return {
    migrate: async () => {},
    async insertLines(table, lines) {
      const texts = typeof lines === 'string' ? lines.split('\n') : lines
      for (const { row, version, sign } of texts
        .filter((text) => text.trim() !== '')
        .map((text) => parseLine(table, text)))
        apply[table](row, version, sign)
    },
    waitForMarker: async () => {},
    async loadStates(subIds) {
      const found = new Map<string, ClickState>()
      for (const subId of subIds) {
        const state = currentState(states.get(subId) ?? new Map())
        if (state) found.set(subId, state)
      }
      return found
    },
    countClicks: async (clicks, limits) => Math.min(chosen(clicks).length, limits?.atMost ?? Number.POSITIVE_INFINITY),
    clicksAt: async (clicks, every, also) =>
      chosen(clicks)
        .map(({ row }, index) => ({ place: index + 1, subId: String(row.sub_id) }))
        .filter(({ place }) => place % every === 0 || place === also),
    async rewriteClicks({ change, ...clicks }) {
      for (const { row, version } of chosen(clicks)) {
        const subId = String(row.sub_id)
        apply.clicks(row, version, -1)
        if (change.kind === 'remove') {
          for (const conversion of [...conversions.values()].filter((one) => one.row.sub_id === subId))
            apply.conversions({ ...conversion.row, is_deleted: 1 }, clicks.below, 1)
          continue
        }
        const { cost: _, ...rest } = row
        const cost = change.micros + (subId <= change.oneMoreUpTo ? 1 : 0)
        apply.clicks(cost === 0 ? rest : { ...rest, cost }, clicks.below, 1)
        const first = conversions.get(`${subId} ${subId}-1`)
        if (first && !first.row.is_deleted && first.version < clicks.below)
          apply.conversions({ ...first.row, conversion_cost: cost }, clicks.below, 1)
      }
    },
    async loadConversions(subIds) {
      const wanted = new Set(subIds)
      const found = Map.groupBy(live(), ({ row }) => String(row.sub_id))
      for (const [subId, list] of found) {
        if (!wanted.has(subId)) found.delete(subId)
        list.sort(
          (a, b) =>
            Number(a.row.postback_datetime ?? 0) - Number(b.row.postback_datetime ?? 0) ||
            compareText(a.row.conversion_id, b.row.conversion_id),
        )
      }
      return found
    },
    async countForCaps(sinceMsByOffer) {
      const counts = new Map<number, number>()
      for (const { row } of live()) {
        const offerId = Number(row.offer_id ?? 0)
        const sinceMs = sinceMsByOffer.get(offerId)
        if (sinceMs === undefined || Number(row.postback_datetime ?? 0) < sinceMs) continue
        if (CAP_STATUSES.includes(String(row.status))) counts.set(offerId, (counts.get(offerId) ?? 0) + 1)
      }
      return counts
    },
    ping: async () => true,
    close: async () => {},
    clicks: () => [...states.values()].flatMap((versions) => currentState(versions) ?? []),
    conversions: live,
    oddStates: () =>
      [...states].flatMap(([subId, versions]) =>
        [...versions].filter(([, { net }]) => net !== 1).map(([version, { net }]) => `${subId} ${version}: ${net}`),
      ),
    postbackLog: () => [...log.values()].map(({ row }) => row),
  }
}

const compareText = (a: string | number | undefined, b: string | number | undefined): number =>
  String(a ?? '') < String(b ?? '') ? -1 : 1

/** Reads a line as the real store does: decimal money, unknown columns ignored, empty values left out. */
function parseLine(table: EventTable, line: string): { row: Row; version: number; sign: number } {
  const parsed: unknown = JSON.parse(line)
  if (parsed === null || typeof parsed !== 'object') throw new Error(`Not a row: ${line}`)
  const columns: Readonly<Record<string, ColumnDef>> = table === 'clicks' ? clickColumns : eventTables[table].columns
  const row: Record<string, string | number> = {}
  let version = 0
  let sign = 1
  for (const [name, value] of Object.entries(parsed)) {
    if (name === 'version') version = Number(value)
    else if (name === 'sign') sign = Number(value)
    else if (name === 'seq' || name === 'is_deleted') row[name] = Number(value)
    else if (columns[name]?.type === 'money') row[name] = parseMoney(value) ?? 0
    else if (columns[name] !== undefined && (typeof value === 'string' || typeof value === 'number')) row[name] = value
    if (row[name] === 0 || row[name] === '') delete row[name]
  }
  return { row, version, sign }
}
