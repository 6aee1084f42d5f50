import { parameterNames } from '@trackyard/core/click/doubts.ts'
import { statuses, statusOfWord } from '@trackyard/core/conversion/statuses.ts'
import { unknownMacros } from '@trackyard/core/macros/index.ts'
import { nearest } from '@trackyard/core/nearest.ts'
import { postbackMacros } from '@trackyard/core/postbacks/macros.ts'
import { unrestricted } from '../auth/reach.ts'
import { ownStatuses } from '../conversions/statuses.ts'
import type { SaveTools } from './resource.ts'

/** What is doubtful about a request that tells others about conversions. Names of fields stand before the sentences. */
export async function outgoingDoubts(
  texts: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, readonly string[]>>,
  tools: Pick<SaveTools, 'writer'>,
): Promise<string[]> {
  return [...(await macroDoubts(texts, tools)), ...(await statusDoubts(wanted, tools))]
}

/** Macros that nothing fills in: the receiver gets them as they are written. */
async function macroDoubts(texts: Readonly<Record<string, string>>, { writer }: Pick<SaveTools, 'writer'>) {
  const ours = [...postbackMacros.keys()]
  // Parameters of campaigns that this user cannot see are macros too, but not to be suggested.
  const unknownIn = (text: string, more: readonly string[] = []) => unknownMacros(text, [...ours, ...more], ours)
  // Most hold only macros that are known everywhere.
  if (Object.values(texts).every((text) => unknownIn(text).length === 0)) return []
  const all = unrestricted(writer)
  const owners = [...(await all.list('campaigns')), ...(await all.list('traffic_sources'))]
  return Object.entries(texts).flatMap(([field, text]) =>
    unknownIn(text, parameterNames(owners)).map(
      ({ written, meant }) =>
        `${field}: there is no macro ${written}, so it is sent as it is${meant === null ? '.' : `; did you mean ${meant}?`}`,
    ),
  )
}

/** Statuses look misspelt that are none; they may also be words of a network, which only conversions so reported have. */
async function statusDoubts(
  wanted: Readonly<Record<string, readonly string[]>>,
  { writer }: Pick<SaveTools, 'writer'>,
): Promise<string[]> {
  if (Object.values(wanted).every((list) => list.every(isKnown))) return []
  const own = (await ownStatuses(writer)).map(({ name }) => name)
  return Object.entries(wanted).flatMap(([field, list]) =>
    list.flatMap((word) => {
      const meant = isKnown(word) || own.includes(word) ? null : nearest(word, [...Object.keys(statuses), ...own])
      return meant === null
        ? []
        : [`${field}: ${word} is no status, only conversions reported by this very word match; did you mean ${meant}?`]
    }),
  )
}

const isKnown = (word: string): boolean => statusOfWord(word.trim().toLowerCase()) !== null
