import { CAP_STATUSES } from '@trackyard/core/conversion/statuses.ts'
import { isSelected, sweepClick } from '@trackyard/core/costs/sweep.ts'
import { type ColumnDef, clickColumns, conversionColumns } from '@trackyard/core/events/click-columns.ts'
import { PERSONAL_LOG_COLUMNS } from '@trackyard/core/events/personal-columns.ts'
import { parseMoney } from '@trackyard/core/money.ts'
import { eventTables } from './ddl.ts'
import type {
  ClickState,
  ConversionState,
  EventStore,
  EventTable,
  SelectedClicks,
  StretchCount,
  SweepPart,
} from './port.ts'
import { sweptConversion } from './with-sweeps.ts'

type Row = Readonly<Record<string, string | number>>

/** What tests want to see besides: every row that is there now. */
export interface MemoryEvents extends EventStore {
  clicks(): ClickState[]
  conversions(): ConversionState[]
  postbackLog(): Row[]
  sentPostbacks(): Row[]
  /** States that were stored or cancelled once too often, which a real store would show as wrong sums. */
  oddStates(): string[]
}

/** Events in memory, for tests of what writes and reads them. Keeps signed states as the real store does. */
export function createMemoryEvents(): MemoryEvents {
  /** Sub id → version → state and the sum of its signs. */
  const states = new Map<string, Map<number, { net: number; row: Row }>>()
  const conversions = new Map<string, ConversionState>()
  const log = new Map<string, { row: Row; version: number }>()
  const sent = new Map<string, Row>()
  const rowsOf = (table: EventTable): [string, Row][] => {
    if (table === 'sent_postbacks') return [...sent]
    if (table === 'conversions') return [...conversions].map(([key, { row }]) => [key, row])
    if (table === 'postback_log') return [...log].map(([key, { row }]) => [key, row])
    return [...states].flatMap(([key, versions]) => [...versions.values()].map(({ row }): [string, Row] => [key, row]))
  }
  const tables: Readonly<Record<EventTable, Map<string, unknown>>> = {
    clicks: states,
    conversions,
    postback_log: log,
    sent_postbacks: sent,
  }
  const periodOf = (table: EventTable, row: Row): string =>
    new Date(Number(row.datetime ?? 0)).toISOString().slice(0, eventTables[table].isByDay ? 10 : 7)

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
    sent_postbacks(row) {
      sent.set(`${row.datetime} ${row.message_id} ${row.attempt ?? 0}`, row)
    },
  }

  /** In the order in which they came. */
  const all = (): ClickState[] => [...states.values()].flatMap((versions) => currentState(versions) ?? []).sort(byPlace)

  const chosen = ({ selections, below, sweeps = [] }: SelectedClicks): ClickState[][] => {
    const left = all().flatMap(({ row, version }) => {
      const { isRemoved, cost } = sweepClick(row, version, sweeps)
      return version < below && !isRemoved ? [{ row: { ...row, ...cost }, version }] : []
    })
    return selections.map((selection) => left.filter(({ row }) => isSelected(selection, row)))
  }

  const toChange = ({ sweeps, campaignIds, fromMs, toMs }: SweepPart): ClickState[] =>
    all().filter(({ row, version }) => {
      const atMs = Number(row.datetime ?? 0)
      const isIn = atMs >= fromMs && atMs < toMs && (campaignIds?.includes(Number(row.campaign_id ?? 0)) ?? true)
      return isIn && sweepClick(row, version, sweeps).seq > 0
    })

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
    countEach: async (clicks) =>
      chosen(clicks).map((list) => ({
        ...{ clicks: list.length, firstMs: Number(list[0]?.row.datetime ?? 0) },
        lastMs: Number(list.at(-1)?.row.datetime ?? 0),
      })),
    countEachByTime: async (clicks, stretchMs) => chosen(clicks).map((list) => byStretch(list, stretchMs)),
    listEach: async (clicks) =>
      chosen(clicks).map((list) =>
        list.map(({ row }) => ({ atMs: Number(row.datetime ?? 0), subId: String(row.sub_id) })),
      ),
    async countSwept(part, stretchMs) {
      const campaigns = Map.groupBy(toChange(part), ({ row }) => Number(row.campaign_id ?? 0))
      return [...campaigns]
        .sort(([a], [b]) => a - b)
        .flatMap(([campaignId, clicks]) => byStretch(clicks, stretchMs).map((one) => ({ campaignId, ...one })))
    },
    async sweepClicks(part) {
      const newVersion = Math.max(...part.sweeps.map(({ seq }) => seq))
      for (const { row, version } of toChange(part)) {
        const { isRemoved, cost } = sweepClick(row, version, part.sweeps)
        for (const conversion of [...conversions.values()].filter((one) => one.row.sub_id === row.sub_id)) {
          if (conversion.row.is_deleted || conversion.version >= newVersion) continue
          const { row: old } = conversion
          const isFirst = old.conversion_id === `${row.sub_id}-1`
          const now = cost
            ? filled('conversions', { ...old, ...sweptConversion(old, isFirst, cost) })
            : { ...old, is_deleted: 1 }
          apply.conversions(now, newVersion, 1)
        }
        apply.clicks(row, version, -1)
        if (!isRemoved) apply.clicks(filled('clicks', { ...row, ...cost }), newVersion, 1)
      }
    },
    async loadConversions(subIds, columns = 'all') {
      const wanted = new Set(subIds)
      const read = columns === 'all' ? live() : live().map(({ row, version }) => ({ row: ownColumns(row), version }))
      const found = Map.groupBy(read, ({ row }) => String(row.sub_id))
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
        if (CAP_STATUSES.includes(String(row.status)) || row.custom_counts)
          counts.set(offerId, (counts.get(offerId) ?? 0) + 1)
      }
      return counts
    },
    async months(table) {
      const months = Map.groupBy(rowsOf(table), ([, row]) => periodOf(table, row))
      return [...months]
        .map(([month, rows]) => ({ month, rows: rows.length, bytes: JSON.stringify(rows).length }))
        .sort((a, b) => compareText(a.month, b.month))
    },
    async dropMonth(table, month) {
      for (const [key, row] of rowsOf(table)) if (periodOf(table, row) === month) tables[table].delete(key)
    },
    async emptyLog(table) {
      if (table === 'postback_log') log.clear()
      else sent.clear()
    },
    async eraseLogLines(before) {
      for (const [key, { row, version }] of log) {
        const seq = before.get(String(row.sub_id)) ?? 0
        if (version < seq) log.set(key, { row: without(row, PERSONAL_LOG_COLUMNS.postback_log), version: seq })
      }
      for (const [key, row] of sent)
        if (before.has(String(row.sub_id))) sent.set(key, without(row, PERSONAL_LOG_COLUMNS.sent_postbacks))
    },
    compact: async () => {},
    ping: async () => true,
    close: async () => {},
    clicks: () => [...states.values()].flatMap((versions) => currentState(versions) ?? []),
    conversions: live,
    oddStates: () =>
      [...states].flatMap(([subId, versions]) =>
        [...versions].filter(([, { net }]) => net !== 1).map(([version, { net }]) => `${subId} ${version}: ${net}`),
      ),
    postbackLog: () => [...log.values()].map(({ row }) => row),
    sentPostbacks: () => [...sent.values()],
  }
}

const without = (row: Row, columns: readonly string[]): Row =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !columns.includes(name)))

const byStretch = (clicks: readonly ClickState[], stretchMs: number): StretchCount[] =>
  [...Map.groupBy(clicks, ({ row }) => Math.floor(Number(row.datetime ?? 0) / stretchMs))].map(([stretch, list]) => ({
    ...{ fromMs: stretch * stretchMs, clicks: list.length },
  }))

const byPlace = (a: ClickState, b: ClickState): number =>
  Number(a.row.datetime ?? 0) - Number(b.row.datetime ?? 0) || compareText(a.row.sub_id, b.row.sub_id)

const ownColumns = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).filter(([name]) => name === 'sub_id' || Object.hasOwn(conversionColumns, name)),
  )

/** Without columns that are empty or not of this table. */
const filled = (table: EventTable, row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).filter(([name, value]) => value && Object.hasOwn(eventTables[table].columns, name)),
  )

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
