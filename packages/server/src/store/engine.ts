import { Buffer } from 'node:buffer'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drainPending, Session } from 'chdb'
import { Lane } from './lane.ts'

/** One statement as it came over HTTP. `settings` and `params` hold for this statement only. */
export interface Statement {
  readonly sql: string
  readonly format: string
  readonly database: string
  readonly params: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, string>>
  /** False once the caller has gone: a statement still waiting for its turn is then never run. */
  readonly wanted: () => boolean
}

/**
 * Free memory that the engine wants for each further thread of a statement. Its own wish is 1 GiB, with which a store of
 * the size that is usual here would answer every report on one core.
 */
const BYTES_PER_THREAD = 128 * 1024 * 1024

export interface EngineOptions {
  readonly dir: string
  readonly maxMemoryBytes: number
  /** Statements other than inserts that may run at once; inserts have lanes of their own, so reports cannot starve them. */
  readonly readers: number
  readonly writers: number
}

/** The embedded ClickHouse: one folder, one process, several sessions side by side. */
export interface Engine {
  /** Answer in the format asked for; rejects with the engine's own error, which carries `clickhouseCode`. */
  run(statement: Statement): Promise<Buffer>
  /**
   * The same in pieces, for answers larger than memory: the next one is made when `send` has done with the one before.
   * It is stopped when `send` rejects.
   */
  stream(statement: Statement, send: (piece: Uint8Array) => Promise<void>): Promise<void>
  /** Waits for what is running, then lets the folder go. */
  close(): Promise<void>
}

/**
 * Opens (and on first use makes) the folder. Throws when another process holds it.
 *
 * A session keeps what was SET on it, so it serves statements of one kind: the same database, settings and names of
 * parameters. Making one takes a millisecond or two, so a few of each kind wait for the next. Parameters are SET too and
 * not bound through the library, because that would run every statement with parameters one after another.
 */
export function openEngine({ dir, maxMemoryBytes, readers, writers }: EngineOptions): Engine {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const configFile = join(dir, 'store.xml')
  writeFileSync(configFile, configXml(maxMemoryBytes), { mode: 0o600 })
  const connectionArgs = [`--config-file=${configFile}`, `--max_threads_min_free_memory_per_thread=${BYTES_PER_THREAD}`]
  const open = (): Session => new Session(join(dir, 'data'), { connectionArgs })

  // The engine ends with its last session.
  const first = open()
  /** Used last comes last. */
  const idle: { readonly kind: string; readonly session: Session }[] = []
  const reading = new Lane(readers)
  const writing = new Lane(writers)

  const inSession = async <T>(statement: Statement, work: (session: Session) => Promise<T>): Promise<T> => {
    const { kind, opening, assignments } = preambleOf(statement)
    const place = idle.findLastIndex((one) => one.kind === kind)
    const [known] = place === -1 ? [] : idle.splice(place, 1)
    const session = known?.session ?? open()
    let isReusable = false
    try {
      for (const line of known ? assignments : [...opening, ...assignments]) await session.queryAsync(line)
      const result = await work(session)
      // USE, SET and temporary tables of the SQL itself stick as well.
      isReusable = !/^\s*(?:set|use|create\s+temporary)\b/i.test(statement.sql)
      return result
    } finally {
      if (isReusable && kind !== null) idle.push({ kind, session })
      else session.close()
      if (idle.length > readers + writers) idle.shift()?.session.close()
    }
  }
  const execute = (statement: Statement): Promise<Buffer> =>
    inSession(statement, async (session) =>
      Buffer.from((await session.queryAsync(statement.sql, { format: statement.format })).bytes()),
    )

  return {
    run: (statement) => (isInsert(statement.sql) ? writing : reading).run(() => execute(statement), statement.wanted),
    stream: (statement, send) =>
      reading.run(
        () =>
          inSession(statement, async (session) => {
            for await (const piece of session.queryStream(statement.sql, { format: statement.format }))
              await send(piece.raw())
          }),
        statement.wanted,
      ),
    async close() {
      await Promise.all([reading.drain(), writing.drain()])
      for (const { session } of idle) session.close()
      first.close()
      await drainPending()
    },
  }
}

interface Preamble {
  /** Statements of the same kind may have the session one after another; null: none may. */
  readonly kind: string | null
  /** For a new session. */
  readonly opening: readonly string[]
  /** For every statement. */
  readonly assignments: readonly string[]
}

function preambleOf({ database, params, settings }: Statement): Preamble {
  const use = database === '' || database === 'default' ? [] : [`USE \`${database}\``]
  const fixed = assign(settings, '')
  const assignments = assign(params, 'param_')
  // Longer than a statement may be as a rule, and perhaps than the settings allow.
  if (assignments.join().length > LONG_STATEMENT)
    return { kind: null, opening: [...use, 'SET max_query_size = 67108864'], assignments: [...assignments, ...fixed] }
  const opening = [...use, ...fixed]
  return { kind: [...opening, ...Object.keys(params)].join('\n'), opening, assignments }
}

const LONG_STATEMENT = 100_000

function assign(values: Readonly<Record<string, string>>, prefix: string): string[] {
  const list = Object.entries(values).map(([name, value]) => `${prefix}${name} = ${literal(value)}`)
  return list.length === 0 ? [] : [`SET ${list.join(', ')}`]
}

const literal = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** Comments may stand in front: they carry the marker of the ingest fence. */
const isInsert = (sql: string): boolean => /^(?:\s|\/\*.*?\*\/|--[^\n]*\n)*insert\b/is.test(sql.slice(0, 1000))

/**
 * Pools and caches sized for a small machine; the defaults of the engine are for servers with dozens of cores.
 *
 * Parts that were merged away stay in memory, some 100 kB each, until they are deleted: the engine would look for them
 * every 30 to 300 s, which is a thousand parts of a busy time. They are kept for 40 s, as what they were merged into
 * is not on the disk before the system has written it (30 to 35 s on Linux). Buffers of columns being merged begin small,
 * else every merge takes 600 MB; and columns are merged one after another, else the buffers of all of them at once take
 * 130 MB, the more often the more is stored.
 */
const configXml = (maxMemoryBytes: number): string => `<clickhouse>
  <max_server_memory_usage>${Math.floor(maxMemoryBytes)}</max_server_memory_usage>
  <mark_cache_size>${64 * 1024 * 1024}</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <index_mark_cache_size>${8 * 1024 * 1024}</index_mark_cache_size>
  <mmap_cache_size>100</mmap_cache_size>
  <query_condition_cache_size>${8 * 1024 * 1024}</query_condition_cache_size>
  <compiled_expression_cache_size>${16 * 1024 * 1024}</compiled_expression_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_merges_mutations_concurrency_ratio>2</background_merges_mutations_concurrency_ratio>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
  <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
  <merge_tree>
    <old_parts_lifetime>40</old_parts_lifetime>
    <cleanup_delay_period>10</cleanup_delay_period>
    <cleanup_delay_period_random_add>1</cleanup_delay_period_random_add>
    <max_cleanup_delay_period>10</max_cleanup_delay_period>
    <min_columns_to_activate_adaptive_write_buffer>1</min_columns_to_activate_adaptive_write_buffer>
    <vertical_merge_algorithm_min_rows_to_activate>1</vertical_merge_algorithm_min_rows_to_activate>
  </merge_tree>
</clickhouse>
`
