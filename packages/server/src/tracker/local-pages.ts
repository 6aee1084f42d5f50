import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileLocalPage } from '@trackyard/core/actions/local-page.ts'
import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'
import type { MacroContext } from '@trackyard/core/macros/macro.ts'
import { LRUCache } from 'lru-cache'
import { decodePage, folderPath } from '../local-page-files.ts'
import { type Log, messageOf } from '../log.ts'
import type { TrackerMetrics } from './metrics.ts'

/** Text of all pages together that is held in memory. */
const CACHE_CHARACTERS = 32 * 1_048_576
/** How soon a page that could not be read is tried again. */
const RETRY_MS = 1000

export interface LocalPages {
  /** Where the files of a version are. */
  dirOf(files: Pick<LocalFiles, 'folder' | 'version'>): string
  /** The page of a version with its macros; null, counted and logged when it cannot be read. */
  page(files: LocalFiles): Page | null
}
/** For places without visitors' files, such as benchmarks. */
export const NO_LOCAL_PAGES: LocalPages = { dirOf: () => '', page: () => null }

type Page = (context: MacroContext) => string

/** Uploaded pages, read when the first visitor comes and held by version: files of a version never change. */
export function createLocalPages(root: string, metrics: Pick<TrackerMetrics, 'missingPages'>, log: Log): LocalPages {
  const pages = new LRUCache<string, { readonly show: Page | null; readonly size: number }>({
    maxSize: CACHE_CHARACTERS,
    sizeCalculation: ({ size }) => size,
  })
  const dirOf = ({ folder, version }: Pick<LocalFiles, 'folder' | 'version'>): string => join(root, folder, version)
  const load = (files: LocalFiles, key: string): Page | null => {
    const path = join(dirOf(files), files.index)
    try {
      const html = decodePage(readFileSync(path))
      const show = compileLocalPage(html, folderPath(files))
      pages.set(key, { show, size: html.length + 1 })
      return show
    } catch (error) {
      log.error('an uploaded page cannot be read; visitors get an empty page', { path, error: messageOf(error) })
      pages.set(key, { show: null, size: 1 }, { ttl: RETRY_MS })
      return null
    }
  }
  return {
    dirOf,
    page(files) {
      const key = `${files.folder}/${files.version}`
      const known = pages.get(key)
      const page = known ? known.show : load(files, key)
      if (!page) metrics.missingPages.inc()
      return page
    },
  }
}
