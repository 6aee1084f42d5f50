import { parseArgs } from 'node:util'
import { createApiKey } from '../backend/auth/api-keys.ts'
import { readKey } from '../backend/users/key-routes.ts'
import { ConfigError } from '../config.ts'
import { makeDirectories } from '../paths.ts'
import { openSqliteConfigStore } from '../stores/config/sqlite.ts'
import type { CommandContext } from './command.ts'

const USE =
  'Use: trackyard keys create <name> [--user login] [--read-only] [--dialect 2017|modern] [--expires 2030-12-31] [--ip 10.0.0.0/8,...]'

export async function keys({ config, paths, args }: CommandContext): Promise<number> {
  const { verb, name, options } = readArgs(args)
  if (verb !== 'create') throw new ConfigError(USE)
  const input = {
    name,
    dialect: options.dialect,
    read_only: options['read-only'],
    expires_at: options.expires,
    ip_allow_list: options.ip,
  }
  const limits = readKey(input, Date.now())
  if (!limits.ok) throw new ConfigError(limits.problems.map(({ at, message }) => `${at}: ${message}`).join('; '))
  makeDirectories(config.dataDir, paths)
  const store = await openSqliteConfigStore(paths.config)
  try {
    const made = await createApiKey(store, name, Date.now(), limits.value, options.user)
    if (!made.ok) throw new ConfigError(made.problems.map((one) => one.message).join(' '))
    process.stdout.write(`${made.value}\n`)
    return 0
  } finally {
    await store.close()
  }
}

function readArgs(args: readonly string[]) {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        user: { type: 'string' },
        'read-only': { type: 'boolean' },
        dialect: { type: 'string' },
        expires: { type: 'string' },
        ip: { type: 'string' },
      },
    })
    const [verb, name = 'command line'] = positionals
    return { verb, name, options: values }
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)} ${USE}`)
  }
}
