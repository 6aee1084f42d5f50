import { isDeepStrictEqual } from 'node:util'
import { administratorAccess, parseAccess, presentAccess } from '@trackyard/core/permissions.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader, ConfigWriter, UserRow } from '../../stores/config/port.ts'
import { administrators, everyone, limitedKeyProblem } from '../auth/access.ts'
import { NEW_USER } from '../auth/api-keys.ts'
import type { Backend } from '../context.ts'
import type { Input } from '../http/read-body.ts'
import { type ApiRequest, idOf, type Route } from '../route.ts'
import { accessDoubts } from './access-doubts.ts'
import { presentUser } from './present.ts'
import { accessChange, newUser, userAnswer, userChanges } from './shapes.ts'
import { readUser } from './user-fields.ts'

const EVERYTHING = presentAccess(administratorAccess)
export const LAST_ADMINISTRATOR = 'This is the last active administrator: make another one first'

export const userRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/users',
    description: 'List of users',
    answers: z.array(userAnswer),
    access: administrators('read'),
    async handle(_, { configStore }) {
      const keys = Map.groupBy(await configStore.listApiKeys(), (key) => key.userId)
      return ok((await configStore.listUsers()).map((user) => presentUser(user, keys.get(user.id)?.length ?? 0)))
    },
  },
  {
    method: 'POST',
    path: '/users',
    description: 'Create a user',
    accepts: newUser,
    example: { login: 'ann', type: 'USER', ...twice('choose a long password') },
    answers: userAnswer,
    access: administrators('write'),
    handle: ({ input, actor, hint }, backend) =>
      inChange(actor, backend, async (writer) => {
        const read = await readUser(input, null, writer)
        const access = parseAccess(input.access_data)
        if (!read.ok || !access.ok)
          return fail(...(read.ok ? [] : read.problems), ...(access.ok ? [] : access.problems))
        const user = await writer.insertUser({ ...NEW_USER, ...read.value, access: presentAccess(access.value) })
        for (const sentence of await accessDoubts(input.access_data, access.value, writer)) hint(sentence)
        return ok(await shown(user, writer))
      }),
  },
  {
    method: 'GET',
    path: '/users/me',
    description: 'The user of this key or session',
    answers: userAnswer,
    access: everyone('read'),
    async handle({ actor }, { configStore }) {
      const user =
        actor.userId === null ? await configStore.findUser(actor.login) : await configStore.getUser(actor.userId)
      // The key from the settings works before anybody is set up.
      return ok(user ? await shown(user, configStore) : presentUser(SETTINGS_USER, 0))
    },
  },
  {
    method: 'GET',
    path: '/users/:id',
    description: 'One user',
    answers: userAnswer,
    access: administrators('read'),
    async handle(request, { configStore }) {
      const user = await configStore.getUser(idOf(request))
      return user ? ok(await shown(user, configStore)) : noUser(request)
    },
  },
  {
    method: 'PUT',
    path: '/users/:id',
    description: 'Change the given fields of a user; a new password ends the sessions',
    accepts: userChanges,
    example: { preferences: { language: 'en', timezone: 'Europe/Berlin' } },
    answers: userAnswer,
    access: administrators('write'),
    handle: (request, backend) =>
      inChange(request.actor, backend, async (writer) => {
        const user = await writer.getUser(idOf(request))
        if (!user) return noUser(request)
        const read = await readUser(request.input, user, writer)
        const access = parseAccess(request.input.access_data)
        if (!read.ok || !access.ok)
          return fail(...(read.ok ? [] : read.problems), ...(access.ok ? [] : access.problems))
        const after = { ...user, ...read.value }
        const stays = after.type === 'ADMIN' && after.state === 'active'
        if (!stays && (await isLastAdministrator(user, writer)))
          return fail(problem('validation', LAST_ADMINISTRATOR, after.type === 'ADMIN' ? 'state' : 'type'))
        const given = request.input.access_data ?? null
        // Of an administrator everything is shown as allowed: put back, it must not stay when the type changes later.
        const isRead = given !== null && after.type === 'USER'
        if (given !== null && !isRead && !isDeepStrictEqual(presentAccess(access.value), EVERYTHING))
          request.hint('access_data was ignored: an administrator may everything.')
        for (const sentence of isRead ? await accessDoubts(given, access.value, writer) : []) request.hint(sentence)
        const rights = isRead ? { access: presentAccess(access.value) } : {}
        const saved = await writer.updateUser(user.id, { ...read.value, ...rights })
        if (read.value.passwordHash || after.state !== 'active')
          await writer.removeSessions(user.id, request.actor.session?.hash)
        return ok(await shown(saved, writer))
      }),
  },
  {
    method: 'DELETE',
    path: '/users/:id',
    description: 'Delete a user with all keys, for good',
    answers: userAnswer,
    access: administrators('write'),
    handle: (request, backend) =>
      inChange(request.actor, backend, async (writer) => {
        const user = await writer.getUser(idOf(request))
        if (!user) return noUser(request)
        if (await isLastAdministrator(user, writer)) return fail(problem('validation', LAST_ADMINISTRATOR, 'id'))
        const gone = await shown(user, writer)
        await writer.removeUser(user.id)
        return ok(gone)
      }),
  },
  {
    method: 'PUT',
    path: '/users/:id/access',
    description: 'Say what a user may see and change',
    accepts: accessChange,
    example: { access_data: { campaigns_access_type: 'read_only', offers_access_type: 'own' } },
    answers: userAnswer,
    access: administrators('write'),
    handle: (request, backend) =>
      inChange(request.actor, backend, async (writer) => {
        const user = await writer.getUser(idOf(request))
        if (!user) return noUser(request)
        if (request.input.access_data === undefined)
          return fail(problem('validation', 'Access data is required', 'access_data'))
        const access = parseAccess(request.input.access_data)
        if (!access.ok) return access
        for (const sentence of await accessDoubts(request.input.access_data, access.value, writer))
          request.hint(sentence)
        return ok(await shown(await writer.updateUser(user.id, { access: presentAccess(access.value) }), writer))
      }),
  },
]

function twice(password: string): Input {
  return { new_password: password, new_password_confirmation: password }
}

export const noUser = (request: ApiRequest) =>
  fail(problem('not_found', `There is no user ${idOf(request) === 0 ? 'with this id' : idOf(request)}.`))

/** A change of users or keys, which a limited key may not make. */
export async function inChange<T>(
  actor: ApiRequest['actor'],
  { configStore, clock }: Backend,
  work: (writer: ConfigWriter) => Promise<Result<T>>,
): Promise<Result<T>> {
  const limited = limitedKeyProblem(actor)
  if (limited) return fail(limited)
  return configStore.change({ actor: actor.name, atMs: clock.nowMs() }, work)
}

const shown = async (user: UserRow, reader: ConfigReader) =>
  presentUser(user, (await reader.listApiKeys(user.id)).length)

export async function isLastAdministrator(user: UserRow, reader: ConfigReader): Promise<boolean> {
  const isActive = ({ type, state }: UserRow): boolean => type === 'ADMIN' && state === 'active'
  return isActive(user) && !(await reader.listUsers()).some((other) => other.id !== user.id && isActive(other))
}

const SETTINGS_USER: UserRow = { ...NEW_USER, id: 0, login: 'admin', type: 'ADMIN', createdAtMs: 0 }
