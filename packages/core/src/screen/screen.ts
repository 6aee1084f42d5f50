import type { Click } from '../click/click.ts'
import type { BlacklistEntry } from '../entities/blacklist.ts'
import { compileBlacklist } from './blacklist.ts'
import { type BotTables, compileUserAgents } from './bot-list.ts'
import { encodeMarks, type Mark } from './marks.ts'
import { isEmptyTable, isInTable } from './range-table.ts'

/** A click after the bot list and the black list looked at it. */
export interface Screened {
  /** The same click, or one that counts as a bot's. */
  readonly click: Click
  /** Why, in front of the trace; '' when nothing was found. */
  readonly marks: string
  /** It is turned away. */
  readonly isBlocked: boolean
}

export type Screen = (click: Click, campaignId: number) => Screened

/** Null when both lists are empty, so that they cost nothing then. `nowMs` is when it is compiled. */
export function compileScreen(bots: BotTables, entries: readonly BlacklistEntry[], nowMs: number): Screen | null {
  const { ranges } = bots
  const hasRanges = !isEmptyTable(ranges)
  const isBotAgent = compileUserAgents(bots.userAgents)
  let blacklist = compileBlacklist(entries, nowMs)
  // An entry that begins to count later does not exist, so what is empty now stays empty.
  if (!hasRanges && isBotAgent === null && blacklist === null) return null
  return (click, campaignId) => {
    if (blacklist !== null && click.atMs >= blacklist.validUntilMs) blacklist = compileBlacklist(entries, click.atMs)
    const isListedIp = hasRanges && isInTable(ranges, click.ip)
    const isListedAgent = isBotAgent?.(click.userAgent) ?? false
    const listed = blacklist?.find(click, campaignId) ?? null
    if (!isListedIp && !isListedAgent && listed === null) return { click, marks: '', isBlocked: false }
    const marks: Mark[] = []
    if (isListedIp) marks.push({ by: 'bot_list', on: 'ip' })
    if (isListedAgent) marks.push({ by: 'bot_list', on: 'user_agent' })
    if (listed !== null) marks.push({ by: 'blacklist', ...listed })
    return {
      click: click.isBot ? click : { ...click, isBot: true },
      marks: encodeMarks(marks),
      isBlocked: listed?.action === 'block',
    }
  }
}
