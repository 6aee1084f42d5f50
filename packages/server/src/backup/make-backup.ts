import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Config, ConfigError } from '../config.ts'
import type { Paths } from '../paths.ts'
import { type ArchiveWriter, createArchive } from './archive-writer.ts'
import { listDirectories } from './frozen-events.ts'
import { BACKUP_FORMAT, type BackupLabel, EVENTS_DIR } from './manifest.ts'
import { type Moment, openIfThere, takeMoment, whileQuiet } from './quiet-moment.ts'
import { isStoreRunning, withStoreProcess } from './store-process.ts'

export interface BackupOptions {
  readonly config: Config
  readonly paths: Paths
  /** Does not exist yet. */
  readonly target: string
  readonly version: string
  readonly entry: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stop: AbortSignal
}

/** Saves a data directory, in use or not, into one file; answers its size. The file appears when it is whole. */
export async function makeBackup(options: BackupOptions): Promise<number> {
  const { config, paths, target, stop } = options
  if (!existsSync(paths.config))
    throw new ConfigError(`There is nothing to back up in ${config.dataDir}. Set TRACKYARD_DATA_DIR.`)
  const label: BackupLabel = {
    format: BACKUP_FORMAT,
    trackyard: options.version,
    createdAt: new Date().toISOString(),
    events: config.clickhouseUrl === '' ? 'embedded' : 'external',
  }
  // Only its owner may look into it, whatever the umask.
  const work = mkdtempSync(`${target}.tmp-`)
  let moment: Moment | null = null
  try {
    moment = await momentOf(options)
    const database = join(work, 'config.sqlite')
    // After the spool, so that whatever a click names is in it.
    copyDatabase(paths.config, database)
    const unfinished = join(work, 'backup.tar')
    const archive = await createArchive(unfinished, label, stop)
    try {
      await archive.addFile('config.sqlite', await open(database, 'r'))
      if (existsSync(paths.delivery)) {
        // After the moment as well: what is in the queue twice then goes out under one id, what is missing never would.
        const queue = join(work, basename(paths.delivery))
        copyDatabase(paths.delivery, queue)
        await archive.addFile(basename(paths.delivery), await open(queue, 'r'))
      }
      await addOrdinaryFiles(archive, config.dataDir, paths)
      await addMoment(archive, moment, label)
      const size = await archive.finish()
      renameSync(unfinished, target)
      return size
    } finally {
      await archive.close()
    }
  } finally {
    moment?.events?.remove()
    rmSync(work, { recursive: true, force: true })
  }
}

/** Where nothing runs, the store is started for as long as it takes to freeze its tables. */
async function momentOf({ config, paths, entry, env }: BackupOptions): Promise<Moment> {
  const name = `backup_${process.pid}_${Date.now()}`
  return whileQuiet(paths, async (hold) => {
    const needsStore = hold === null && config.clickhouseUrl === '' && !(await isStoreRunning(config, paths))
    const take = () => takeMoment(config, paths, name, hold)
    return needsStore ? withStoreProcess(entry, { ...env, TRACKYARD_DATA_DIR: config.dataDir }, take) : take()
  })
}

function copyDatabase(from: string, to: string): void {
  const database = new DatabaseSync(from)
  try {
    database.exec('PRAGMA busy_timeout = 5000')
    database.prepare('VACUUM INTO ?').run(to)
  } finally {
    database.close()
  }
}

async function addMoment(archive: ArchiveWriter, moment: Moment, { events }: BackupLabel): Promise<void> {
  for (const [name, file] of [...moment.segments].sort(([a], [b]) => a.localeCompare(b)))
    await archive.addFile(`spool/${name}`, file)
  if (moment.ingestState) {
    const state: unknown = JSON.parse(moment.ingestState.toString('utf8'))
    // Nobody knows how far a server of one's own will be when it is restored: what comes next is looked up there.
    const kept = events === 'external' && typeof state === 'object' ? { ...state, isReplay: true } : state
    await archive.addBytes('spool/ingest.json', Buffer.from(JSON.stringify(kept)))
  }
  if (moment.visitors) await archive.addFile('visitors/visitors.bin', moment.visitors)
  for (const [table, dir] of Object.entries(moment.events?.tables ?? {})) {
    for (const part of listDirectories(dir))
      for (const path of filesBelow(join(dir, part)))
        await archive.addFile(`${EVENTS_DIR}/${table}/${relative(dir, path)}`, await open(path, 'r'))
  }
}

/** Everything else of the data directory: what is added to it later is in the backup without being named here. */
async function addOrdinaryFiles(archive: ArchiveWriter, dataDir: string, paths: Paths): Promise<void> {
  const special = new Set([
    paths.cache,
    paths.store,
    paths.visitors,
    dirname(paths.snapshot),
    dirname(paths.backendSocket),
  ])
  const isOwn = (path: string): boolean =>
    path.startsWith(paths.config) ||
    path.startsWith(paths.delivery) ||
    path === paths.ingestState ||
    /\.(?:seg|tmp)$/.test(path)
  for (const path of filesBelow(dataDir, special)) {
    if (isOwn(path)) continue
    const file = await openIfThere(path)
    if (file) await archive.addFile(relative(dataDir, path), file)
  }
}

/** Regular files, links to them too. */
function* filesBelow(dir: string, except: ReadonlySet<string> = new Set()): Generator<string> {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (except.has(path)) continue
    if (entry.isDirectory()) yield* filesBelow(path, except)
    else if (leadsToFile(path)) yield path
  }
}

/** What a link leads to may be gone, or be the link itself. */
function leadsToFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ELOOP')) return false
    throw error
  }
}
