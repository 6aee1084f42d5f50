import { z } from 'zod'
import { parseIpRange } from '../filters/ip-match.ts'
import { compileTextMatcher } from '../filters/match.ts'
import { fail, ok, problem, type Result } from '../result.ts'
import { defineEntity, type Stored } from './entity.ts'
import { state, text } from './fields.ts'

/** Marks a line of the bot list as a pattern of user agents; any other line is an address, a block or an interval. */
export const USER_AGENT_PREFIX = 'ua:'
const MAX_LINE = 500

/**
 * One line of the bot list in the form it is kept in, so that the same thing written twice is one entry: lower-case
 * addresses without spaces, `ua:` before a pattern.
 */
export function parseBotLine(line: string): Result<string> {
  const trimmed = line.trim()
  if (trimmed.length > MAX_LINE) return refuse(`${trimmed.slice(0, 40)}… is longer than ${MAX_LINE} characters`)
  if (trimmed.slice(0, USER_AGENT_PREFIX.length).toLowerCase() !== USER_AGENT_PREFIX) return parseAddressLine(trimmed)
  const pattern = trimmed.slice(USER_AGENT_PREFIX.length).trim()
  if (pattern.replaceAll('*', '') === '') return refuse(`${trimmed} would match every user agent: name a part of it`)
  const compiled = compileTextMatcher([pattern], { partial: true })
  return compiled.ok ? ok(`${USER_AGENT_PREFIX}${pattern}`) : compiled
}

function parseAddressLine(line: string): Result<string> {
  const range = parseIpRange(line)
  if (range === null)
    return refuse(
      `${line} is not an address, a block (203.0.113.0/24) or an interval (203.0.113.1-203.0.113.9); write ${USER_AGENT_PREFIX}TEXT for a user agent`,
    )
  const isEverybody = range.from === range.to ? false : /\/0+$/.test(line.replace(/\s/g, ''))
  if (isEverybody) return refuse(`${line} is every address there is: name a smaller block`)
  const short = line.toLowerCase().replace(/\s/g, '')
  return ok(range.from === range.to ? (short.split(/[/-]/)[0] ?? short) : short)
}

const refuse = (message: string): Result<never> => fail(problem('validation', message))

/** One entry of the list of visitors that count as bots; `/botlist` shows the same entries as lines of text. */
export const bot = defineEntity({
  name: 'bots',
  label: 'bot',
  fields: z.object({
    value: z
      .preprocess(
        (value) => (typeof value === 'number' ? String(value) : (value ?? '')),
        z.string({ error: 'Value is not an address, a block, an interval or a text that begins with ua:' }),
      )
      .transform((line, context): string => {
        const parsed = line.trim() === '' ? refuse('Value is required') : parseBotLine(line)
        if (parsed.ok) return parsed.value
        for (const { message } of parsed.problems) context.addIssue({ code: 'custom', message })
        return z.NEVER
      })
      .describe(
        'An address, a block (203.0.113.0/24, 2001:db8::/48) or an interval (203.0.113.1-203.0.113.9); or ua: and a part of the user agent, a mask with * or a /regular expression/.',
      ),
    name: text(255).nullable().default('').describe('What people call it.'),
    notes: text(10_000).nullable().default('').describe('Free text.'),
    /** Always active: an entry is deleted for good. Every kind has a state. */
    state: state().default('active').describe('Always active, unless said otherwise: it is deleted for good.'),
  }),
  unique: ['value'],
  references: {},
  moneyFields: [],
})
export type Bot = Stored<typeof bot>
