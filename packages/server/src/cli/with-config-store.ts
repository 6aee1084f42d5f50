import type { Result } from '@trackyard/core/result.ts'
import { ConfigError } from '../config.ts'
import { makeDirectories } from '../paths.ts'
import type { ConfigStore } from '../stores/config/port.ts'
import { openSqliteConfigStore } from '../stores/config/sqlite.ts'
import type { CommandContext } from './command.ts'

/** Author of every change made here. */
export const byCommandLine = () => ({ actor: 'command line', atMs: Date.now(), via: 'cli' }) as const

/**
 * Works on the configuration of the data directory, while Trackyard runs or not, and prints what comes of it ('' prints
 * nothing). Throws ConfigError with the problems in one line.
 */
export async function withConfigStore(
  { config, paths }: CommandContext,
  work: (store: ConfigStore) => Promise<Result<string>>,
): Promise<number> {
  makeDirectories(config.dataDir, paths)
  const store = await openSqliteConfigStore(paths.config)
  try {
    const done = await work(store)
    if (!done.ok)
      throw new ConfigError(done.problems.map(({ at, message }) => (at ? `${at}: ${message}` : message)).join('; '))
    if (done.value !== '') process.stdout.write(`${done.value}\n`)
    return 0
  } finally {
    await store.close()
  }
}

/** Columns side by side, the first line being their titles. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
