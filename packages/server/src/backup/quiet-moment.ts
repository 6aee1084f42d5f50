import { readFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Config, ConfigError } from '../config.ts'
import type { Paths } from '../paths.ts'
import { listSegments } from '../spool/segments.ts'
import { eventStoreOptions } from '../stores/events/options.ts'
import { lockPath, takeLock } from '../supervisor/lock.ts'
import { type FrozenEvents, freezeEvents } from './frozen-events.ts'
import { type Hold, holdIngest } from './hold-ingest.ts'
import { isStoreRunning } from './store-process.ts'

/** What must fit together, taken while nothing moved from the spool into the event store. */
export interface Moment {
  /** Open files by name: they stay readable when the tracker deletes a segment. */
  readonly segments: ReadonlyMap<string, FileHandle>
  readonly visitors: FileHandle | null
  readonly ingestState: Buffer | null
  /** Null when the events are in a ClickHouse server. */
  readonly events: FrozenEvents | null
}

/** Runs `work` while ingest is paused, or with Trackyard kept from starting. Throws ConfigError when neither can be had. */
export async function whileQuiet<T>(paths: Paths, work: (hold: Hold | null) => Promise<T>): Promise<T> {
  const hold = await holdIngest(paths.backendSocket)
  if (hold) {
    try {
      return await work(hold)
    } finally {
      hold.release()
    }
  }
  const releases = (['start', 'backend'] as const).map((job) => takeLock(lockPath(paths, job)))
  try {
    if (releases.includes(null))
      throw new ConfigError('Trackyard is running, but its backend does not answer now. Try again in a moment.')
    return await work(null)
  } finally {
    for (const release of releases) release?.()
  }
}

/**
 * The event store is frozen at exactly the position that ingest.json tells; the spool reaches from there on beyond it,
 * so nothing is lost and nothing doubled. Segments are opened before and after the visitor memory: the tracker deletes
 * segments that lie before both, and the memory may never be ahead of the spool.
 */
export async function takeMoment(config: Config, paths: Paths, name: string, hold: Hold | null): Promise<Moment> {
  const isEmbedded = config.clickhouseUrl === ''
  if (isEmbedded && hold && !(await isStoreRunning(config, paths)))
    throw new ConfigError('Trackyard is running, but its event store does not answer now. Try again in a moment.')
  const segments = new Map<string, FileHandle>()
  const ingestState = readIfThere(paths.ingestState)
  const events = isEmbedded ? await freezeEvents(eventStoreOptions(config, paths), paths.store, name) : null
  await openSegments(paths.spool, segments)
  const visitors = await openIfThere(join(paths.visitors, 'visitors.bin'))
  await openSegments(paths.spool, segments)
  const isUnmoved = (readIfThere(paths.ingestState) ?? Buffer.alloc(0)).equals(ingestState ?? Buffer.alloc(0))
  if (!isUnmoved || hold?.isBroken) {
    events?.remove()
    for (const file of [...segments.values(), visitors]) await file?.close()
    throw new ConfigError('Storing went on during the backup because the backend was restarted. Try again.')
  }
  return { segments, visitors, ingestState, events }
}

async function openSegments(dir: string, into: Map<string, FileHandle>): Promise<void> {
  for (const { path } of listSegments(dir)) {
    const name = basename(path)
    if (into.has(name)) continue
    const file = await openIfThere(path)
    if (file) into.set(name, file)
  }
}

export async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'
