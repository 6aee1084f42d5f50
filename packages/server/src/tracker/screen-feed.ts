import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EMPTY_RANGES, type RangeTable, rangesFromBytes } from '@trackyard/core/screen/range-table.ts'
import { compileScreen, type Screen } from '@trackyard/core/screen/screen.ts'
import { type Log, messageOf } from '../log.ts'
import type { SnapshotHeader } from '../snapshot.ts'

/**
 * Compiles the bot list and the black list of a snapshot, if they are not those of the last one. A file of addresses
 * that is missing or damaged is reported and the last good one stays: a visitor too many is better than none served.
 */
export function createScreenFeed(directory: string, log: Log): (header: SnapshotHeader) => Screen | null {
  let ranges: RangeTable = EMPTY_RANGES
  let rangesFile = ''
  let seen = ''
  let screen: Screen | null = null
  return ({ bots, blacklist }) => {
    const text = JSON.stringify([bots, blacklist])
    if (text === seen && rangesFile === bots.rangesFile) return screen
    seen = text
    if (bots.rangesFile !== rangesFile) {
      const loaded = bots.rangesFile === '' ? EMPTY_RANGES : loadRanges(join(directory, bots.rangesFile), log)
      if (loaded !== null) {
        ranges = loaded
        rangesFile = bots.rangesFile
      }
    }
    screen = compileScreen({ ranges, userAgents: bots.userAgents }, blacklist, Date.now())
    return screen
  }
}

function loadRanges(path: string, log: Log): RangeTable | null {
  try {
    const bytes = readFileSync(path)
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32)
    const table = path.endsWith(`bots-${digest}.bin`) ? rangesFromBytes(bytes) : null
    if (table === null) log.error('the bot list is damaged; the last good one stays', { path })
    return table
  } catch (error) {
    log.error('the bot list cannot be read; the last good one stays', { path, error: messageOf(error) })
    return null
  }
}
