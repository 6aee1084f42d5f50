import { Agent, type AgentOptions } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
  type ResponseJSON,
} from '@clickhouse/client'
import { isSubId } from '@trackyard/core/events/sub-id.ts'
import { openAsker } from './ask.ts'
import { capCountsSql } from './cap-sql.ts'
import { clickCounts } from './click-counts.ts'
import {
  addColumnStatements,
  changeCodecStatements,
  createStatements,
  plainName,
  type Replication,
  removeTtlStatements,
  replaceEngineStatements,
} from './ddl.ts'
import {
  type ClickState,
  type ConversionState,
  type EventQueries,
  type EventQuery,
  type EventStore,
  type EventTable,
  type QueryAnswer,
  type QueryLimits,
  RefusedRows,
  TooMuchAtOnce,
} from './port.ts'
import { parseClickStates, parseConversions, selectClickStates, selectConversions } from './state-rows.ts'
import { sweepStatements } from './sweep-statements.ts'
import { compactSql, dropMonthSql, emptySql, eraseLogStatements, monthsSql } from './upkeep-sql.ts'

export interface ClickHouseOptions {
  /** `http(s)://user:pass@host:8123`; with `socketPath` only the host part of it is not used. */
  readonly url: string
  /** Unix socket of the embedded store. */
  readonly socketPath?: string
  readonly username?: string
  readonly password?: string
  readonly database: string
  readonly replication?: Replication
}

/** Clicks asked for in one statement; bounds its length and what the answer takes. */
const STATES_PER_QUERY = 5000
/** Two looks this far apart must find nothing: one may fall between the arrival of a statement and its start. */
const FENCE_INTERVAL_MS = 50
const FENCE_TIMEOUT_MS = 60_000
/** Rows of a block when they are read one after another: what is in memory at once. */
const STREAMED_ROWS = '8192'
const REQUEST_TIMEOUT_MS = 120_000
const DEFAULT_LIMITS: QueryLimits = { timeoutMs: 30_000, maxMemoryBytes: 1_000_000_000 }

/** Lists to filter by may be long; a spool record is at most 1 MiB. */
const MAX_STATEMENT_BYTES = '8388608'

/** One insert must neither fail for what a visitor sent nor become visible in pieces. */
const INSERT_SETTINGS = Object.entries({
  // The server's own queue would acknowledge rows that are not on the disk yet.
  async_insert: 0,
  // Blocks parsed side by side could be written as several parts.
  input_format_parallel_parsing: 0,
  // Rows spooled by a newer release.
  input_format_skip_unknown_fields: 1,
  // Half a surrogate pair in a parameter; refusing it would stop every click behind it.
  input_format_json_throw_on_bad_escape_sequence: 0,
  // Late postbacks may touch clicks of many months.
  max_partitions_per_insert_block: 10_000,
})
  .map(([name, value]) => `${name} = ${value}`)
  .join(', ')

/** The engine's codes for "this value cannot be read or does not fit": trying again would not help. */
const BAD_DATA_CODES: ReadonlySet<string> = new Set([
  '6',
  '26',
  '27',
  '38',
  '41',
  '53',
  '62',
  '69',
  '72',
  '117',
  '130',
  '131',
  '321',
  '349',
  '407',
])

const MEMORY_LIMIT_CODE = '241'

/** Events in ClickHouse: a server, a cluster, or the embedded store, all over HTTP. Opens no connection by itself. */
export function openClickHouseEvents(options: ClickHouseOptions): EventStore & EventQueries {
  const { socketPath } = options
  const database = plainName(options.database)
  const base = clientFor(options)
  const client = clientFor(options, database)
  const asker = openAsker({
    ...placeOf(options),
    database,
    ...(socketPath === undefined ? {} : { agentWith: (wanted) => new UnixSocketAgent(socketPath, wanted) }),
    timeoutMs: REQUEST_TIMEOUT_MS,
  })

  const select = async (sql: string, limits: ClickHouseSettings = {}): Promise<unknown[][]> => {
    const text = await asker.ask({
      query: sql,
      query_params: {},
      format: 'JSONCompactEachRow',
      clickhouse_settings: { ...NUMBERS_AS_NUMBERS, max_query_size: MAX_STATEMENT_BYTES, ...limits },
    })
    return parseLines(text)
  }

  const cluster = options.replication?.cluster
  const run = async (query: string): Promise<void> => {
    await client.command({ query, clickhouse_settings: { max_query_size: MAX_STATEMENT_BYTES } })
  }

  async function* inChunks(subIds: readonly string[]): AsyncGenerator<string[]> {
    const known = [...new Set(subIds)].filter(isSubId)
    for (let start = 0; start < known.length; start += STATES_PER_QUERY)
      yield known.slice(start, start + STATES_PER_QUERY)
  }

  return {
    async migrate() {
      for (const query of createStatements(database, options.replication)) await base.command({ query })
      const columns = await select(
        `SELECT table, name, compression_codec FROM system.columns WHERE database = '${database}'`,
      )
      const codecs = new Map(
        [...Map.groupBy(columns, ([table]) => String(table))].map(([table, list]) => [
          table,
          new Map(list.map(([, name, codec]) => [String(name), String(codec)])),
        ]),
      )
      for (const query of addColumnStatements(database, codecs, options.replication)) await base.command({ query })
      for (const query of changeCodecStatements(database, codecs, options.replication)) await base.command({ query })
      const engines = await select(`SELECT name, engine_full FROM system.tables WHERE database = '${database}'`)
      const engineOf = new Map(engines.map(([table, engine]) => [String(table), String(engine)]))
      for (const query of removeTtlStatements(database, engineOf, options.replication)) await base.command({ query })
      // Replicated tables came after the engines they have.
      if (options.replication) return
      for (const query of replaceEngineStatements(database, engineOf)) await base.command({ query })
    },

    async insertLines(table: EventTable, lines: readonly string[] | string, marker: string) {
      if (lines.length === 0) return
      const statement = `/* ${plainMarker(marker)} */ INSERT INTO ${table} SETTINGS ${INSERT_SETTINGS} FORMAT JSONEachRow`
      await refusing(asker.insert(statement, typeof lines === 'string' ? [lines] : lines))
    },

    async waitForMarker(marker, timeoutMs = FENCE_TIMEOUT_MS) {
      const processes = options.replication
        ? `clusterAllReplicas('${plainName(options.replication.cluster)}', system.processes)`
        : 'system.processes'
      // The marker is spelled backwards here, else the question would find itself.
      const backwards = [...plainMarker(marker)].reverse().join('')
      const running = `SELECT count() FROM ${processes} WHERE position(query, reverse('${backwards}')) > 0`
      const giveUpAt = performance.now() + timeoutMs
      for (let clear = 0; clear < 2; ) {
        const [row] = await select(running)
        clear = Number(row?.[0]) === 0 ? clear + 1 : 0
        if (clear === 2) return
        if (performance.now() > giveUpAt)
          throw new Error(`An insert marked ${marker} is still running after ${timeoutMs} ms.`)
        await sleep(FENCE_INTERVAL_MS)
      }
    },

    async loadStates(subIds) {
      const states = new Map<string, ClickState>()
      for await (const chunk of inChunks(subIds)) parseClickStates(await select(selectClickStates(chunk)), states)
      return states
    },

    ...clickCounts((sql, limits) => refusing(select(sql, limits))),

    async sweepClicks(part, marker) {
      for (const sql of sweepStatements(part))
        await refusing(
          client.command({
            query: `/* ${plainMarker(marker)} */ ${sql}`,
            clickhouse_settings: { max_query_size: MAX_STATEMENT_BYTES },
          }),
        )
    },

    async loadConversions(subIds, columns = 'all') {
      const found = new Map<string, ConversionState[]>()
      for await (const chunk of inChunks(subIds))
        parseConversions(await select(selectConversions(chunk, columns)), columns, found)
      return found
    },

    async countForCaps(sinceMsByOffer) {
      if (sinceMsByOffer.size === 0) return new Map()
      const rows = await select(capCountsSql(sinceMsByOffer))
      return new Map(rows.map(([offerId, count]) => [Number(offerId), Number(count)]))
    },

    async months(table) {
      const rows = await select(monthsSql(database, table, cluster))
      return rows.map(([month, count, bytes]) => ({
        month: String(month),
        rows: Number(count),
        bytes: Number(bytes),
      }))
    },

    dropMonth: (table, month) => run(dropMonthSql(table, month, cluster)),
    emptyLog: (table) => run(emptySql(table, cluster)),
    compact: (table, month) => run(compactSql(table, month, cluster)),

    async eraseLogLines(before, marker) {
      for await (const chunk of inChunks([...before.keys()]))
        for (const sql of eraseLogStatements(chunk, before)) await run(`/* ${plainMarker(marker)} */ ${sql}`)
    },

    async query(query: EventQuery, limits: Partial<QueryLimits> = {}): Promise<QueryAnswer> {
      const statement = { ...statementOf(query, limits), format: 'JSON' as const }
      return parseAnswer(await asker.ask(statement))
    },

    async *stream(query: EventQuery, limits: Partial<QueryLimits> = {}) {
      const statement = statementOf(query, limits)
      const settings = { ...statement.clickhouse_settings, max_block_size: STREAMED_ROWS }
      const answer = await client.query({ ...statement, clickhouse_settings: settings, format: 'JSONEachRow' })
      try {
        for await (const rows of answer.stream<Record<string, unknown>>()) yield rows.map((row) => row.json())
      } finally {
        answer.close()
      }
    },

    async ping() {
      return (await client.ping()).success
    },

    async close() {
      asker.close()
      await Promise.all([client.close(), base.close()])
    },
  }
}

/** Tells failures that would come again from those of the way there. */
async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof ClickHouseError)) throw error
    if (BAD_DATA_CODES.has(error.code)) throw new RefusedRows(error.message)
    throw error.code === MEMORY_LIMIT_CODE ? new TooMuchAtOnce(error.message) : error
  }
}

/** A statement for reports and logs, within limits. */
function statementOf({ sql, params }: EventQuery, limits: Partial<QueryLimits>) {
  const { timeoutMs, maxMemoryBytes } = { ...DEFAULT_LIMITS, ...limits }
  return {
    query: sql,
    query_params: { ...params },
    use_multipart_params_auto: true,
    clickhouse_settings: {
      ...NUMBERS_AS_NUMBERS,
      max_query_size: MAX_STATEMENT_BYTES,
      max_execution_time: Math.max(1, Math.ceil(timeoutMs / 1000)),
      max_memory_usage: String(maxMemoryBytes),
      // Past half of its allowance a grouping goes on on disk and becomes slow instead of failing.
      max_bytes_before_external_group_by: String(Math.floor(maxMemoryBytes / 2)),
      max_bytes_before_external_sort: String(Math.floor(maxMemoryBytes / 2)),
    },
  }
}

/** Answers of FORMAT JSONCompactEachRow. */
function parseLines(text: string): unknown[][] {
  const rows: unknown[][] = []
  for (const line of text.split('\n')) if (line !== '') rows.push(JSON.parse(line))
  return rows
}

/** Answers of FORMAT JSON. */
function parseAnswer(text: string): QueryAnswer {
  // The embedded engine writes totals before anything else when there are no rows, which is not JSON.
  if (/^\s*\]/.test(text)) return { rows: [], totals: null, rowsBeforeLimit: 0 }
  const json: ResponseJSON<Record<string, unknown>> = JSON.parse(text)
  return {
    rows: json.data,
    totals: json.totals ?? null,
    rowsBeforeLimit: json.rows_before_limit_at_least ?? json.data.length,
  }
}

const NUMBERS_AS_NUMBERS = { output_format_json_quote_64bit_integers: 0 } as const

/** Where the store is and who asks. */
function placeOf(options: ClickHouseOptions): { origin: string; username: string; password: string } {
  const url = new URL(options.url)
  return {
    origin: url.origin,
    username: options.username ?? (decodeURIComponent(url.username) || 'default'),
    password: options.password ?? decodeURIComponent(url.password),
  }
}

/** A client of the ordinary kind; `database` is what unqualified names mean. */
export function clientFor(options: ClickHouseOptions, database?: string): ClickHouseClient {
  const { origin, ...credentials } = placeOf(options)
  return createClient({
    url: origin,
    ...credentials,
    ...(database === undefined ? {} : { database }),
    ...(options.socketPath === undefined
      ? {}
      : { http_agent: new UnixSocketAgent(options.socketPath), set_basic_auth_header: true }),
    request_timeout: REQUEST_TIMEOUT_MS,
    max_open_connections: 16,
    // The client would print whole statements, rows and all, when one fails. Its callers report the error.
    log: { level: ClickHouseLogLevel.OFF },
  })
}

/** Speaks HTTP over one unix socket, whatever host the URL names. */
class UnixSocketAgent extends Agent {
  readonly #path: string
  constructor(path: string, options: AgentOptions = {}) {
    super({ keepAlive: true, maxSockets: 16, ...options })
    this.#path = path
  }

  override createConnection(): Duplex {
    return connect(this.#path)
  }
}

function plainMarker(marker: string): string {
  if (!/^[\w.:-]{1,100}$/.test(marker)) throw new Error(`Not a usable insert marker: ${JSON.stringify(marker)}`)
  return marker
}
