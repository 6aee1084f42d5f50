import { z } from 'zod'
import type { REVENUE_BUCKETS } from '../events/click-columns.ts'
import { isStatus, mayBecome, type Status, statuses, statusOfWord } from './statuses.ts'

/** Where the money of a kind of conversion goes (reference conversions-and-reports §1.1). */
export const MONEY_GROUPS = ['hold', 'confirmed', 'rejected', 'trash'] as const
export type MoneyGroup = (typeof MONEY_GROUPS)[number]

/** Numbers of the first custom statuses: those that clicks have the columns `custom_conversion_7` and so on for. */
export const CUSTOM_SLOTS = [7, 8, 9, 10] as const

/**
 * What a status of the user's own meant when a conversion was reported. It is kept with the conversion and not looked up
 * again: what is changed in the list of statuses later changes nothing that was received before.
 */
export const customStatus = z.object({
  name: z.string().min(1),
  group: z.enum(MONEY_GROUPS),
  /** Part of the metric `conversions` and of the daily caps of offers. */
  counts: z.boolean(),
  /** Number of its columns in clicks, 0 when they have none: its conversions are counted by their status. */
  slot: z.union([z.literal(0), z.literal(CUSTOM_SLOTS)]),
})
export type CustomStatus = Readonly<z.output<typeof customStatus>>

export const listedStatus = customStatus.extend({
  label: z.string(),
  /** In lower case. */
  aliases: z.array(z.string()),
})
/** One of the list, with the words that stand for it. */
export type ListedStatus = Readonly<z.output<typeof listedStatus>>

/** With the number of its metrics. */
export interface NumberedStatus extends ListedStatus {
  readonly number: number
}

/** A status as a conversion has it: `custom` says what it means when it is none of ours. */
export interface StatusRef {
  readonly status: string
  readonly custom: CustomStatus | null
}

/** The built-in status whose transitions and stage a custom one shares. */
const MODEL = {
  hold: 'registration',
  confirmed: 'deposit',
  rejected: 'rejected',
  trash: 'trash',
} as const satisfies Record<MoneyGroup, Status>

const BUCKET = {
  hold: 'lead_revenue',
  confirmed: 'sale_revenue',
  rejected: 'rejected_revenue',
  trash: 'trash_revenue',
} as const satisfies Record<MoneyGroup, (typeof REVENUE_BUCKETS)[number]>

/** The money group of a built-in status, for lists in which both kinds stand. */
export const groupOf = (status: Status): MoneyGroup =>
  status === 'rejected' || status === 'trash' ? status : statuses[status].confirmed ? 'confirmed' : 'hold'

/** The built-in status that has the same rules; a status nobody knows any more is held back like a lead. */
export const modelOf = ({ status, custom }: StatusRef): Status =>
  custom ? MODEL[custom.group] : isStatus(status) ? status : 'lead'

export const isConfirmed = (ref: StatusRef): boolean => statuses[modelOf(ref)].confirmed
export const stageOf = (ref: StatusRef): number => statuses[modelOf(ref)].stage

/** May a conversion go from one status to another? Statuses of one group that are not the same stand side by side. */
export function mayChange(from: StatusRef, to: StatusRef): boolean {
  const [before, after] = [modelOf(from), modelOf(to)]
  return mayBecome(before, after) || (before === after && from.status !== to.status)
}

/** Which sums of a click one conversion of this status adds to: counters by one, buckets by its money. */
export function sumsOf(ref: StatusRef): { readonly counters: readonly string[]; readonly buckets: readonly string[] } {
  const { custom } = ref
  if (!custom) {
    const { counter, bucket } = statuses[modelOf(ref)]
    return { counters: [counter], buckets: [bucket] }
  }
  const own = custom.slot === 0 ? [] : [`custom_conversion_${custom.slot}`]
  return {
    counters: [...(custom.counts ? ['custom_conversions'] : []), ...own],
    buckets: [BUCKET[custom.group], ...own.map((name) => `${name}_revenue`)],
  }
}

/** The listed status that a word stands for. */
export const listedStatusOf = (word: string, list: readonly ListedStatus[]): ListedStatus | undefined =>
  list.find(({ name, aliases }) => name === word || aliases.includes(word))

/** What of it is kept with events. */
export const toCustom = ({ name, group, counts, slot }: CustomStatus): CustomStatus => ({ name, group, counts, slot })

/** A word of ours or of the list, in any case; null when it is neither. */
export function statusRefOf(text: string, list: readonly ListedStatus[]): StatusRef | null {
  const word = text.trim().toLowerCase()
  const own = statusOfWord(word)
  if (own) return { status: own, custom: null }
  const listed = listedStatusOf(word, list)
  return listed ? { status: listed.name, custom: toCustom(listed) } : null
}
