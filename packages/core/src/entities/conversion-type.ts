import { z } from 'zod'
import { CUSTOM_SLOTS, type ListedStatus, MONEY_GROUPS, type NumberedStatus } from '../conversion/custom-status.ts'
import { RESERVED_NAMES } from '../conversion/read-postback.ts'
import { isStatus, statusOfWord } from '../conversion/statuses.ts'
import { defineEntity, type Stored } from './entity.ts'
import { flag, state, text } from './fields.ts'

const NAME = /^[a-z][a-z0-9_]{0,31}$/

/** Why a text cannot be the name of a status of the user's own, null when it can. */
function nameRefusal(name: string): string | null {
  if (!NAME.test(name)) return 'must be 1 to 32 of a-z, 0-9 and _, a letter first, such as install'
  if (isStatus(name))
    return `is a status that there is already: map words to it with ${name}_status, or choose another name`
  const meant = statusOfWord(name)
  if (meant !== null) return `is another word for the status ${meant}: choose another name`
  return RESERVED_NAMES.includes(name) ? `cannot be used: ${name}_status means something else in postbacks` : null
}

const words = z.preprocess(
  (value) => {
    const list = typeof value === 'string' ? value.split(',') : (value ?? [])
    return Array.isArray(list)
      ? list
          .map((word) =>
            typeof word === 'string' || typeof word === 'number' ? String(word).trim().toLowerCase() : word,
          )
          .filter((word) => word !== '')
      : list
  },
  z
    .array(z.string({ error: 'must be a word' }).max(100, 'must be at most 100 characters long'), {
      error: 'must be a list of words such as ["installed", "app_open"]',
    })
    .max(50, 'must be at most 50 words')
    .superRefine((list, context) => {
      for (const word of list) {
        const meant = statusOfWord(word)
        if (meant !== null)
          context.addIssue({
            code: 'custom',
            message: `${word} is a word for the status ${meant} already: leave it out`,
          })
      }
    }),
)

/** A status of conversions of the user's own, beside the built-in ones (reference conversions-and-reports §1.1). */
export const conversionType = defineEntity({
  name: 'conversion_types',
  label: 'conversion type',
  fields: z.object({
    name: z
      .preprocess(
        (value) => (typeof value === 'string' ? value.trim().toLowerCase() : (value ?? '')),
        z.string({ error: 'Name must be text' }).superRefine((name, context) => {
          const message = name === '' ? 'Name is required' : nameRefusal(name)
          if (message !== null) context.addIssue({ code: 'custom', message })
        }),
      )
      .describe('The status as postbacks, reports and logs write it, such as install. It cannot be changed later.'),
    label: text(100).default('').describe('Name for people; empty is the name itself.'),
    group: z
      .enum(MONEY_GROUPS, { error: `must be ${MONEY_GROUPS.join(', ')}` })
      .default('hold')
      .describe(
        'Where its money goes: hold and confirmed are revenue, rejected and trash are not. Conversions follow the rules of a registration, a deposit, a rejected and a trash conversion.',
      ),
    counts_as_conversion: flag()
      .default(true)
      .describe(
        'Whether the metric conversions, CR and daily caps of offers count it. A new one of group rejected or trash does not unless you say so.',
      ),
    aliases: words.default([]).describe('Other words that mean it in postbacks, in any case.'),
    /** Chosen by the server. */
    number: z
      .int()
      .default(0)
      .describe(
        'Number of its own metrics: custom_conversion_7 counts its conversions, custom_conversion_7_revenue adds up their money, cr_custom_conversion_7 is their share of clicks. A new type with the name of a deleted one has its number.',
      ),
    state: state().default('active').describe('A deleted type is archived: its word is unknown from then on.'),
  }),
  unique: ['name'],
  references: {},
  moneyFields: [],
})
export type ConversionType = Stored<typeof conversionType>

/** Among those that metrics are named by. */
export const toNumberedStatus = (type: ConversionType): NumberedStatus => ({
  ...toListedStatus(type),
  number: type.number,
})

/** As postbacks are read by it. */
export const toListedStatus = (type: ConversionType): ListedStatus => ({
  name: type.name,
  label: type.label || type.name,
  group: type.group,
  counts: type.counts_as_conversion,
  slot: CUSTOM_SLOTS.find((slot) => slot === type.number) ?? 0,
  aliases: type.aliases,
})
