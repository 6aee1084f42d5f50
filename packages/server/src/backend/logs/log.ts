import { problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { RouteAccess } from '../auth/access.ts'
import type { Backend } from '../context.ts'
import type { Input } from '../http/read-body.ts'
import { type ApiRequest, countOf } from '../route.ts'
import { textOf } from '../users/user-fields.ts'

export const DEFAULT_LIMIT = 100
export const MAX_LIMIT = 1000

/** Which entries are asked for; newest come first. */
export interface LogPage {
  readonly limit: number
  readonly offset: number
  /** Must occur in an entry; '' asks for all. */
  readonly query: string
}

/** One entry; logs add what they know besides. */
export interface LogEntry extends Readonly<Record<string, unknown>> {
  /** UTC, `2026-02-03 14:05:09`. */
  readonly datetime: string
  /** Ties together what belongs to one request or click. */
  readonly jid: string
  readonly message: string
}
/** The entry and what finds it again in its log. */
export interface KeyedEntry {
  readonly key: string
  readonly atMs: number
  readonly entry: LogEntry
}

type Asker = Pick<ApiRequest, 'actor' | 'input'>

/** A log as data: the routes list, read and empty all of them alike. */
export interface LogDef {
  readonly help: string
  readonly access: RouteAccess
  read(page: LogPage, request: Asker, backend: Backend): Promise<Result<readonly KeyedEntry[]>>
  /** The entry with this key. */
  find(key: string, request: Asker, backend: Backend): Promise<Result<KeyedEntry | null>>
  /** Empties it, or says in words why that cannot be. */
  readonly clear: string | ((request: Asker, backend: Backend) => Promise<Result<void>>)
}

const LIMIT = `Most entries to answer, ${DEFAULT_LIMIT} unless given, at most ${MAX_LIMIT}.`
const loose = (what: string) => z.union([z.string(), z.number()]).nullish().describe(what)
export const logAccepts = z.object({
  limit: loose(LIMIT),
  offset: loose('Entries to leave out at the start.'),
  query: loose('Text that must occur in an entry.'),
})

export const logEntry = z
  .looseObject({
    id: z.union([z.string(), z.number()]).describe('Names the entry in /logs/{id}.'),
    datetime: z.string().describe('When, UTC: 2026-02-03 14:05:09.'),
    jid: z.string().describe('Ties together entries of one click, request or process.'),
    message: z.string().describe('What happened, in words.'),
  })
  .describe('Logs add fields of their own.')

/** Reads which entries are asked for; refuses numbers that are none, as a log without its beginning misleads. */
export function readPage(input: Input): Result<LogPage> {
  const wrong = (['limit', 'offset'] as const).filter((name) => {
    const value = input[name]
    return value !== undefined && value !== null && value !== '' && countOf(input, name, -1) < 0
  })
  if (wrong.length > 0)
    return {
      ok: false,
      problems: wrong.map((name) => problem('bad_request', `${name}: must be a whole number from 0 on.`, name)),
    }
  return {
    ok: true,
    value: {
      limit: countOf(input, 'limit', DEFAULT_LIMIT, MAX_LIMIT) || DEFAULT_LIMIT,
      offset: countOf(input, 'offset', 0),
      query: textOf(input.query).trim(),
    },
  }
}
