import { randomBytes } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'

/**
 * The files of local pages: `<root>/<folder>/<version>/…`. A version is written beside, synced and renamed into place,
 * and never changes again, so whoever reads one reads it whole. Which version is live stands in the configuration.
 */
export interface FileStore {
  /** Writes a new version of a folder; `fill` writes below the directory it is given. Answers the version. */
  write(folder: string, fill: (version: NewVersion) => Promise<void>): Promise<string>
  /** Relative paths of the files of a version, in order of name; null when the version cannot be read. */
  list(files: Place): Promise<string[] | null>
  /** A file of a version; null when there is none or it is longer than `maxBytes`. */
  read(files: Place, path: string, maxBytes?: number): Promise<Buffer | null>
  /** Removes a version that is not live: now, or once visitors who are just loading it are done. */
  remove(files: Place, afterMs?: number): Promise<void>
  /** Removes all that does not belong to one of these: what a crash or a failed change left behind. */
  sweep(live: readonly Place[]): Promise<void>
  /** Runs work on one folder after the other, so that two changes at once do not lose one of them. */
  inTurn<T>(key: string, work: () => Promise<T>): Promise<T>
  close(): void
}

export type Place = Pick<LocalFiles, 'folder' | 'version'>

export interface NewVersion {
  put(path: string, content: Uint8Array): Promise<void>
  /** Takes over files of another version as they are. */
  take(from: Place, paths: readonly string[]): Promise<void>
}

const UNFINISHED = '.new-'

export function createFileStore(root: string): FileStore {
  const turns = new Map<string, Promise<unknown>>()
  const timers = new Set<NodeJS.Timeout>()
  const dirOf = ({ folder, version }: Place): string => join(root, folder, version)
  const remove = async (files: Place): Promise<void> => {
    await rm(dirOf(files), { recursive: true, force: true })
    // Gone with its last version; while there are others this fails, as it should.
    await rmdir(join(root, files.folder)).catch(() => undefined)
  }
  return {
    async write(folder, fill) {
      const version = randomBytes(8).toString('hex')
      const temporary = join(root, `${UNFINISHED}${version}`)
      const dirs = new Set([temporary])
      await mkdir(temporary, { recursive: true, mode: 0o700 })
      try {
        const place = async (path: string): Promise<string> => {
          const target = join(temporary, path)
          for (let dir = dirname(target); !dirs.has(dir); dir = dirname(dir)) dirs.add(dir)
          await mkdir(dirname(target), { recursive: true, mode: 0o700 })
          return target
        }
        await fill({
          put: async (path, content) => writeSynced(await place(path), content),
          // Files of a version never change, so two versions may share one, where the file system lets them.
          async take(from, paths) {
            for (const path of paths) {
              const [source, target] = [join(dirOf(from), path), await place(path)]
              await link(source, target).catch(() => copyFile(source, target))
            }
          },
        })
        for (const dir of dirs) await sync(dir)
        await mkdir(join(root, folder), { recursive: true, mode: 0o700 })
        await rename(temporary, dirOf({ folder, version }))
        await sync(join(root, folder))
        await sync(root)
        return version
      } catch (error) {
        await rm(temporary, { recursive: true, force: true })
        throw error
      }
    },
    async list(files) {
      const dir = dirOf(files)
      const found: Dirent[] | null = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => null)
      return (
        found
          ?.filter((one) => one.isFile())
          .map((one) =>
            join(one.parentPath, one.name)
              .slice(dir.length + 1)
              .replaceAll('\\', '/'),
          )
          .sort() ?? null
      )
    },
    async read(files, path, maxBytes = Number.POSITIVE_INFINITY) {
      const file = join(dirOf(files), path)
      const found = await stat(file).catch(() => null)
      return found?.isFile() && found.size <= maxBytes ? readFile(file) : null
    },
    async remove(files, afterMs = 0) {
      if (afterMs === 0) return remove(files)
      const timer = setTimeout(() => {
        timers.delete(timer)
        void remove(files).catch(() => undefined)
      }, afterMs)
      timers.add(timer.unref())
    },
    async sweep(live) {
      const folders = Map.groupBy(live, ({ folder }) => folder)
      for (const name of await readdir(root).catch(() => [])) {
        const versions = folders.get(name)?.map(({ version }) => version)
        if (!versions) await rm(join(root, name), { recursive: true, force: true })
        for (const version of versions ? await readdir(join(root, name)) : []) {
          if (!versions?.includes(version)) await rm(join(root, name, version), { recursive: true, force: true })
        }
      }
    },
    async inTurn(key, work) {
      const turn = (turns.get(key) ?? Promise.resolve()).catch(() => undefined).then(work)
      turns.set(key, turn)
      try {
        return await turn
      } finally {
        if (turns.get(key) === turn) turns.delete(key)
      }
    },
    close() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

async function writeSynced(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Directories, too: else a name may be gone after a power failure although its file is there. */
async function sync(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
