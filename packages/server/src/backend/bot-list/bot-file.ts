import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createBotCollector } from '@trackyard/core/screen/bot-list.ts'
import { isEmptyTable, rangesToBytes } from '@trackyard/core/screen/range-table.ts'
import { replaceFile } from '../../replace-file.ts'
import type { SnapshotBots } from '../../snapshot.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { botPages } from './pages.ts'

/** Keeps the file with the addresses of the bot list in step with the store. */
export interface BotFile {
  /** Writes the file if the list has changed since; what the snapshot says of it. */
  publish(reader: ConfigReader): Promise<SnapshotBots>
  /** Removes files of older lists: the snapshot that named them is gone. The last one stays for a tracker that reads just now. */
  removeOld(): Promise<void>
}

export function createBotFile(directory: string): BotFile {
  let known: { readonly version: number; readonly bots: SnapshotBots } | null = null
  /** Of the list now and the one before. */
  let inUse: readonly string[] = []
  let isNew = true
  return {
    async publish(reader) {
      // Read before the content: a change in between is published again under its own, higher version.
      const version = await reader.version('bots')
      if (known?.version === version) return known.bots
      const bots = await writeBots(directory, reader)
      inUse = [bots.rangesFile, ...inUse].slice(0, 2)
      known = { version, bots }
      isNew = true
      return bots
    },
    async removeOld() {
      if (!isNew) return
      isNew = false
      for (const name of await readdir(directory))
        if (/^bots-[0-9a-f]+\.bin$/.test(name) && !inUse.includes(name))
          await rm(join(directory, name), { force: true })
    },
  }
}

async function writeBots(directory: string, reader: ConfigReader): Promise<SnapshotBots> {
  const collector = createBotCollector()
  for await (const page of botPages(reader)) for (const { value } of page) collector.add(value)
  const { ranges, userAgents } = collector.tables()
  if (isEmptyTable(ranges)) return { rangesFile: '', userAgents }
  const bytes = rangesToBytes(ranges)
  const rangesFile = `bots-${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.bin`
  await replaceFile(join(directory, rangesFile), bytes)
  return { rangesFile, userAgents }
}
