import { fail, ok, problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { UserRow } from '../../stores/config/port.ts'
import { everyone } from '../auth/access.ts'
import type { Backend } from '../context.ts'
import type { ApiRequest, Route } from '../route.ts'
import { readPreferences } from '../users/user-fields.ts'

const shape = z
  .record(z.string(), z.unknown())
  .describe(
    'Whatever the user interface remembers for its user: language, timezone, first_weekday, columns, favourites.',
  )

/** What every user may keep for themselves. */
export const preferenceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/preferences',
    description: 'The own preferences: language, time zone, columns, favourites',
    access: everyone('read'),
    answers: shape,
    handle: async ({ actor }, backend) => ok((await selfOf(actor, backend))?.preferences ?? {}),
  },
  {
    method: 'PUT',
    path: '/preferences',
    description: 'Change the given ones of the own preferences; null removes one; 64 kB of JSON at most',
    access: everyone('write'),
    accepts: z.object({}).catchall(z.unknown()).describe('Preferences to set by name; others stay.'),
    answers: shape,
    async handle({ actor, input }, backend) {
      const user = await selfOf(actor, backend)
      if (!user)
        return fail(
          problem('forbidden', 'The key from the settings belongs to no user yet: set up an administrator first.'),
        )
      const problems: ReturnType<typeof problem>[] = []
      const merged = Object.entries({ ...user.preferences, ...input }).filter(([, value]) => value !== null)
      const preferences = readPreferences(Object.fromEntries(merged), (at, message) =>
        problems.push(problem('validation', message, at.replace(/^preferences\./, ''))),
      )
      if (problems.length > 0) return fail(...problems)
      await backend.configStore.savePreferences(user.id, preferences)
      return ok(preferences)
    },
  },
]

const selfOf = (actor: ApiRequest['actor'], { configStore }: Backend): Promise<UserRow | null> =>
  actor.userId === null ? configStore.findUser(actor.login) : configStore.getUser(actor.userId)
