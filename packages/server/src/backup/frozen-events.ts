import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { type ClickHouseOptions, clientFor } from '../stores/events/clickhouse.ts'
import { eventTables, plainName } from '../stores/events/ddl.ts'

/** Frozen parts of a backup whose process was killed are removed by a later one. */
const LEFT_BEHIND_MS = 24 * 3_600_000
/** Letters, digits and underscores: others would be escaped in the name of the folder. */
const NAME = /^backup_\w+$/

/** A copy of the tables as they were at one moment: links to files that never change, so it costs no time and no space. */
export interface FrozenEvents {
  /** Directory of the frozen parts of each table. */
  readonly tables: Readonly<Record<string, string>>
  remove(): void
}

/** Freezes every table of the embedded store, one after another: nothing may be inserted meanwhile. */
export async function freezeEvents(options: ClickHouseOptions, storeDir: string, name: string): Promise<FrozenEvents> {
  const shadow = join(storeDir, 'data', 'shadow')
  removeLeftBehind(shadow)
  const remove = (): void => rmSync(join(shadow, name), { recursive: true, force: true })
  const client = clientFor(options)
  try {
    const folders = await tableFolders(client, options.database)
    for (const table of folders.keys())
      await client.command({
        query: `ALTER TABLE ${plainName(options.database)}.${table} FREEZE WITH NAME '${name}'`,
      })
    const data = join(storeDir, 'data')
    const frozen = [...folders].map(([table, path]) => [table, join(shadow, name, path.slice(data.length))] as const)
    const filled = await tablesWithRows(client, options.database)
    for (const [table, path] of frozen)
      if (filled.has(table) && listDirectories(path).length === 0)
        throw new Error(`The event store froze nothing of ${table} in ${path}`)
    return { tables: Object.fromEntries(frozen), remove }
  } catch (error) {
    remove()
    throw error
  } finally {
    await client.close()
  }
}

/** Takes parts into the tables, which must exist: `<from>/<table>/<part>/…` are moved there. */
export async function attachEvents(options: ClickHouseOptions, from: string): Promise<void> {
  const client = clientFor(options)
  try {
    for (const [table, folder] of await tableFolders(client, options.database)) {
      const parts = listDirectories(join(from, table))
      await mkdir(join(folder, 'detached'), { recursive: true })
      for (const part of parts) renameSync(join(from, table, part), join(folder, 'detached', part))
      // The name of a part begins with its partition.
      for (const partition of new Set(parts.map((part) => part.split('_')[0])))
        await client.command({
          query: `ALTER TABLE ${plainName(options.database)}.${table} ATTACH PARTITION ID '${partition}'`,
        })
      const refused = listDirectories(join(folder, 'detached'))
      if (refused.length > 0)
        throw new Error(`The event store refuses ${refused.length} parts of ${table}, the first is ${refused[0]}`)
    }
  } finally {
    await client.close()
  }
}

export const listDirectories = (dir: string): string[] => {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => basename(entry.name))
}

const tableRow = z.object({ name: z.string(), data_paths: z.tuple([z.string()]) })

/** Our tables that exist, with the folder each lives in. */
async function tableFolders(client: ClickHouseClient, database: string): Promise<Map<string, string>> {
  const answer = await client.query({
    query: `SELECT name, data_paths FROM system.tables WHERE database = '${plainName(database)}'`,
    format: 'JSONEachRow',
  })
  const rows = z.array(tableRow).parse(await answer.json())
  return new Map(rows.filter(({ name }) => name in eventTables).map(({ name, data_paths: [path] }) => [name, path]))
}

async function tablesWithRows(client: ClickHouseClient, database: string): Promise<Set<string>> {
  const answer = await client.query({
    query: `SELECT DISTINCT table AS name FROM system.parts WHERE database = '${plainName(database)}' AND active`,
    format: 'JSONEachRow',
  })
  return new Set(
    z
      .array(z.object({ name: z.string() }))
      .parse(await answer.json())
      .map(({ name }) => name),
  )
}

function removeLeftBehind(shadow: string): void {
  for (const name of listDirectories(shadow).filter((one) => NAME.test(one))) {
    const path = join(shadow, name)
    if (Date.now() - statSync(path).mtimeMs > LEFT_BEHIND_MS) rmSync(path, { recursive: true, force: true })
  }
}
