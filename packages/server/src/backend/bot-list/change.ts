import { bot } from '@trackyard/core/entities/bot.ts'
import type { FieldsOf } from '@trackyard/core/entities/index.ts'
import { type IpRange, parseIpRange } from '@trackyard/core/filters/ip-match.ts'
import { fail, ok, type Result } from '@trackyard/core/result.ts'
import { makeKnife, rangeText } from '@trackyard/core/screen/cut-range.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { Backend } from '../context.ts'
import { tooManyPatterns } from '../resources/bots.ts'
import { inChange } from '../resources/save.ts'
import type { ApiRequest } from '../route.ts'
import { botPages, countPatterns, isPattern } from './pages.ts'

/** What a change takes away, by id, and what it adds; some of that may be on the list already. */
interface Change {
  readonly removed: readonly number[]
  readonly added: Set<string>
}
export type BotChange = (lines: readonly string[], reader: ConfigReader) => Promise<Change>

/** Entries that are the same stay what they are, with name and notes. */
export const replaceBots: BotChange = async (lines, reader) => {
  const added = new Set(lines)
  const removed: number[] = []
  for await (const page of botPages(reader))
    for (const { id, value } of page) if (!added.delete(value)) removed.push(id)
  return { removed, added }
}

export const addBots: BotChange = async (lines) => ({ removed: [], added: new Set(lines) })

/**
 * Takes addresses off the list, also those that are in it as part of a block or an interval: what is left of it stays,
 * as intervals. A user agent is taken off by the text it was added with.
 */
export const excludeBots: BotChange = async (lines, reader) => {
  const knife = makeKnife(lines.flatMap((line) => parseRange(line) ?? []))
  const patterns = new Set(lines.filter(isPattern).map((line) => line.toLowerCase()))
  const removed: number[] = []
  const added = new Set<string>()
  for await (const page of botPages(reader)) {
    for (const { id, value } of page) {
      const range = parseRange(value)
      if (range === null) {
        if (patterns.has(value.toLowerCase())) removed.push(id)
        continue
      }
      const parts = knife.cut(range)
      if (parts.length === 1 && parts[0]?.from === range.from && parts[0].to === range.to) continue
      removed.push(id)
      for (const part of parts) added.add(rangeText(part))
    }
  }
  return { removed, added }
}

/** Neighbours in the index are written together: for very many entries that is worth more than the order of the text. */
const SORT_FROM = 10_000

const parseRange = (line: string): IpRange | null => (isPattern(line) ? null : parseIpRange(line))

/** Carries a change out; answers how many entries the list has then. */
export async function changeBots(
  change: BotChange,
  lines: readonly string[],
  backend: Backend,
  by: Pick<ApiRequest, 'actor' | 'hint'>,
): Promise<Result<{ count: number }>> {
  return inChange(backend, by, async ({ writer }) => {
    const { removed, added: unsorted } = await change(lines, writer)
    const added = unsorted.size > SORT_FROM ? new Set([...unsorted].sort()) : unsorted
    await writer.removeMany('bots', removed)
    // Also entries that this user cannot see are on the list.
    for (const { value } of await writer.findUniques('bots', [...added])) added.delete(value)
    const newPatterns = [...added].filter(isPattern).length
    const refused = newPatterns === 0 ? [] : tooManyPatterns(newPatterns + (await countPatterns(writer)))
    if (refused.length > 0) return fail(...refused)
    await writer.insertMany('bots', toFields(added))
    return ok({ count: await writer.count('bots') })
  })
}

const DEFAULTS: FieldsOf<'bots'> = bot.fields.parse({ value: '0.0.0.0' })
/** Lines were parsed before; a million are not parsed again. */
function* toFields(values: Iterable<string>): Generator<FieldsOf<'bots'>> {
  for (const value of values) yield { ...DEFAULTS, value }
}
