import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import { LRUCache } from 'lru-cache'
import { openKyselyStore } from './kysely-store.ts'
import type { ConfigStore } from './port.ts'
import type { ConfigTables } from './tables.ts'

const MAX_STATEMENTS = 200

/**
 * Opens (and creates or upgrades) a config store in an SQLite file; `:memory:` is for tests. WAL lets other processes
 * read while this one writes; a commit survives a killed process at once and a power failure after the next checkpoint.
 */
export async function openSqliteConfigStore(filePath: string): Promise<ConfigStore> {
  if (filePath !== ':memory:') {
    mkdirSync(dirname(filePath), { recursive: true, mode: 0o700 })
    // It holds tokens and password hashes: for its owner only.
    closeSync(openSync(filePath, 'a', 0o600))
  }
  const database = new DatabaseSync(filePath)
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  const db = new Kysely<ConfigTables>({ dialect: new SqliteDialect({ database: toKysely(database) }) })
  return openKyselyStore(db, (column) => column.primaryKey().autoIncrement())
}

/** `node:sqlite` in the shape Kysely expects. */
function toKysely(database: DatabaseSync): SqliteDatabase {
  // A request asks the same few dozen questions, and preparing one takes longer than answering it.
  const known = new LRUCache<string, SqliteStatement>({ max: MAX_STATEMENTS })
  const prepare = (sql: string): SqliteStatement => {
    // A transaction that reads first and then writes fails at once, without the busy timeout, if another process
    // wrote in between. Taking the write lock at the start makes it wait instead.
    const statement = database.prepare(sql === 'begin' ? 'begin immediate' : sql)
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
      run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
      iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
    }
  }
  return {
    close: () => database.close(),
    prepare(sql) {
      const statement = known.get(sql) ?? prepare(sql)
      known.set(sql, statement)
      return statement
    },
  }
}
