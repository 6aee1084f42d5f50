import { USER_AGENT_PREFIX } from '@trackyard/core/entities/bot.ts'
import { z } from 'zod'
import { countPatterns, isPattern } from '../bot-list/pages.ts'
import type { Input } from '../http/read-body.ts'
import type { Resource } from './resource.ts'
import { readOnly } from './shapes.ts'

/** One by one what `/botlist` shows as text. A list of a million is read in pieces. */
export const bots: Resource<'bots'> = {
  kind: 'bots',
  example: { value: '203.0.113.0/24', name: 'A crawler' },
  hidesArchived: true,
  verbs: [],
  pageSize: 10_000,
  serverFields: ['state'],
  aliases: { note: 'notes', comment: 'notes' },
  reads: readBot,
  alsoAccepts: {
    ip: z.string().optional().describe('An address, block or interval, in place of value.'),
    user_agent: z.string().optional().describe('A user agent, mask or regular expression, in place of value.'),
    type: z.string().optional().describe('user_agent makes value a user agent.'),
  },
  shown: { hidden: ['state'], fields: { type: readOnly(z.enum(['ip', 'user_agent']), 'What the value is.') } },
  async beforeRemoval() {},
  async check(fields, current, { writer }) {
    const isNewPattern = isPattern(fields.value) && !(current && isPattern(current.value))
    return isNewPattern ? tooManyPatterns((await countPatterns(writer)) + 1) : []
  },
  ownExtras: (bot) => ({
    state: undefined,
    type: isPattern(bot.value) ? 'user_agent' : 'ip',
  }),
}

/** `{"ip": …}`, `{"user_agent": …}` and `{"type": "user_agent", "value": …}` mean a value. */
function readBot(input: Input): Input {
  const { ip, user_agent: agent, type, value } = input
  const isAgent = typeof type === 'string' && /^(ua|user_?agent)$/i.test(type.trim())
  if (value !== undefined) {
    const isMarked = typeof value !== 'string' || value.trim().toLowerCase().startsWith(USER_AGENT_PREFIX)
    return isAgent && !isMarked && value.trim() !== '' ? { ...input, value: `${USER_AGENT_PREFIX}${value}` } : input
  }
  if (typeof ip === 'string' && ip !== '') return { ...input, value: ip }
  return typeof agent === 'string' && agent !== '' ? { ...input, value: `${USER_AGENT_PREFIX}${agent}` } : input
}

/** Patterns are tried one after another on user agents that were not seen before. */
const MAX_PATTERNS = 2000

export const tooManyPatterns = (count: number) =>
  count > MAX_PATTERNS
    ? [
        {
          code: 'validation' as const,
          at: 'value',
          message: `The bot list holds at most ${MAX_PATTERNS} user agents: join several with a /regular|expression/`,
        },
      ]
    : []
