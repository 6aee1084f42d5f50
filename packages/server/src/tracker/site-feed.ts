import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { NO_CAPS, type OfferCaps } from '@trackyard/core/click/caps.ts'
import { capsPathOf, parseCaps } from '../caps-file.ts'
import { type Log, messageOf } from '../log.ts'
import { parseSnapshot } from '../snapshot.ts'
import { createCampaignIndexer } from './campaign-index.ts'
import { createScreenFeed } from './screen-feed.ts'
import { createShardFeed } from './shard-feed.ts'
import { buildSite, type LiveCampaign, type Site } from './site.ts'

const POLL_MS = 100

/**
 * Follows the snapshot. The backend replaces its head atomically; one that cannot be used, or of whose shards one cannot
 * be read, is reported and the last good site stays. The files are also what the tracker starts from while the backend
 * is down.
 */
export interface SiteFeed {
  current(): Site | null
  close(): void
}

/** Resolves when the snapshot that is there has been loaded. */
export async function followSnapshot(path: string, log: Log): Promise<SiteFeed> {
  let site: Site | null = null
  let isLooking = false
  const loadNewer = createSiteLoader(path, log)
  const capsOf = createCapsFeed(capsPathOf(path), log)
  const look = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    const newer = await loadNewer()
    const caps = capsOf()
    const found = newer ?? site
    if (found) site = found.caps === caps ? found : { ...found, caps }
    isLooking = false
  }
  await look()
  const timer = setInterval(() => void look(), POLL_MS)
  return { current: () => site, close: () => clearInterval(timer) }
}

/** What it makes answers the site of the snapshot that is there now; null when it is no other than before, or of no use. */
export function createSiteLoader(path: string, log: Log): () => Promise<Site | null> {
  let seen = ''
  const directory = dirname(path)
  const screenOf = createScreenFeed(directory, log)
  const campaignsOf = createShardFeed(directory, log)
  const indexed = createCampaignIndexer<LiveCampaign>()
  return async () => {
    const stamp = stampOf(path)
    if (stamp === '' || stamp === seen) return null
    seen = stamp
    try {
      const parsed = parseSnapshot(readFileSync(path, 'utf8'))
      const campaigns = parsed.ok ? await campaignsOf(parsed.value) : parsed
      if (!parsed.ok || !campaigns.ok) {
        // A shard may be gone because the backend has published again meanwhile: that is looked at next.
        if (stampOf(path) === stamp && !campaigns.ok)
          log.error('the snapshot cannot be used; the last good one stays', { problems: campaigns.problems })
        return null
      }
      const { header } = parsed.value
      const site = buildSite(header, await indexed(campaigns.value), screenOf(header))
      log.debug('snapshot loaded', { version: header.version, campaigns: site.campaignCount })
      return site
    } catch (error) {
      log.error('the snapshot cannot be read; the last good one stays', { error: messageOf(error) })
      return null
    }
  }
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
