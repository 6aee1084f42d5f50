import { count } from '@trackyard/core/entities/fields.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { RouteAccess } from '../auth/access.ts'
import type { Backend } from '../context.ts'
import type { Input } from '../http/read-body.ts'
import { readQuery } from '../http/read-input.ts'
import type { ApiRequest } from '../route.ts'
import { textOf } from '../users/user-fields.ts'
import { campaignId, moment, oneText } from './fields.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/** Which entries are asked for; newest come first. */
export interface LogPage {
  readonly limit: number
  readonly offset: number
  /** Must occur in an entry; '' asks for all. */
  readonly query: string
  /** Entries of `fromMs ≤ t < toMs`; null: without that bound. */
  readonly fromMs: number | null
  readonly toMs: number | null
  /** Logs that are about clicks: only of this campaign. */
  readonly campaignId: number | null
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

type Asker = Pick<ApiRequest, 'actor' | 'input' | 'hint'>

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
export const logAccepts = z.object({
  limit: count().describe(LIMIT),
  offset: count().describe('Entries to leave out at the start.'),
  query: oneText('Text that must occur in an entry.'),
  from: moment('Entries from this moment on, UTC: 2026-02-03 or 2026-02-03 14:05:09.'),
  to: moment('Entries until the end of this day, minute or second, UTC.'),
  campaign_id: campaignId('Only entries about this campaign, in the logs traffic, postbacks and sent_postbacks.'),
})

export const logEntry = z
  .looseObject({
    id: z.union([z.string(), z.number()]).describe('Names the entry in /logs/{id}.'),
    datetime: z.string().describe('When, UTC: 2026-02-03 14:05:09.'),
    jid: z.string().describe('Ties together entries of one click, request or process.'),
    message: z.string().describe('What happened, in words.'),
  })
  .describe('Logs add fields of their own.')

/** Words that a field asks for, a list or text with commas; refuses others than the known ones. */
export function wordsIn(input: Input, name: string, known: readonly string[]): Result<readonly string[]> {
  const given = input[name]
  const words = (Array.isArray(given) ? given.map(textOf) : textOf(given).split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '')
  return words.every((word) => known.includes(word))
    ? { ok: true, value: words }
    : fail(problem('bad_request', `${name}: must be one or several of ${known.join(', ')}.`, name))
}

/** Reads which entries are asked for; refuses numbers that are none, as a log without its beginning misleads. */
export function readPage({ input, hint }: Pick<ApiRequest, 'input' | 'hint'>): Result<LogPage> {
  const read = readQuery(logAccepts, input)
  if (!read.ok) return read
  const { limit, offset = 0, query, from, to, campaign_id: campaignId = null } = read.value
  if (limit !== undefined && limit > MAX_LIMIT)
    hint(`limit: a log answers at most ${MAX_LIMIT} entries; ask for others with offset.`)
  return ok({
    fromMs: from?.startMs ?? null,
    toMs: to?.endMs ?? null,
    campaignId,
    limit: Math.min(limit || DEFAULT_LIMIT, MAX_LIMIT),
    offset,
    query,
  })
}
