import { decodeMarks, type Mark } from '@trackyard/core/screen/marks.ts'
import type { ConfigReader } from '../../stores/config/port.ts'

const ACTIONS = {
  block: 'turned the visitor away with an empty page (403); no stream was tried',
  flag: 'made it a click of a bot',
} as const

interface ExplainedMark {
  readonly by: Mark['by']
  readonly action?: keyof typeof ACTIONS
  readonly reason: string
  readonly [more: string]: unknown
}

/**
 * What the bot list and the black list said before any stream was tried. Lists are not searched again: names are those
 * of now, the entry is the one that counted then.
 */
export async function explainMarks(trace: string, reader: ConfigReader): Promise<ExplainedMark[]> {
  return Promise.all(decodeMarks(trace).map((mark) => explainMark(mark, reader)))
}

async function explainMark(mark: Mark, reader: ConfigReader): Promise<ExplainedMark> {
  if (mark.by === 'bot_list') {
    const what = mark.on === 'ip' ? 'address' : 'user agent'
    return { by: 'bot_list', on: mark.on, reason: `The ${what} was on the bot list, so it is a click of a bot.` }
  }
  const { entryId, action } = mark
  const entry = await reader.get('blacklist', entryId)
  const name = entry?.name ? ` (${entry.name})` : ''
  return {
    by: 'blacklist',
    entry_id: entryId,
    action,
    type: entry?.type ?? null,
    reason: `Black list entry ${entryId}${name} ${ACTIONS[action]}.`,
  }
}
