import { createHash } from 'node:crypto'
import { mkdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ConfigError } from './config.ts'
import { messageOf } from './log.ts'

/** Where each process finds its files in the data directory. */
export interface Paths {
  readonly spool: string
  readonly ingestState: string
  /** Rows the store refused. */
  readonly rejected: string
  readonly visitors: string
  readonly snapshot: string
  readonly config: string
  /** Postbacks that are to be sent. */
  readonly delivery: string
  readonly store: string
  readonly cache: string
  /** Files of the operator for {from_file:name}. */
  readonly macros: string
  /** Uploaded files of landing pages and offers, one folder each with its versions. */
  readonly files: string
  /** The last lines each process logged. */
  readonly logs: string
  readonly secrets: string
  readonly backendSocket: string
  readonly storeSocket: string
  /** Where the backend hands events to the tracker. */
  readonly trackerSocket: string
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
    delivery: join(dataDir, 'delivery.sqlite'),
    store: join(dataDir, 'store'),
    cache: join(dataDir, 'cache'),
    macros: join(dataDir, 'macros'),
    files: join(dataDir, 'files'),
    logs: join(dataDir, 'logs'),
    secrets: join(dataDir, 'secrets.json'),
    backendSocket: join(run, 'backend.sock'),
    storeSocket: join(run, 'store.sock'),
    trackerSocket: join(run, 'tracker.sock'),
  }
}

/** Creates the directories of a data directory, readable by their owner only. Throws ConfigError when it cannot. */
export function makeDirectories(dataDir: string, paths: Paths): void {
  const runDir = join(paths.backendSocket, '..')
  const snapshotDir = join(paths.snapshot, '..')
  for (const dir of [
    dataDir,
    paths.spool,
    paths.visitors,
    snapshotDir,
    paths.store,
    paths.cache,
    paths.macros,
    paths.files,
    paths.logs,
    runDir,
  ]) {
    try {
      makeDirectory(dir)
    } catch (error) {
      throw new ConfigError(`The directory ${dir} cannot be made: ${messageOf(error)}. Set TRACKYARD_DATA_DIR.`)
    }
  }
}

/** One level at a time: the runtime's own recursive way never ends on file systems that make no directories. */
function makeDirectory(dir: string): void {
  try {
    mkdirSync(dir, { mode: 0o700 })
  } catch (error) {
    if (isDirectory(dir)) return
    if (dirname(dir) === dir || isDirectory(dirname(dir))) throw error
    makeDirectory(dirname(dir))
    mkdirSync(dir, { mode: 0o700 })
  }
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
