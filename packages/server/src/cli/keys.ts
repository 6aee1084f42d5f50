import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { createApiKey } from '../backend/auth/api-keys.ts'
import { presentTime } from '../backend/resources/present.ts'
import { readKey } from '../backend/users/key-routes.ts'
import { ConfigError } from '../config.ts'
import type { ConfigStore } from '../stores/config/port.ts'
import type { CommandContext } from './command.ts'
import { byCommandLine, table, withConfigStore } from './with-config-store.ts'

/** Makes, lists and deletes Admin API keys. */
export async function keys(context: CommandContext): Promise<number> {
  const [verb, subject = '', ...rest] = context.positionals
  if (rest.length > 0) throw new ConfigError(`What is "${rest.join(' ')}"? A name with spaces needs quotes.`)
  if (verb === 'create') return create(context, subject)
  if (verb === 'list' && subject === '') return withConfigStore(context, list)
  if (verb === 'revoke') return withConfigStore(context, (store) => revoke(store, subject))
  throw new ConfigError('Say keys create <name>, keys list or keys revoke <id>. See trackyard keys --help.')
}

function create(context: CommandContext, name: string): Promise<number> {
  if (name === '')
    throw new ConfigError('A key needs a name that tells what it is for, such as: trackyard keys create n8n')
  const limits = readKey(
    {
      name,
      dialect: context.text('dialect'),
      read_only: context.flag('read-only'),
      expires_at: context.text('expires'),
      ip_allow_list: context.text('ip'),
    },
    Date.now(),
  )
  return withConfigStore(context, async (store) =>
    limits.ok ? createApiKey(store, name, Date.now(), limits.value, context.text('user') || undefined) : limits,
  )
}

async function list(store: ConfigStore): Promise<Result<string>> {
  const logins = new Map((await store.listUsers()).map(({ id, login }) => [id, login]))
  const rows = (await store.listApiKeys()).map((key) => [
    String(key.id),
    key.name,
    logins.get(key.userId) ?? '?',
    `${key.prefix}…`,
    key.dialect ?? 'default',
    presentTime(key.lastUsedAtMs) || 'never',
    presentTime(key.expiresAtMs) || 'never',
    key.readOnly ? 'yes' : 'no',
  ])
  return ok(table([['ID', 'NAME', 'OWNER', 'KEY', 'DIALECT', 'LAST USE (UTC)', 'EXPIRES (UTC)', 'READ-ONLY'], ...rows]))
}

const revoke = (store: ConfigStore, id: string): Promise<Result<string>> =>
  store.change(byCommandLine(), async (writer) => {
    const key = (await writer.listApiKeys()).find((one) => String(one.id) === id)
    if (!key)
      return fail(problem('not_found', `There is no key with the id "${id}". trackyard keys list shows the ids.`))
    await writer.removeApiKey(key.id)
    return ok(`The key "${key.name}" (${key.prefix}…) works no more.`)
  })
