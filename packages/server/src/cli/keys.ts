import { createApiKey } from '../backend/auth/api-keys.ts'
import { ConfigError } from '../config.ts'
import { makeDirectories } from '../paths.ts'
import { openSqliteConfigStore } from '../stores/config/sqlite.ts'
import type { CommandContext } from './command.ts'

export async function keys({ config, paths, args }: CommandContext): Promise<number> {
  const [verb, name = 'command line'] = args
  if (verb !== 'create') throw new ConfigError('Use: trackyard keys create <name>')
  makeDirectories(config.dataDir, paths)
  const store = await openSqliteConfigStore(paths.config)
  try {
    const made = await createApiKey(store, name, Date.now())
    if (!made.ok) throw new ConfigError(made.problems.map((one) => one.message).join(' '))
    process.stdout.write(`${made.value}\n`)
    return 0
  } finally {
    await store.close()
  }
}
