import {
  type ColumnDef,
  type ColumnType,
  clickColumns,
  conversionColumns,
  postbackLogColumns,
  sentPostbackColumns,
} from '@trackyard/core/events/click-columns.ts'
import type { EventTable } from './port.ts'

/** Spread over a cluster: every statement gets ON CLUSTER and tables are replicated through Keeper. */
export interface Replication {
  readonly cluster: string
  /** Folder in Keeper; `{shard}` and `{replica}` are macros of each server. */
  readonly path?: string
}

interface TableDef {
  readonly columns: Readonly<Record<string, ColumnDef>>
  /** Columns that only storage knows: name → type. */
  readonly bookkeeping: Readonly<Record<string, string>>
  readonly engine: { readonly name: string; readonly args: string }
  readonly orderBy: string
  /** It is dropped by days, not by months. */
  readonly isByDay?: true
}

/** A conversion carries what may be grouped or filtered of its click, and nothing that is summed or internal. */
const copiedClickColumns = Object.fromEntries(
  Object.entries(clickColumns).filter(([name, def]) => def.summed !== true && name !== 'trace' && name !== 'roll'),
)

const VERSION = 'UInt64 CODEC(Delta, ZSTD(1))'

export const eventTables: Readonly<Record<EventTable, TableDef>> = {
  clicks: {
    columns: clickColumns,
    bookkeeping: { sign: 'Int8 DEFAULT 1', version: VERSION },
    engine: { name: 'VersionedCollapsingMergeTree', args: 'sign, version' },
    orderBy: 'campaign_id, toDate(datetime), sub_id',
  },
  conversions: {
    columns: { ...copiedClickColumns, ...conversionColumns },
    bookkeeping: { version: VERSION, is_deleted: 'UInt8 DEFAULT 0' },
    engine: { name: 'ReplacingMergeTree', args: 'version, is_deleted' },
    orderBy: 'sub_id, conversion_id',
  },
  postback_log: {
    columns: postbackLogColumns,
    bookkeeping: { seq: VERSION, version: VERSION },
    engine: { name: 'ReplacingMergeTree', args: 'version' },
    orderBy: 'datetime, seq',
  },
  sent_postbacks: {
    columns: sentPostbackColumns,
    bookkeeping: { version: VERSION },
    engine: { name: 'ReplacingMergeTree', args: 'version' },
    orderBy: 'datetime, message_id, attempt',
    isByDay: true,
  },
}

/** Statements that make the database and its tables, in order. Safe to repeat. */
export function createStatements(database: string, replication?: Replication): string[] {
  const onCluster = replication ? ` ON CLUSTER '${plainName(replication.cluster)}'` : ''
  return [
    `CREATE DATABASE IF NOT EXISTS ${plainName(database)}${onCluster}`,
    ...Object.entries(eventTables).map(([table, def]) =>
      createTable(`${plainName(database)}.${table}${onCluster}`, def, engineOf(database, table, def, replication)),
    ),
  ]
}

const createTable = (name: string, def: TableDef, engine: string): string =>
  [
    `CREATE TABLE IF NOT EXISTS ${name} (`,
    columnTypes(def)
      .map(([column, type]) => `  ${column} ${type}`)
      .join(',\n'),
    `) ENGINE = ${engine}`,
    `PARTITION BY ${def.isByDay ? 'toYYYYMMDD' : 'toYYYYMM'}(datetime)`,
    `ORDER BY (${def.orderBy})`,
    // The reader of the spool moves on once an insert is acknowledged, so it must be on the disk by then.
    'SETTINGS fsync_after_insert = 1, fsync_part_directory = 1',
  ].join('\n')

/**
 * Statements that give tables of an older release the engine they have now; `engines`: what the store says of each.
 * The tables have all columns by then. A table is copied and then exchanged in one step, so that a crash in between
 * costs the copy only, and running them again finishes.
 */
export function replaceEngineStatements(database: string, engines: ReadonlyMap<string, string>): string[] {
  const inDatabase = (table: string): string => `${plainName(database)}.${table}`
  return Object.entries(eventTables).flatMap(([table, def]) => {
    const copy = `${inDatabase(table)}_next`
    const drop = `DROP TABLE IF EXISTS ${copy} SYNC`
    const leftBehind = engines.has(`${table}_next`) ? [drop] : []
    const engine = engineOf(database, table, def)
    const present = engines.get(table) ?? engine
    if (!present.startsWith(`${def.engine.name}(`) || present.startsWith(engine)) return leftBehind
    const columns = columnTypes(def).map(([name]) => name)
    return [
      ...leftBehind,
      createTable(copy, def, engine),
      `INSERT INTO ${copy} (${columns.join(', ')}) SETTINGS max_partitions_per_insert_block = 10000 ` +
        `SELECT ${columns.join(', ')} FROM ${inDatabase(table)}`,
      `EXCHANGE TABLES ${inDatabase(table)} AND ${copy}`,
      drop,
    ]
  })
}

/** Statements for tables that an older release let the store itself drop from; `engines`: what the store says of each. */
export function removeTtlStatements(
  database: string,
  engines: ReadonlyMap<string, string>,
  replication?: Replication,
): string[] {
  const onCluster = replication ? ` ON CLUSTER '${plainName(replication.cluster)}'` : ''
  return Object.keys(eventTables).flatMap((table) =>
    engines.get(table)?.includes(' TTL ') ? [`ALTER TABLE ${plainName(database)}.${table}${onCluster} REMOVE TTL`] : [],
  )
}

/** Statements that add the columns a table made by an older release does not have. */
export function addColumnStatements(
  database: string,
  existing: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
  replication?: Replication,
): string[] {
  const onCluster = replication ? ` ON CLUSTER '${plainName(replication.cluster)}'` : ''
  return Object.entries(eventTables).flatMap(([table, def]) => {
    const missing = columnTypes(def).filter(([name]) => !existing.get(table)?.has(name))
    if (missing.length === 0) return []
    const parts = missing.map(([name, type]) => `ADD COLUMN IF NOT EXISTS ${name} ${type}`)
    return [`ALTER TABLE ${plainName(database)}.${table}${onCluster} ${parts.join(', ')}`]
  })
}

/**
 * Statements that have the columns of an older release packed as they are now: at once in new parts, and in the others
 * when they are merged. `codecs`: what the store says of each, such as `CODEC(Delta(8), LZ4)`.
 */
export function changeCodecStatements(
  database: string,
  codecs: ReadonlyMap<string, ReadonlyMap<string, string>>,
  replication?: Replication,
): string[] {
  const onCluster = replication ? ` ON CLUSTER '${plainName(replication.cluster)}'` : ''
  return Object.entries(eventTables).flatMap(([table, def]) => {
    const parts = columnTypes(def).flatMap(([name, type]) => {
      const present = codecs
        .get(table)
        ?.get(name)
        ?.replace(/Delta\(\d\)/, 'Delta')
      return present && !type.endsWith(present) ? [`MODIFY COLUMN ${name} ${type}`] : []
    })
    return parts.length === 0 ? [] : [`ALTER TABLE ${plainName(database)}.${table}${onCluster} ${parts.join(', ')}`]
  })
}

const columnTypes = (def: TableDef): [string, string][] => [
  ...Object.entries(def.columns).map(([name, column]): [string, string] => [
    name,
    SPECIAL_TYPES[name] ?? STORE_TYPES[column.type],
  ]),
  ...Object.entries(def.bookkeeping),
]

function engineOf(database: string, table: string, def: TableDef, replication?: Replication): string {
  if (!replication) return `${def.engine.name}(${def.engine.args})`
  const path = `${replication.path ?? '/clickhouse/tables/{shard}'}/${database}/${table}`.replaceAll("'", '')
  return `Replicated${def.engine.name}('${path}', '{replica}', ${def.engine.args})`
}

/** What reports read most is packed so that it is unpacked two to three times as fast as ZSTD, for a byte or two a click. */
const STORE_TYPES: Readonly<Record<ColumnType, string>> = {
  id: 'UInt32 CODEC(T64, LZ4)',
  count: 'UInt16 CODEC(ZSTD(1))',
  flag: 'UInt8 CODEC(LZ4)',
  name: 'LowCardinality(String) CODEC(ZSTD(1))',
  text: 'String CODEC(ZSTD(1))',
  money: 'Decimal(18, 6) CODEC(T64, LZ4)',
  time: "DateTime64(3, 'UTC') CODEC(ZSTD(1))",
  big: 'UInt64 CODEC(T64, ZSTD(1))',
  rate: 'Float64 CODEC(ZSTD(1))',
}

/** Rows lie in the order of their click times, so differences of neighbours are small. */
const SPECIAL_TYPES: Readonly<Record<string, string>> = { datetime: "DateTime64(3, 'UTC') CODEC(Delta, LZ4)" }

/** Names of databases and clusters come from configuration and go into SQL as they are. */
export function plainName(name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`Not a usable database or cluster name: ${JSON.stringify(name)}`)
  return name
}
