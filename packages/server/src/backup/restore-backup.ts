import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type Config, ConfigError } from '../config.ts'
import { makeDirectories, pathsOf } from '../paths.ts'
import { openClickHouseEvents } from '../stores/events/clickhouse.ts'
import { eventStoreOptions } from '../stores/events/options.ts'
import { attachEvents } from './frozen-events.ts'
import {
  BACKUP_FORMAT,
  type BackupLabel,
  type BackupManifest,
  backupLabel,
  backupManifest,
  EVENTS_DIR,
  LABEL_FILE,
  MANIFEST_FILE,
} from './manifest.ts'
import { withStoreProcess } from './store-process.ts'
import { readTar, TarError } from './tar.ts'

export interface RestoreOptions {
  readonly config: Config
  readonly source: string
  readonly dataDir: string
  readonly version: string
  readonly entry: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Everything is prepared in here and moved to its place at the end, so that half a restore is never started. */
const WORK_DIR = 'restoring'

/** Unpacks a backup into a directory that is empty or not there. Throws ConfigError; the directory is then as it was. */
export async function restoreBackup(options: RestoreOptions): Promise<BackupManifest> {
  const { source, dataDir } = options
  const file = await openBackup(source)
  const work = join(dataDir, WORK_DIR)
  try {
    const wasThere = isEmptyDirectory(dataDir)
    try {
      mkdirSync(work, { recursive: true, mode: 0o700 })
      const manifest = await unpack(file, work, options).catch((error: unknown) => {
        throw error instanceof TarError
          ? new ConfigError(`The backup ${source} cannot be used: ${error.message}.`)
          : error
      })
      if (manifest.events === 'embedded') await restoreEvents(options, work)
      moveInto(dataDir, work)
      return manifest
    } catch (error) {
      rmSync(wasThere ? work : dataDir, { recursive: true, force: true })
      throw error
    }
  } finally {
    await file.close()
  }
}

async function openBackup(source: string): Promise<FileHandle> {
  const file = await open(source, 'r').catch(() => null)
  if (file && (await file.stat()).isFile()) return file
  await file?.close()
  throw new ConfigError(`There is no file ${source} that can be read.`)
}

/** False when it is not there. Throws when something is in it. */
function isEmptyDirectory(dir: string): boolean {
  try {
    if (readdirSync(dir).length === 0) return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
  throw new ConfigError(`${dir} is not empty. Restore into a new directory: --data-dir <directory>.`)
}

async function unpack(file: FileHandle, into: string, { version }: RestoreOptions): Promise<BackupManifest> {
  const found = new Map<string, string>()
  let manifest: BackupManifest | null = null
  for await (const { name, size, content } of readTar(file)) {
    if (found.size === 0 && name !== LABEL_FILE) throw new TarError('it is no backup of Trackyard')
    if (name === LABEL_FILE || name === MANIFEST_FILE) {
      const bytes = await buffer(content)
      if (name === MANIFEST_FILE) manifest = parseJson(bytes, (value) => backupManifest.parse(value))
      else
        refuseNewer(
          parseJson(bytes, (value) => backupLabel.parse(value)),
          version,
        )
      found.set(name, sumOf(size, createHash('sha256').update(bytes).digest('hex')))
      continue
    }
    if (!isInside(name)) throw new TarError(`the name "${name}" in it leads elsewhere`)
    found.set(name, sumOf(size, await writeOut(join(into, name), content)))
  }
  if (!manifest) throw new TarError('it ends without its list of contents')
  for (const { path, size, sha256 } of manifest.files)
    if (found.get(path) !== sumOf(size, sha256)) throw new TarError(`${path} in it is missing or damaged`)
  return manifest
}

const sumOf = (size: number, sha256: string): string => `${size} ${sha256}`

async function writeOut(path: string, content: AsyncIterable<Buffer>): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const hash = createHash('sha256')
  const output = await open(path, 'wx', 0o600)
  try {
    for await (const piece of content) {
      hash.update(piece)
      await output.writeFile(piece)
    }
    await output.datasync()
  } finally {
    await output.close()
  }
  return hash.digest('hex')
}

function parseJson<T>(bytes: Buffer, parse: (value: unknown) => T): T {
  try {
    return parse(JSON.parse(bytes.toString('utf8')))
  } catch {
    throw new TarError('its description cannot be read')
  }
}

function refuseNewer(label: BackupLabel, version: string): void {
  const isNewer = label.trackyard.localeCompare(version, 'en', { numeric: true }) > 0
  if (label.format > BACKUP_FORMAT || isNewer)
    throw new TarError(`Trackyard ${label.trackyard} made it, and this is ${version}; restore it with that version`)
}

/** Relative, below the directory, and no odd parts. */
const isInside = (name: string): boolean =>
  !name.includes('\0') && name.split(/[/\\]/).every((part) => part !== '' && part !== '.' && part !== '..')

/** Empty tables are made, and the engine takes the parts into them after looking at each. */
async function restoreEvents({ config, entry, env }: RestoreOptions, work: string): Promise<void> {
  const paths = pathsOf(work)
  const settings = { ...config, dataDir: work, storePort: 0, clickhouseUrl: '' }
  makeDirectories(work, paths)
  const storeEnv = { ...env, TRACKYARD_DATA_DIR: work, TRACKYARD_STORE_PORT: '0' }
  await withStoreProcess(entry, storeEnv, async () => {
    const options = eventStoreOptions(settings, paths)
    const store = openClickHouseEvents(options)
    try {
      await store.migrate()
    } finally {
      await store.close()
    }
    await attachEvents(options, join(work, EVENTS_DIR))
  })
  for (const dir of [join(work, EVENTS_DIR), dirname(paths.storeSocket)]) rmSync(dir, { recursive: true, force: true })
}

/** The configuration last: without it nothing starts as if it were whole. */
function moveInto(dataDir: string, work: string): void {
  const names = readdirSync(work).sort((a, b) => Number(a === 'config.sqlite') - Number(b === 'config.sqlite'))
  for (const name of names) renameSync(join(work, name), join(dataDir, name))
  rmSync(work, { recursive: true })
}
