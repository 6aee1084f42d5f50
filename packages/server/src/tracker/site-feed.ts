import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { NO_CAPS, type OfferCaps } from '@trackyard/core/click/caps.ts'
import { capsPathOf, parseCaps } from '../caps-file.ts'
import { type Log, messageOf } from '../log.ts'
import { parseSnapshot } from '../snapshot.ts'
import { createScreenFeed } from './screen-feed.ts'
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
  const screenOf = createScreenFeed(dirname(path), log)
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
      ;({ site, lines } = buildSite(parsed.value, lines, log, screenOf(parsed.value.header)))
      log.debug('snapshot loaded', { version: site.header.version, campaigns: site.campaignCount })
    } catch (error) {
      log.error('the snapshot cannot be read; the last good one stays', { error: messageOf(error) })
    }
  }
  const capsOf = createCapsFeed(capsPathOf(path), log)
  const look = (): void => {
    load()
    const caps = capsOf()
    if (site && site.caps !== caps) site = { ...site, caps }
  }
  look()
  const timer = setInterval(look, POLL_MS)
  return { current: () => site, close: () => clearInterval(timer) }
}

/** Offers that are full as the file says now; one that cannot be read is reported and the last good one stays. */
function createCapsFeed(path: string, log: Log): () => OfferCaps {
  let seen = ''
  let caps: OfferCaps = NO_CAPS
  return () => {
    const stamp = stampOf(path)
    if (stamp === seen) return caps
    seen = stamp
    try {
      const read = stamp === '' ? NO_CAPS : parseCaps(readFileSync(path, 'utf8'))
      if (read === null) log.error('the file of full offers is damaged; the last good one stays', { path })
      else caps = read
    } catch (error) {
      log.error('the file of full offers cannot be read; the last good one stays', { path, error: messageOf(error) })
    }
    return caps
  }
}

/** Identity of the file's present content; polling it works on every file system, watching does not. */
function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat ? `${stat.ino}:${stat.mtimeMs}:${stat.size}` : ''
}
