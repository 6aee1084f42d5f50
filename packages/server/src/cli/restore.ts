import { resolve } from 'node:path'
import packageInfo from '../../package.json' with { type: 'json' }
import { restoreBackup } from '../backup/restore-backup.ts'
import { ConfigError } from '../config.ts'
import type { CommandContext } from './command.ts'

/** Unpacks a backup into an empty data directory. */
export async function restore({ config, entry, env, positionals, text }: CommandContext): Promise<number> {
  const [source, ...rest] = positionals
  if (!source || rest.length > 0)
    throw new ConfigError('Say which one: trackyard restore <file> [--data-dir <directory>].')
  const dataDir = resolve(text('data-dir') || config.dataDir)
  const { createdAt, events } = await restoreBackup({
    config,
    source: resolve(source),
    dataDir,
    version: packageInfo.version,
    entry,
    env,
  })
  const lines = [`${dataDir} is as it was at ${createdAt}. Start it with TRACKYARD_DATA_DIR=${dataDir} trackyard start`]
  if (events === 'external')
    lines.push('The events were in a ClickHouse server: restore that server first, from a copy no older than this one.')
  process.stdout.write(`${lines.join('\n')}\n`)
  return 0
}
