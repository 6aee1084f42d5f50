import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { administrators, everyone, refusal } from '../auth/access.ts'
import type { Backend } from '../context.ts'
import type { ApiRequest, Route } from '../route.ts'
import { textOf } from '../users/user-fields.ts'
import { auditLogRoute } from './audit.ts'
import { logs } from './index.ts'
import { type KeyedEntry, type LogDef, logAccepts, logEntry, readPage } from './log.ts'
import { postbackLogRoute } from './postbacks.ts'
import { replayRoute } from './replay-postbacks.ts'
import { sentPostbackLogRoute } from './sent-postbacks.ts'
import { systemLogFilters } from './system.ts'

type Asker = Pick<ApiRequest, 'actor' | 'input' | 'hint'>

/** The logs this user may read. */
async function readable({ actor }: Asker, { configStore }: Backend): Promise<[string, LogDef][]> {
  const open: [string, LogDef][] = []
  for (const [name, log] of Object.entries(logs))
    if (!(await refusal(log.access, actor, 0, configStore))) open.push([name, log])
  return open
}

const typesRoute = (method: 'GET' | 'POST'): Route => ({
  method,
  path: '/logs/types',
  description: 'Names of the logs you may read',
  access: everyone('read'),
  answers: z.array(z.string().describe('Name of a log, for /logs/{name}.')),
  handle: async (request, backend) => ok((await readable(request, backend)).map(([name]) => name)),
})

const MAX_MERGED_OFFSET = 10_000

const newestRoute: Route = {
  method: 'GET',
  path: '/logs',
  description: 'The newest entries of all logs you may read, or of the one named by type',
  access: everyone('read'),
  accepts: logAccepts.extend({ type: z.string().optional().describe('Name of one log, see /logs/types.') }),
  answers: z.array(logEntry.extend({ type: z.string().describe('Log the entry is from.') })),
  async handle(request, backend) {
    const page = readPage(request)
    if (!page.ok) return page
    const { limit, offset } = page.value
    // Every log is read up to where the page ends.
    if (offset > MAX_MERGED_OFFSET)
      return fail(
        problem(
          'bad_request',
          `offset: must be at most ${MAX_MERGED_OFFSET} here: name one log, as in GET logs/audit?offset=…, to read further back.`,
          'offset',
        ),
      )
    const type = textOf(request.input.type)
    const one = type === '' ? null : await openLog(type, request, backend)
    if (one && !one.ok) return one
    // Errors are lines of the system log, too.
    const all = (await readable(request, backend)).filter(([name]) => name !== 'errors')
    const open = one ? [[type, one.value] as const] : all
    const entries: (KeyedEntry & { readonly type: string })[] = []
    for (const [name, log] of open) {
      const found = await log.read({ ...page.value, limit: limit + offset, offset: 0 }, request, backend)
      if (!found.ok && one) return found
      // One that cannot be read now, or not all of it by this user, hides none of the others.
      if (!found.ok) request.hint(`The log ${name} was left out: ${found.problems[0]?.message ?? ''}`)
      else entries.push(...found.value.map((entry) => ({ ...entry, type: name })))
    }
    const newest = entries.sort((a, b) => b.atMs - a.atMs).slice(offset, offset + limit)
    return ok(newest.map((one) => ({ ...identified(one.type, one), type: one.type })))
  },
}

const readRoute: Route = {
  method: 'GET',
  path: '/logs/:name',
  description: 'Entries of the named log, newest first; or the one entry whose id is given instead of a name',
  access: everyone('read'),
  accepts: logAccepts.extend(systemLogFilters),
  answers: z.union([z.array(logEntry), logEntry]).describe('A list for the name of a log, one entry for an id.'),
  async handle(request, backend) {
    const name = request.params.name ?? ''
    if (!Object.hasOwn(logs, name)) return readEntry(name, request, backend)
    const log = await openLog(name, request, backend)
    if (!log.ok) return log
    const page = readPage(request)
    if (!page.ok) return page
    const entries = await log.value.read(page.value, request, backend)
    return entries.ok ? ok(entries.value.map((one) => identified(name, one))) : entries
  },
}

const FIXED = 'Entries of logs are records of what happened and cannot be changed.'

const changeRoute: Route = {
  method: 'PUT',
  path: '/logs/:name',
  description: 'Refused with words: entries of logs cannot be changed',
  access: everyone('write'),
  handle: async () => fail(problem('bad_request', FIXED)),
}

const clearRoute: Route = {
  method: 'DELETE',
  path: '/logs/:name',
  description:
    'Empty the named log: system, errors, postbacks and sent_postbacks can be emptied, single entries cannot be removed',
  access: administrators('write'),
  answers: z.object({ success: z.literal(true).describe('The log holds nothing from before any more.') }),
  async handle(request, backend) {
    const name = request.params.name ?? ''
    if (!Object.hasOwn(logs, name)) {
      const found = await readEntry(name, request, backend)
      const words = 'Single entries of a log cannot be removed; DELETE /logs/{type} empties a whole log.'
      return found.ok ? fail(problem('bad_request', words)) : found
    }
    const log = await openLog(name, request, backend)
    if (!log.ok) return log
    if (typeof log.value.clear === 'string') return fail(problem('bad_request', log.value.clear))
    const cleared = await log.value.clear(request, backend)
    return cleared.ok ? ok({ success: true }) : cleared
  },
}

async function openLog(name: string, { actor }: Asker, { configStore }: Backend): Promise<Result<LogDef>> {
  const log = Object.hasOwn(logs, name) ? logs[name] : undefined
  if (!log) return fail(unknownLog(name))
  const refused = await refusal(log.access, actor, 0, configStore)
  return refused ? fail(refused) : ok(log)
}

/** Ids are the name of the log, a dash and what finds the entry there; a number alone is one of the audit log. */
async function readEntry(id: string, request: Asker, backend: Backend): Promise<Result<unknown>> {
  const [, name = '', key = ''] = /^\d{1,15}$/.test(id) ? ['', 'audit', id] : (/^([a-z_]+)-(.+)$/.exec(id) ?? [])
  if (!Object.hasOwn(logs, name)) return fail(unknownLog(id))
  const log = await openLog(name, request, backend)
  if (!log.ok) return log
  const found = await log.value.find(key, request, backend)
  if (!found.ok) return found
  return found.value
    ? ok(identified(name, found.value))
    : fail(problem('not_found', `The log ${name} has no entry ${id.slice(0, 100)}.`))
}

const unknownLog = (name: string) =>
  problem(
    'not_found',
    `There is no log and no entry ${name.slice(0, 100)}. Logs: ${Object.keys(logs).join(', ')}; ids of entries look like system-….`,
  )

const identified = (name: string, { key, entry }: KeyedEntry) => ({ ...entry, id: entry.id ?? `${name}-${key}` })

export const logRoutes: readonly Route[] = [
  typesRoute('GET'),
  typesRoute('POST'),
  newestRoute,
  postbackLogRoute,
  sentPostbackLogRoute,
  replayRoute,
  auditLogRoute,
  readRoute,
  changeRoute,
  clearRoute,
]
