import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** A message that is to be sent to one postback. */
export interface NewJob {
  /** Of the message: the same message always has the same. */
  readonly id: string
  /** Key of the postback. */
  readonly lane: string
  readonly subId: string
  /** What it is about, see occasion.ts. */
  readonly occasion: string
}

export interface Job extends NewJob {
  readonly n: number
  /** UTC epoch milliseconds. */
  readonly madeMs: number
  /** How often it was tried. */
  readonly tries: number
}

/** What becomes of a job after an attempt, and the line of the log that tells it. */
export interface Settled {
  readonly job: Job
  /** When it is tried again, UTC epoch milliseconds; null: it is done with. */
  readonly nextDueMs: number | null
  readonly logLine: string
}

/** Messages about one change of a conversion. */
export interface Told {
  /** Names the change: the same one always has the same. */
  readonly key: string
  /** Spool position of the event. */
  readonly seq: number
  readonly jobs: readonly NewJob[]
}

export interface LaneState {
  readonly lane: string
  readonly jobs: number
  readonly nextDueMs: number
}

export interface LogLine {
  readonly n: number
  readonly line: string
}

/** Postbacks that are to be sent, on disk. Every method is one transaction. */
export interface DeliveryQueue {
  /**
   * Takes changes with their messages, those that were not told before; answers how many messages that were. Durable
   * before it returns. Nothing before `position` will be told again, so what was told of it is forgotten.
   */
  tell(changes: readonly Told[], position: number, nowMs: number): number
  /** Adds messages, or makes them due now if they are waiting already. */
  repeat(jobs: readonly NewJob[], nowMs: number): void
  /** Jobs of a lane that are due, oldest first, without those that are held. */
  due(lane: string, nowMs: number, limit: number, held: ReadonlySet<number>): Job[]
  settle(done: readonly Settled[]): void
  /** When the first job of a lane is due that is not due yet; null when there is none. */
  nextDueMs(lane: string, nowMs: number): number | null
  lanes(): LaneState[]
  /** The oldest lines for the log. */
  logLines(limit: number): LogLine[]
  dropLogLines(upTo: number): void
  /** Removes everything about these clicks. */
  forget(subIds: readonly string[]): void
  close(): void
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS jobs (
  n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, lane TEXT NOT NULL, made_ms INTEGER NOT NULL,
  due_ms INTEGER NOT NULL, tries INTEGER NOT NULL, sub_id TEXT NOT NULL, occasion TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (lane, due_ms, n);
CREATE INDEX IF NOT EXISTS jobs_sub_id ON jobs (sub_id);
CREATE TABLE IF NOT EXISTS told (key TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log_lines (n INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT;
`
/** While the event store is down lines wait here; beyond this the oldest are given up. */
const MAX_LOG_LINES = 200_000

/** Opens (and creates) a queue in an SQLite file; `:memory:` is for tests. Throws when the file is no such queue. */
export function openQueue(filePath: string): DeliveryQueue {
  // It holds what visitors' clicks say: for its owner only.
  if (filePath !== ':memory:') closeSync(openSync(filePath, 'a', 0o600))
  const db = new DatabaseSync(filePath)
  try {
    db.exec(`PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4000; ${SCHEMA}`)
    return queueOn(db)
  } catch (error) {
    db.close()
    throw error
  }
}

function queueOn(db: DatabaseSync): DeliveryQueue {
  const sql = statementsOn(db)
  const transaction = <T>(durably: boolean, work: () => T): T => {
    // Ingest moves on after a change was told, so that must be on the disk; an attempt that is forgotten is made again.
    db.exec(`PRAGMA synchronous = ${durably ? 'FULL' : 'NORMAL'}`)
    db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      db.exec('COMMIT')
      return result
    } catch (error) {
      db.exec('ROLLBACK')
      throw error
    }
  }

  return {
    tell: (changes, position, nowMs) =>
      transaction(true, () => {
        let added = 0
        sql.forgetTold.run(position)
        for (const { key, seq, jobs } of changes) {
          if (sql.tell.run(key, seq).changes === 0) continue
          for (const { id, lane, subId, occasion } of jobs)
            added += Number(sql.add.run(id, lane, nowMs, subId, occasion).changes)
        }
        return added
      }),
    repeat: (jobs, nowMs) =>
      transaction(true, () => {
        for (const { id, lane, subId, occasion } of jobs) sql.repeat.run(id, lane, nowMs, subId, occasion)
      }),
    due(lane, nowMs, limit, held) {
      const rows = sql.due.all(lane, nowMs, limit + held.size).filter(({ n }) => !held.has(Number(n)))
      return rows.slice(0, limit).map((row) => ({
        n: Number(row.n),
        id: String(row.id),
        lane,
        madeMs: Number(row.made_ms),
        tries: Number(row.tries),
        subId: String(row.sub_id),
        occasion: String(row.occasion),
      }))
    },
    settle: (done) =>
      transaction(false, () => {
        for (const { job, nextDueMs, logLine } of done) {
          if (nextDueMs === null) sql.remove.run(job.n)
          else sql.postpone.run(nextDueMs, job.n)
          sql.addLine.run(logLine)
        }
        const { first, last } = sql.lineRange.get() ?? {}
        if (Number(last) - Number(first) >= MAX_LOG_LINES) sql.dropLines.run(Number(last) - MAX_LOG_LINES)
      }),
    nextDueMs(lane, nowMs) {
      const row = sql.nextDue.get(lane, nowMs)
      return row?.due_ms === undefined || row.due_ms === null ? null : Number(row.due_ms)
    },
    lanes: () =>
      sql.lanes.all().map(({ lane, jobs, due_ms }) => ({
        lane: String(lane),
        jobs: Number(jobs),
        nextDueMs: Number(due_ms),
      })),
    logLines: (limit) => sql.lines.all(limit).map(({ n, line }) => ({ n: Number(n), line: String(line) })),
    dropLogLines: (upTo) => void transaction(false, () => sql.dropLines.run(upTo)),
    forget: (subIds) =>
      transaction(true, () => {
        for (const subId of subIds) sql.forget.run(subId)
      }),
    close: () => db.close(),
  }
}

function statementsOn(db: DatabaseSync) {
  const columns =
    'INSERT INTO jobs (id, lane, made_ms, due_ms, tries, sub_id, occasion) VALUES (?1, ?2, ?3, ?3, 0, ?4, ?5)'
  return {
    forgetTold: db.prepare('DELETE FROM told WHERE seq < ?'),
    tell: db.prepare('INSERT INTO told (key, seq) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    add: db.prepare(`${columns} ON CONFLICT (id) DO NOTHING`),
    repeat: db.prepare(
      `${columns} ON CONFLICT (id) DO UPDATE SET made_ms = excluded.made_ms, due_ms = excluded.due_ms, tries = 0`,
    ),
    due: db.prepare(
      'SELECT n, id, made_ms, tries, sub_id, occasion FROM jobs WHERE lane = ? AND due_ms <= ? ORDER BY due_ms, n LIMIT ?',
    ),
    remove: db.prepare('DELETE FROM jobs WHERE n = ?'),
    postpone: db.prepare('UPDATE jobs SET due_ms = ?, tries = tries + 1 WHERE n = ?'),
    addLine: db.prepare('INSERT INTO log_lines (line) VALUES (?)'),
    lineRange: db.prepare('SELECT (SELECT min(n) FROM log_lines) AS first, (SELECT max(n) FROM log_lines) AS last'),
    nextDue: db.prepare('SELECT min(due_ms) AS due_ms FROM jobs WHERE lane = ? AND due_ms > ?'),
    lanes: db.prepare('SELECT lane, count(*) AS jobs, min(due_ms) AS due_ms FROM jobs GROUP BY lane ORDER BY lane'),
    lines: db.prepare('SELECT n, line FROM log_lines ORDER BY n LIMIT ?'),
    dropLines: db.prepare('DELETE FROM log_lines WHERE n <= ?'),
    forget: db.prepare('DELETE FROM jobs WHERE sub_id = ?'),
  } satisfies Record<string, StatementSync>
}
