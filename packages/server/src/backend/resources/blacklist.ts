import { blacklistValues } from '@trackyard/core/entities/blacklist.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'
import { checkBlacklistEntry } from '@trackyard/core/screen/blacklist.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { Input } from '../http/read-body.ts'
import { presentTime } from './present.ts'
import type { Resource } from './resource.ts'
import { timeText } from './shapes.ts'

const SHORT_FORMS = ['ip', 'user_agent', 'referrer', 'country', 'isp', 'asn', 'keyword', 'source'] as const

export const blacklist: Resource<'blacklist'> = {
  kind: 'blacklist',
  example: { name: 'Clicks on everything', type: 'ip', value: '198.51.100.7', action: 'flag' },
  hidesArchived: true,
  verbs: ['enable', 'disable'],
  aliases: {
    note: 'notes',
    comment: 'notes',
    comments: 'notes',
    mode: 'action',
    campaigns: 'campaign_ids',
    campaign_id: 'campaign_ids',
    expires: 'expires_at',
    values: 'value',
    payload: 'value',
    param: 'parameter',
  },
  reads: readEntry,
  alsoAccepts: Object.fromEntries(
    SHORT_FORMS.map((type) => [
      type,
      z.string().optional().describe(`Values of type ${type}, in place of type and value.`),
    ]),
  ),
  shown: { fields: { expires_at: timeText('From when on it does nothing; null: it never ends', 'nullable') } },
  async beforeRemoval() {},
  check: async (fields, current, { writer }) => [
    ...checkBlacklistEntry(fields),
    ...(await unknownCampaigns(fields.campaign_ids, current?.campaign_ids ?? [], writer)),
  ],
  doubts: async ({ expires_at: endMs, type, value }, { nowMs }) => [
    ...(endMs !== null && endMs <= nowMs ? ['Field expires_at is in the past: the entry does nothing.'] : []),
    ...(type === 'referrer' ? referrerDoubts(value) : []),
  ],
  ownExtras: (entry) => ({
    expires_at: entry.expires_at === null ? null : presentTime(entry.expires_at),
  }),
}

/** `{"ip": …}`, `{"user_agent": …}` and the like mean type and value. */
function readEntry(input: Input): Input {
  if (input.type !== undefined || input.value !== undefined) return input
  const named = SHORT_FORMS.find((type) => typeof input[type] === 'string' && input[type] !== '')
  return named === undefined ? input : { ...input, type: named, value: input[named] }
}

/** A referrer is a whole URL, so a bare host equals none. */
const referrerDoubts = (value: string): string[] =>
  blacklistValues(value)
    .filter((line) => !/:\/\/|\*|^\/.+\/[a-z]*$/.test(line))
    .slice(0, 1)
    .map(
      (line) => `value: no referrer is ${line}, as they begin with https://: write *${line}* to match a part of them.`,
    )

/** A campaign that is not there would make an entry that never does anything. Those named before may stay. */
async function unknownCampaigns(
  ids: readonly number[],
  before: readonly number[],
  reader: ConfigReader,
): Promise<Problem[]> {
  const known = new Set(before)
  for (const campaign of await reader.getMany('campaigns', ids))
    if (campaign.state !== 'deleted') known.add(campaign.id)
  return ids.flatMap((id, index) =>
    known.has(id) ? [] : [problem('validation', `There is no campaign ${id}`, `campaign_ids.${index}`)],
  )
}
