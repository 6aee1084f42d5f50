import { CUSTOM_SLOTS } from '@trackyard/core/conversion/custom-status.ts'
import { problem } from '@trackyard/core/result.ts'
import type { Resource } from './resource.ts'

/**
 * Statuses of the user's own. What is changed here holds for postbacks from then on: a conversion keeps what its status
 * meant when it was reported.
 */
export const conversionTypes: Resource<'conversion_types'> = {
  kind: 'conversion_types',
  example: { name: 'install', label: 'Install', group: 'hold', counts_as_conversion: false, aliases: ['app_open'] },
  hidesArchived: true,
  verbs: ['restore'],
  serverFields: ['number'],
  frozen: ['name'],
  aliases: { counts: 'counts_as_conversion', money_group: 'group' },
  /** What was refused is no conversion unless somebody says so, as with the built-in statuses. */
  withTemplate: async (input) =>
    input.group === 'rejected' || input.group === 'trash' ? { counts_as_conversion: false, ...input } : input,
  async complete(fields, current, { writer }) {
    // Archived ones keep their number, as conversions of theirs are counted by it: so is one that comes again.
    const all = await writer.list('conversion_types', { includeDeleted: true })
    const known = current ?? all.find(({ name }) => name === fields.name)
    return { ...fields, number: known?.number ?? Math.max(CUSTOM_SLOTS[0] - 1, ...all.map(({ number }) => number)) + 1 }
  },
  async check({ name, aliases }, current, { writer }) {
    const others = (await writer.list('conversion_types')).filter(({ id }) => id !== current?.id)
    const owner = (word: string) => others.find((other) => other.name === word || other.aliases.includes(word))
    return [
      ...(owner(name)
        ? [problem('validation', `is a word for the conversion type ${owner(name)?.name} already`, 'name')]
        : []),
      ...aliases.flatMap((word) => {
        const other = owner(word)
        return other
          ? [problem('validation', `${word} is a word for the conversion type ${other.name} already`, 'aliases')]
          : []
      }),
    ]
  },
}
