import { flag, requiredText } from '@trackyard/core/entities/fields.ts'
import { parseReportQuery } from '@trackyard/core/report/query.ts'
import { resolveRange } from '@trackyard/core/report/range.ts'
import { reportHints } from '@trackyard/core/report/request-hints.ts'
import { fail, ok, type Problem, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { Favourite } from '../../../stores/config/favourites/port.ts'
import type { ConfigReader, ConfigWriter } from '../../../stores/config/port.ts'
import { section } from '../../auth/access.ts'
import type { Actor } from '../../auth/actor.ts'
import type { Backend } from '../../context.ts'
import { readInput } from '../../http/read-input.ts'
import { presentTime } from '../../resources/present.ts'
import { type ApiRequest, idOf, type Route } from '../../route.ts'
import { allowedReport } from '../columns.ts'

const MAX_PAYLOAD_CHARS = 50_000
const MAX_FAVOURITES = 500

const OBJECT = 'must be a request of /report/build, such as {"range": {"interval": "today"}, "grouping": ["country"]}'
const name = requiredText('Name').describe('What it is called.')
const isShared = flag().describe('Everybody who may see reports finds it in their list; only its owner changes it.')
const payload = z
  .preprocess(fromJson, z.record(z.string(), z.unknown(), { error: OBJECT }))
  .refine((given) => JSON.stringify(given).length <= MAX_PAYLOAD_CHARS, {
    error: `must be at most ${MAX_PAYLOAD_CHARS} characters of JSON`,
  })
  .describe('The report, as /report/build takes it. It is checked now, and answered as it was sent.')

const newFavourite = z.object({ name, is_shared: isShared.default(false), payload })
const changes = z.object({ name: name.optional(), is_shared: isShared.optional(), payload: payload.optional() })

const favourite = z
  .object({
    id: z.int().describe('Number of the favourite.'),
    name: z.string().describe('What it is called.'),
    user_id: z.int().nullable().describe('Whose it is; null: of nobody any more, so administrators look after it.'),
    is_shared: z.boolean().describe('Others find it in their list as well.'),
    payload: z.record(z.string(), z.unknown()).describe('The report: send it to /report/build.'),
    created_at: z.string().describe('UTC.'),
    updated_at: z.string().describe('UTC.'),
  })
  .meta({ description: 'A report saved under a name.' })

/** Form fields bring JSON as text. */
function fromJson(given: unknown): unknown {
  if (typeof given !== 'string') return given
  try {
    return JSON.parse(given)
  } catch {
    return given
  }
}

const present = ({ id, name, userId, isShared, payload, createdAtMs, updatedAtMs }: Favourite) => ({
  ...{ id, name, user_id: userId, is_shared: isShared, payload },
  ...{ created_at: presentTime(createdAtMs), updated_at: presentTime(updatedAtMs) },
})

const isOwn = ({ userId }: Favourite, actor: Actor): boolean => userId === actor.userId

/** Those a user finds in their list: their own, then what others share. */
async function favouritesOf(actor: Actor, reader: ConfigReader): Promise<Favourite[]> {
  const all = await reader.listFavourites()
  return [...all.filter((one) => isOwn(one, actor)), ...all.filter((one) => !isOwn(one, actor) && one.isShared)]
}

async function find(request: ApiRequest, reader: ConfigReader): Promise<Result<Favourite>> {
  const id = idOf(request)
  const found = (await favouritesOf(request.actor, reader)).find((one) => one.id === id)
  return found ? ok(found) : fail(problem('not_found', `You have no favourite report ${id}.`))
}

/** The same to be changed: shared ones by their owner, or an administrator. */
async function findToChange(request: ApiRequest, reader: ConfigReader): Promise<Result<Favourite>> {
  const found = await find(request, reader)
  if (!found.ok || isOwn(found.value, request.actor) || request.actor.access.isAdministrator) return found
  return fail(
    problem('forbidden', `You have no permission to change favourite report ${found.value.id}: it is shared with you.`),
  )
}

/** Refuses what /report/build would refuse, under the field that is to be mended. */
function checkPayload(
  given: Readonly<Record<string, unknown>>,
  request: ApiRequest,
  { clock }: Pick<Backend, 'clock'>,
): Result<null> {
  const parsed = parseReportQuery(given)
  const allowed = parsed.ok ? allowedReport(parsed.value, request.actor.access) : parsed
  // Only whether it can be understood: what it means is found out each time.
  const asked = parsed.ok ? parsed.value.range : null
  const range = asked
    ? resolveRange(asked, { nowMs: clock.nowMs(), defaultTimeZone: 'UTC', firstWeekday: 1 })
    : ok(null)
  const problems = [allowed, range].flatMap((one) => (one.ok ? [] : one.problems))
  if (problems.length > 0) return fail(...problems.map(inPayload))
  for (const hint of reportHints(given)) request.hint(`payload: ${hint}`)
  return ok(null)
}
const inPayload = ({ code, message, at }: Problem): Problem =>
  code === 'forbidden' ? { code, message } : problem('validation', message, at ? `payload.${at}` : 'payload')

const change = <T>(
  request: ApiRequest,
  { configStore, clock }: Backend,
  work: (writer: ConfigWriter) => Promise<Result<T>>,
) => configStore.change({ actor: request.actor.name, atMs: clock.nowMs() }, work)

const at = (method: Route['method'], path: string, description: string) => ({
  method,
  path: `/report/favourites${path}`,
  description,
  access: section(method === 'GET' ? 'read' : 'write', 'reports'),
})

const example = {
  name: 'Countries this week',
  is_shared: true,
  payload: { range: { interval: 'first_day_of_this_week' }, grouping: ['country'], metrics: ['clicks', 'profit'] },
}

export const favouriteRoutes: readonly Route[] = [
  {
    ...at('GET', '', 'Saved reports: your own, and those that others share'),
    answers: z.array(favourite),
    handle: async ({ actor }, { configStore }) => ok((await favouritesOf(actor, configStore)).map(present)),
  },
  {
    ...at('POST', '', 'Save a report under a name'),
    accepts: newFavourite,
    example,
    answers: favourite,
    async handle(request, backend) {
      const read = readInput(newFavourite, request.input)
      if (!read.ok) return read
      const { name, is_shared: isShared, payload } = read.value
      const checked = checkPayload(payload, request, backend)
      if (!checked.ok) return checked
      const { userId } = request.actor
      return change(request, backend, async (writer) => {
        const own = (await writer.listFavourites()).filter((one) => isOwn(one, request.actor))
        if (own.length >= MAX_FAVOURITES)
          return fail(problem('validation', `${MAX_FAVOURITES} reports are saved already: delete some first`, 'name'))
        return ok(present(await writer.insertFavourite({ userId, name, isShared, payload })))
      })
    },
  },
  {
    ...at('GET', '/:id', 'One saved report'),
    answers: favourite,
    async handle(request, { configStore }) {
      const found = await find(request, configStore)
      return found.ok ? ok(present(found.value)) : found
    },
  },
  {
    ...at('PUT', '/:id', 'Change a saved report: what is not sent stays'),
    accepts: changes,
    example: { name: 'Countries' },
    answers: favourite,
    async handle(request, backend) {
      const read = readInput(changes, request.input)
      if (!read.ok) return read
      const checked = read.value.payload ? checkPayload(read.value.payload, request, backend) : ok(null)
      if (!checked.ok) return checked
      return change(request, backend, async (writer) => {
        const found = await findToChange(request, writer)
        if (!found.ok) return found
        const { id, userId, ...before } = found.value
        const { name = before.name, is_shared: isShared = before.isShared, payload = before.payload } = read.value
        return ok(present(await writer.updateFavourite(id, { userId, name, isShared, payload })))
      })
    },
  },
  {
    ...at('DELETE', '/:id', 'Delete a saved report; answers what it was'),
    answers: favourite,
    handle: (request, backend) =>
      change(request, backend, async (writer) => {
        const found = await findToChange(request, writer)
        if (!found.ok) return found
        await writer.removeFavourite(found.value.id)
        return ok(present(found.value))
      }),
  },
]
