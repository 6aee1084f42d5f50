import { type Postback, splitList } from '../entities/postback.ts'
import type { Status } from './statuses.ts'

/** Lists of stored postbacks and the status that their words mean; of two that have a word the first one counts. */
export const WORD_LISTS = [
  ['sale', 'sale_statuses'],
  ['lead', 'lead_statuses'],
  ['rejected', 'rejected_statuses'],
  ['deposit', 'deposit_statuses'],
  ['registration', 'registration_statuses'],
] as const satisfies readonly (readonly [Status, keyof Postback])[]

export type WordLists = Pick<Postback, (typeof WORD_LISTS)[number][1]>

/** Status words of networks, in lower case, and what they mean in the whole account (reference conversions-and-reports §5.6). */
export function statusWordsOf(postbacks: readonly WordLists[]): ReadonlyMap<string, Status> {
  const words = new Map<string, Status>()
  for (const [status, field] of WORD_LISTS)
    for (const word of postbacks.flatMap((one) => splitList(one[field]))) if (!words.has(word)) words.set(word, status)
  return words
}
