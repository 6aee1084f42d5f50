import { fail, ok, problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { entity } from '../auth/access.ts'
import type { Input } from '../http/read-body.ts'
import type { Route } from '../route.ts'
import { addBots, type BotChange, changeBots, excludeBots, replaceBots } from './change.ts'
import { readLines } from './lines.ts'
import { botPages } from './pages.ts'

const accepts = z.object({
  value: z
    .string()
    .describe(
      'An entry a line: an address, a block (203.0.113.0/24, 2001:db8::/48) or an interval (203.0.113.1-203.0.113.9); or ua: and a part of a user agent, a mask with * or a /regular expression/. Lists beyond the size of a request are sent in pieces with /botlist/add.',
    ),
})
const answers = z.object({ count: z.int().describe('How many entries the list has now.') })

const changeRoute = (method: 'PUT' | 'POST', path: string, description: string, change: BotChange): Route => ({
  method,
  path,
  description,
  access: entity('bots', 'create'),
  accepts,
  answers,
  async handle(request, backend) {
    const text = textOf(request.input)
    if (text === null) return fail(problem('validation', 'Value is required: text with an address a line', 'value'))
    const lines = await readLines(text)
    if (!lines.ok) return lines
    if (lines.value.length === 0)
      return fail(problem('validation', 'Value holds no entry; to empty the list use DELETE /botlist', 'value'))
    return changeBots(change, lines.value, backend, request)
  },
})

/** The list of visitors who count as bots, as one text (reference admin-api §2.11). `/bots` shows the same entries one by one. */
export const botListRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/botlist',
    description: 'The bot list as text: addresses, blocks, intervals and user agents that count as bots, one a line',
    access: entity('bots', 'read'),
    answers: z.object({ value: z.string().describe('The entries, one a line, in the order they were added.') }),
    async handle(_request, { configStore }) {
      const lines: string[] = []
      for await (const page of botPages(configStore)) for (const { value } of page) lines.push(value)
      return ok({ value: lines.join('\n') })
    },
  },
  changeRoute('PUT', '/botlist', 'Replace the bot list', replaceBots),
  changeRoute('POST', '/botlist/add', 'Add entries to the bot list', addBots),
  changeRoute(
    'POST',
    '/botlist/exclude',
    'Take addresses and user agents off the bot list, also those that are in it as part of a block',
    excludeBots,
  ),
  {
    method: 'DELETE',
    path: '/botlist',
    description: 'Empty the bot list',
    access: entity('bots', 'create'),
    answers,
    handle: (request, backend) => changeBots(replaceBots, [], backend, request),
  },
]

/** Clients send text, a list of lines, or a list under the name `ips`; null when there is none of these. */
function textOf({ value, ips }: Input): string | null {
  const given = value ?? ips
  if (Array.isArray(given)) return given.every((line) => typeof line === 'string') ? given.join('\n') : null
  return typeof given === 'string' ? given : null
}
