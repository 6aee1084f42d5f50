import { parseMoment } from '@trackyard/core/report/range.ts'
import { fail, problem, type Result } from '@trackyard/core/result.ts'
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
  from: loose('Entries from this moment on, UTC: 2026-02-03 or 2026-02-03 14:05:09.'),
  to: loose('Entries until the end of this day, minute or second, UTC.'),
  campaign_id: loose('Only entries about this campaign, in the logs traffic, postbacks and sent_postbacks.'),
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
  const moments = (['from', 'to'] as const).map((name) => parseMoment(textOf(input[name]), 'UTC'))
  for (const [index, name] of (['from', 'to'] as const).entries())
    if (textOf(input[name]).trim() !== '' && !moments[index])
      return fail(problem('bad_request', `${name}: must be a date such as 2026-02-03 14:05:09.`, name))
  const campaign = textOf(input.campaign_id).trim()
  if (!/^\d{0,9}$/.test(campaign))
    return fail(problem('bad_request', 'campaign_id: must be the id of a campaign.', 'campaign_id'))
  return {
    ok: true,
    value: {
      fromMs: moments[0]?.startMs ?? null,
      toMs: moments[1]?.endMs ?? null,
      campaignId: campaign === '' ? null : Number(campaign),
      limit: countOf(input, 'limit', DEFAULT_LIMIT, MAX_LIMIT) || DEFAULT_LIMIT,
      offset: countOf(input, 'offset', 0),
      query: textOf(input.query).trim(),
    },
  }
}
