import { readFileSync, statSync } from 'node:fs'
import { type Log, messageOf } from '../log.ts'
import { parseSnapshot } from '../snapshot.ts'
import { buildSite, type CompiledLines, type Site } from './site.ts'

const POLL_MS = 100

/**
 * Follows the snapshot file. The backend replaces it atomically; a file that cannot be read or parsed is reported and
 * the last good site stays. The file is also what the tracker starts from while the backend is down.
 */
export interface SiteFeed {
  current(): Site | null
  close(): void
}

export function followSnapshot(path: string, log: Log): SiteFeed {
  let site: Site | null = null
  let lines: CompiledLines = new Map()
  let seen = ''
  const load = (): void => {
    const stamp = stampOf(path)
    if (stamp === '' || stamp === seen) return
    seen = stamp
    try {
      const parsed = parseSnapshot(readFileSync(path, 'utf8'))
      if (!parsed.ok) {
        log.error('the snapshot cannot be used; the last good one stays', { problems: parsed.problems })
        return
      }
      ;({ site, lines } = buildSite(parsed.value, lines, log))
      log.debug('snapshot loaded', { version: site.header.version, campaigns: site.campaignCount })
    } catch (error) {
      log.error('the snapshot cannot be read; the last good one stays', { error: messageOf(error) })
    }
  }
  load()
  const timer = setInterval(load, POLL_MS)
  return { current: () => site, close: () => clearInterval(timer) }
}

/** Identity of the file's present content; polling it works on every file system, watching does not. */
function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat ? `${stat.ino}:${stat.mtimeMs}:${stat.size}` : ''
}
