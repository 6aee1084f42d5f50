import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../config.ts'
import type { Paths } from '../paths.ts'

/** Longer than the process before may take to end; see cli/until-stopped.ts. */
const PATIENCE_MS = 12_000
const RETRY_MS = 20
const SQLITE_BUSY = 5

export type Job = 'start' | 'tracker' | 'backend'

/**
 * Waits until no other process does this job on the data directory, and is then the one that does. After a supervisor
 * was killed, what it had started may still be finishing while the next one starts: two trackers would cut and number
 * each other's spool, two backends would store the same batch. Held until the process ends, however it ends.
 */
export async function beTheOnly(job: Job, paths: Paths): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS
  while (!takeLock(lockPath(paths, job))) {
    if (performance.now() > giveUpAt)
      throw new ConfigError(
        `Another ${job} is running on the same data directory. Stop it, or set TRACKYARD_DATA_DIR to another directory.`,
      )
    await sleep(RETRY_MS)
  }
}

export const lockPath = (paths: Paths, job: Job): string => join(paths.backendSocket, '..', `${job}.lockfile`)

/** Locks that were not released stay referenced: a collected database would let go of its lock. */
const held = new Set<DatabaseSync>()

/**
 * An exclusive lock of the kernel on a file: it cannot be held twice and is let go of however the holder ends, so there
 * are no left-over locks to judge. The runtime offers such locks through SQLite only; the file stays empty. Answers a
 * release function, or null when another process holds it.
 */
export function takeLock(path: string): (() => void) | null {
  const database = new DatabaseSync(path)
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return null
    throw error
  }
  held.add(database)
  return () => {
    if (held.delete(database)) database.close()
  }
}
