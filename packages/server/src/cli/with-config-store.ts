import { existsSync } from 'node:fs'
import type { Result } from '@trackyard/core/result.ts'
import { ConfigError } from '../config.ts'
import type { ConfigStore } from '../stores/config/port.ts'
import { openSqliteConfigStore } from '../stores/config/sqlite.ts'
import type { CommandContext } from './command.ts'

const EXIT_NO_INSTALLATION = 2

/** Author of every change made here. */
export const byCommandLine = () => ({ actor: 'command line', atMs: Date.now(), via: 'cli' }) as const

/**
 * Works on the configuration of the data directory, while Trackyard runs or not, and prints what comes of it ('' prints
 * nothing). Throws ConfigError with the problems in one line. Where no installation is, it makes none and answers 2.
 */
export async function withConfigStore(
  { config, paths }: CommandContext,
  work: (store: ConfigStore) => Promise<Result<string>>,
): Promise<number> {
  if (!existsSync(paths.config)) {
    process.stderr.write(
      `trackyard: There is no Trackyard installation in ${config.dataDir}: set TRACKYARD_DATA_DIR (default ./data) or start it once.\n`,
    )
    return EXIT_NO_INSTALLATION
  }
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
