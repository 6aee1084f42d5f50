import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where each process finds its files in the data directory. */
export interface Paths {
  readonly spool: string
  readonly ingestState: string
  /** Rows the store refused. */
  readonly rejected: string
  readonly visitors: string
  readonly snapshot: string
  readonly config: string
  readonly store: string
  readonly cache: string
  /** Files of the operator for {from_file:name}. */
  readonly macros: string
  readonly secrets: string
  readonly backendSocket: string
  readonly storeSocket: string
}

// The kernel cuts unix socket paths at 107 bytes, so a deep data directory gets its sockets under the temp directory.
const MAX_SOCKET_PATH = 100

export function pathsOf(dataDir: string): Paths {
  const inside = join(dataDir, 'run')
  const run =
    join(inside, 'backend.sock').length <= MAX_SOCKET_PATH
      ? inside
      : join(tmpdir(), `trackyard-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`)
  return {
    spool: join(dataDir, 'spool'),
    ingestState: join(dataDir, 'spool', 'ingest.json'),
    rejected: join(dataDir, 'spool', 'rejected.ndjson'),
    visitors: join(dataDir, 'visitors'),
    snapshot: join(dataDir, 'snapshot', 'campaigns.ndjson'),
    config: join(dataDir, 'config.sqlite'),
    store: join(dataDir, 'store'),
    cache: join(dataDir, 'cache'),
    macros: join(dataDir, 'macros'),
    secrets: join(dataDir, 'secrets.json'),
    backendSocket: join(run, 'backend.sock'),
    storeSocket: join(run, 'store.sock'),
  }
}

/** Creates the directories of a data directory, readable by their owner only. */
export function makeDirectories(dataDir: string, paths: Paths): void {
  const runDir = join(paths.backendSocket, '..')
  for (const dir of [
    dataDir,
    paths.spool,
    paths.visitors,
    join(paths.snapshot, '..'),
    paths.store,
    paths.cache,
    paths.macros,
    runDir,
  ]) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  }
}
