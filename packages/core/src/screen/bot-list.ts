import { USER_AGENT_PREFIX } from '../entities/bot.ts'
import { parseIpRange } from '../filters/ip-match.ts'
import { compileTextMatcher, type TextMatcher } from '../filters/match.ts'
import { createRangeCollector, type RangeTable } from './range-table.ts'

/** The bot list as the tracker needs it. */
export interface BotTables {
  readonly ranges: RangeTable
  /** Parts of user agents, masks and regular expressions. */
  readonly userAgents: readonly string[]
}

/** Sorts lines of the bot list, as many as there are, into addresses and user agents. They were parsed when they were saved. */
export interface BotCollector {
  add(line: string): void
  tables(): BotTables
}

export function createBotCollector(): BotCollector {
  const ranges = createRangeCollector()
  const userAgents: string[] = []
  return {
    add(line) {
      if (line.startsWith(USER_AGENT_PREFIX)) {
        userAgents.push(line.slice(USER_AGENT_PREFIX.length))
        return
      }
      const range = parseIpRange(line)
      if (range !== null) ranges.add(range)
    },
    tables: () => ({ ranges: ranges.table(), userAgents }),
  }
}

const REMEMBERED = 20_000

/** Null when there is no pattern. Most visitors share a few user agents, so answers are remembered. */
export function compileUserAgents(patterns: readonly string[]): TextMatcher | null {
  // One that does not compile would stop all others; the API refuses it.
  const usable = patterns.filter((pattern) => compileTextMatcher([pattern], PARTIAL).ok)
  const matcher = compileTextMatcher(usable, PARTIAL)
  if (!matcher.ok || usable.length === 0) return null
  const known = new Map<string, boolean>()
  return (userAgent) => {
    const answer = known.get(userAgent)
    if (answer !== undefined) return answer
    const found = matcher.value(userAgent)
    if (known.size >= REMEMBERED) known.clear()
    known.set(userAgent, found)
    return found
  }
}
const PARTIAL = { partial: true }
