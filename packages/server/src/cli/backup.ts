import { statSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import packageInfo from '../../package.json' with { type: 'json' }
import { makeBackup } from '../backup/make-backup.ts'
import { ConfigError } from '../config.ts'
import type { CommandContext } from './command.ts'

const MEGABYTE = 1_048_576

/** Saves the data directory into one file. */
export async function backup({ config, paths, entry, env, positionals }: CommandContext): Promise<number> {
  const [where, ...rest] = positionals
  if (!where || rest.length > 0)
    throw new ConfigError('Say where to: trackyard backup <file or directory>. See trackyard backup --help.')
  const target = targetOf(resolve(where), config.dataDir)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new ConfigError('The backup was stopped; nothing was kept of it.')))
  const bytes = await makeBackup({
    config,
    paths,
    target,
    version: packageInfo.version,
    entry,
    env,
    stop: stop.signal,
  })
  const lines = [
    `${target} holds everything in ${config.dataDir} (${(bytes / MEGABYTE).toFixed(1)} MB).`,
    'It includes secrets and password hashes: keep it where only you can read it.',
  ]
  if (config.clickhouseUrl !== '')
    lines.push('The events are in your ClickHouse server and not in this file: back that server up too, after this.')
  process.stdout.write(`${lines.join('\n')}\n`)
  return 0
}

function targetOf(where: string, dataDir: string): string {
  const found = statSync(where, { throwIfNoEntry: false })
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
  const target = found?.isDirectory() ? join(where, `trackyard-${stamp}Z.tar`) : where
  if (found && !found.isDirectory()) throw new ConfigError(`${where} exists already. Name another file.`)
  if (!statSync(dirname(target), { throwIfNoEntry: false })?.isDirectory())
    throw new ConfigError(`There is no directory ${dirname(target)}.`)
  if (`${target}${sep}`.startsWith(`${dataDir}${sep}`))
    throw new ConfigError(`${where} is inside the data directory. Name a place elsewhere, best on another disk.`)
  return target
}
