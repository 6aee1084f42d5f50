import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { ok } from '@trackyard/core/result.ts'
import { NEW_USER } from '../backend/auth/api-keys.ts'
import { readUser } from '../backend/users/user-fields.ts'
import { ConfigError } from '../config.ts'
import { makeDirectories } from '../paths.ts'
import { openSqliteConfigStore } from '../stores/config/sqlite.ts'
import type { CommandContext } from './command.ts'

const USE = 'Use: trackyard users create <login> [--admin]'

/** Makes a user and prints a password that is told nowhere else. */
export async function users({ config, paths, args }: CommandContext): Promise<number> {
  const { positionals, isAdmin } = readArgs(args)
  const [verb, login] = positionals
  if (verb !== 'create' || !login) throw new ConfigError(USE)
  makeDirectories(config.dataDir, paths)
  const store = await openSqliteConfigStore(paths.config)
  const password = randomBytes(12).toString('base64url')
  const input = {
    login,
    type: isAdmin ? 'ADMIN' : 'USER',
    new_password: password,
    new_password_confirmation: password,
  }
  try {
    const made = await store.change({ actor: 'command line', atMs: Date.now(), via: 'cli' }, async (writer) => {
      const read = await readUser(input, null, writer)
      return read.ok ? ok(await writer.insertUser({ ...NEW_USER, ...read.value })) : read
    })
    if (!made.ok) throw new ConfigError(made.problems.map((one) => one.message).join('; '))
    process.stdout.write(`${password}\n`)
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
      options: { admin: { type: 'boolean' } },
    })
    return { positionals, isAdmin: values.admin === true }
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)} ${USE}`)
  }
}
