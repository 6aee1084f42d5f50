import { setImmediate as nextTurn } from 'node:timers/promises'
import { USER_AGENT_PREFIX } from '@trackyard/core/entities/bot.ts'
import type { ConfigReader, UniqueValue } from '../../stores/config/port.ts'

const PAGE = 20_000

/** The bot list in pages, so that a million entries are never held at once; other requests have a turn in between. */
export async function* botPages(reader: ConfigReader): AsyncGenerator<readonly UniqueValue[]> {
  for (let afterId = 0; ; ) {
    const page = await reader.listUnique('bots', afterId, PAGE)
    if (page.length > 0) yield page
    afterId = page.at(-1)?.id ?? 0
    if (page.length < PAGE) return
    await nextTurn()
  }
}

export const isPattern = (value: string): boolean => value.startsWith(USER_AGENT_PREFIX)

/** How many entries are user agents. */
export async function countPatterns(reader: ConfigReader): Promise<number> {
  let count = 0
  for await (const page of botPages(reader)) for (const { value } of page) if (isPattern(value)) count++
  return count
}
