import { z } from 'zod'
import { BLACKLIST_TYPES } from '../screen/targets.ts'
import { defineEntity, type Stored } from './entity.ts'
import { state, text } from './fields.ts'

/** Other words for types that clients use. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  cidr: 'ip',
  range: 'ip',
  ip_range: 'ip',
  ua: 'user_agent',
  useragent: 'user_agent',
  referer: 'referrer',
  param: 'parameter',
}
const ACTION_WORDS: Readonly<Record<string, string>> = { deny: 'block', reject: 'block', mark: 'flag', bot: 'flag' }
const inWords = (words: Readonly<Record<string, string>>) => (value: unknown) => {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value
  return typeof word === 'string' ? (Object.hasOwn(words, word) ? (words[word] ?? word) : word) : word
}
const shownTypes =
  'ip, user_agent, referrer, country, isp, asn, x_requested_with, keyword, source, sub_id_1 to sub_id_30, extra_param_1 to extra_param_10 or parameter'

/** Campaign ids: a list, or text with commas; nothing means every campaign. */
const campaignIds = z.preprocess(
  (value) =>
    value === null || value === ''
      ? []
      : typeof value === 'string' || typeof value === 'number'
        ? String(value)
            .split(/[\s,;]+/)
            .filter(Boolean)
            .map(Number)
        : Array.isArray(value)
          ? value.map((id) => (typeof id === 'string' ? Number(id) : id))
          : value,
  z
    .array(
      z.int({ error: 'must be a list of campaign ids such as [1, 2]' }).positive('must be a list of campaign ids'),
      {
        error: 'must be a list of campaign ids such as [1, 2]',
      },
    )
    .max(1000, 'must name at most 1000 campaigns'),
)

/** The last moment of the year 9999; numbers below some day of 1973 in milliseconds are seconds. */
const LAST_MS = 253_402_300_799_999
const SECONDS_BELOW = 100_000_000_000

/** `2031-01-31`, `2031-01-31 23:59:00`, ISO with a zone (UTC without one), or a Unix time. */
const moment = z.preprocess(
  (value) => (value === '' ? null : value),
  z
    .union([z.string(), z.number()], { error: 'must be a time such as 2031-01-31 23:59:00' })
    .transform((value, context): number => {
      if (typeof value === 'number' && value >= 0 && value <= LAST_MS)
        return value < SECONDS_BELOW ? Math.round(value * 1000) : Math.round(value)
      const [, day, time = '00:00:00', zone = 'Z'] =
        /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?(Z|[+-]\d{2}:?\d{2})?$/.exec(
          String(value).trim(),
        ) ?? []
      const atMs = Date.parse(`${day}T${time}${zone}`)
      if (day !== undefined && Number.isFinite(atMs)) return atMs
      context.addIssue({ code: 'custom', message: 'must be a time such as 2031-01-31 23:59:00 (UTC)' })
      return z.NEVER
    })
    .nullable(),
)

const MAX_VALUES = 10_000

/** The values of an entry, one a line. */
export const blacklistValues = (value: string): string[] =>
  value
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** Visitors who are turned away or counted as bots, in some campaigns or in all. */
export const blacklist = defineEntity({
  name: 'blacklist',
  label: 'black list entry',
  fields: z.object({
    name: text(255).nullable().default('').describe('What people call it.'),
    type: z
      .preprocess(
        inWords(TYPE_WORDS),
        z
          .string({ error: `must be one of ${shownTypes}` })
          .refine((type) => BLACKLIST_TYPES.includes(type), { error: `must be one of ${shownTypes}` }),
      )
      .default('ip')
      .describe(`What is looked at: ${shownTypes}.`),
    parameter: text(100)
      .default('')
      .describe('For type parameter: the name of the query parameter whose value is looked at.'),
    value: z
      .preprocess(
        (value) =>
          Array.isArray(value) ? value.join('\n') : typeof value === 'number' ? String(value) : (value ?? ''),
        z.string({ error: 'Value must be text' }).trim().min(1, 'Value is required').max(200_000, 'Value is too long'),
      )
      .refine((value) => blacklistValues(value).length <= MAX_VALUES, { error: `must be at most ${MAX_VALUES} lines` })
      .describe(
        'One value a line. Addresses, blocks and intervals for type ip; else texts, masks with * and /regular expressions/, of which one must match the whole text. Case does not matter.',
      ),
    action: z
      .preprocess(inWords(ACTION_WORDS), z.enum(['block', 'flag'], { error: 'must be block or flag' }))
      .default('block')
      .describe(
        'block answers 403 with an empty page; flag lets the visitor pass. Both record the click as that of a bot.',
      ),
    campaign_ids: campaignIds.default([]).describe('Campaigns it counts in; an empty list means all.'),
    state: state().default('active').describe('A disabled entry is kept and does nothing.'),
    expires_at: moment.default(null).describe('From this time on (UTC) it does nothing; null: it never ends.'),
    notes: text(10_000).nullable().default('').describe('Free text.'),
  }),
  unique: [],
  references: {},
  moneyFields: [],
})
export type BlacklistEntry = Stored<typeof blacklist>
