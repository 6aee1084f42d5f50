import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { NEW_USER } from '../backend/auth/api-keys.ts'
import { presentTime } from '../backend/resources/present.ts'
import { isLastAdministrator, LAST_ADMINISTRATOR } from '../backend/users/routes.ts'
import { readUser } from '../backend/users/user-fields.ts'
import { ConfigError } from '../config.ts'
import type { ConfigStore, ConfigWriter, UserRow } from '../stores/config/port.ts'
import type { CommandContext } from './command.ts'
import { byCommandLine, table, withConfigStore } from './with-config-store.ts'

/** Makes and lists users, gives them passwords, locks them out. */
export async function users(context: CommandContext): Promise<number> {
  const [verb, login = '', ...rest] = context.positionals
  if (rest.length > 0) throw new ConfigError(`What is "${rest.join(' ')}"? A login has no spaces.`)
  if (verb === 'list' && login === '') return withConfigStore(context, list)
  const work = verb === undefined || login === '' ? undefined : verbs[verb]
  if (!work)
    throw new ConfigError(
      'Say users list, or users create, set-password, disable or enable with a <login>. See trackyard users --help.',
    )
  return withConfigStore(context, (store) => work(store, login, context))
}

type Verb = (store: ConfigStore, login: string, context: CommandContext) => Promise<Result<string>>

const verbs: Readonly<Record<string, Verb>> = {
  async create(store, login, context) {
    const { input, told } = await newPassword(context)
    return store.change(byCommandLine(), async (writer) => {
      const type = context.flag('admin') ? 'ADMIN' : 'USER'
      const read = await readUser({ login, type, ...input }, null, writer)
      if (!read.ok) return read
      await writer.insertUser({ ...NEW_USER, ...read.value })
      return ok(told)
    })
  },

  async 'set-password'(store, login, context) {
    const { input, told } = await newPassword(context)
    return changeUser(store, login, async (user, writer) => {
      const read = await readUser(input, user, writer)
      if (!read.ok) return read
      await writer.updateUser(user.id, read.value)
      await writer.removeSessions(user.id)
      return ok(told)
    })
  },

  disable: (store, login) =>
    changeUser(store, login, async (user, writer) => {
      if (await isLastAdministrator(user, writer)) return fail(problem('validation', LAST_ADMINISTRATOR))
      await writer.updateUser(user.id, { state: 'disabled' })
      await writer.removeSessions(user.id)
      return ok(`${user.login} is locked out, with all keys.`)
    }),

  enable: (store, login) =>
    changeUser(store, login, async (user, writer) => {
      await writer.updateUser(user.id, { state: 'active' })
      return ok(`${user.login} may come in again.`)
    }),
}

const changeUser = (
  store: ConfigStore,
  login: string,
  work: (user: UserRow, writer: ConfigWriter) => Promise<Result<string>>,
): Promise<Result<string>> =>
  store.change(byCommandLine(), async (writer) => {
    const user = await writer.findUser(login)
    return user
      ? work(user, writer)
      : fail(problem('not_found', `There is no user "${login}". trackyard users list shows the logins.`))
  })

/** Made up and told, or read from standard input and told to nobody. */
async function newPassword(context: CommandContext): Promise<{ input: Record<string, string>; told: string }> {
  const isRead = context.flag('stdin')
  const password = isRead ? (await text(process.stdin)).replace(/\r?\n$/, '') : randomBytes(12).toString('base64url')
  return { input: { new_password: password, new_password_confirmation: password }, told: isRead ? '' : password }
}

async function list(store: ConfigStore): Promise<Result<string>> {
  const keysOf = Map.groupBy(await store.listApiKeys(), (key) => key.userId)
  const rows = (await store.listUsers()).map((user) => [
    String(user.id),
    user.login,
    user.type,
    user.state,
    user.passwordHash === '' ? 'no' : 'yes',
    user.totpSecret === '' ? 'no' : 'yes',
    String(keysOf.get(user.id)?.length ?? 0),
    presentTime(user.createdAtMs),
  ])
  return ok(table([['ID', 'LOGIN', 'TYPE', 'STATE', 'PASSWORD', '2ND FACTOR', 'KEYS', 'CREATED (UTC)'], ...rows]))
}
