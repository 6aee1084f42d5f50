import { z } from 'zod'
import type { CONVERSION_COUNTERS, REVENUE_BUCKETS } from '../events/click-columns.ts'

/** A kind of conversion: where its money goes and how it is counted (reference conversions-and-reports §1.1). */
export interface StatusDef {
  readonly label: string
  readonly help: string
  readonly bucket: (typeof REVENUE_BUCKETS)[number]
  readonly counter: (typeof CONVERSION_COUNTERS)[number]
  /** Flag of the click while this is the status of its main conversion. */
  readonly clickFlag: 'is_lead' | 'is_sale' | 'is_rejected' | null
  /** The money is confirmed: such a conversion may be an additional one of its click. */
  readonly confirmed: boolean
  /** Counts against the daily cap of its offer (reference conversions-and-reports §3.6). */
  readonly countsForCap: boolean
  /** Other words that mean this status. */
  readonly aliases: readonly string[]
  /** Statuses it may change into (§3.3); anything else is refused, so a repeated first event undoes nothing. */
  readonly becomes: readonly string[]
  /** How far on the way from interest to payment it is: of two stages the later one stands, whichever is told first. */
  readonly stage: number
}

/** Stage of what ends the way: refused and invalid conversions. */
const ENDED = 9

export const statuses = {
  lead: {
    label: 'Lead',
    help: 'Accepted, money on hold.',
    bucket: 'lead_revenue',
    counter: 'leads',
    clickFlag: 'is_lead',
    confirmed: false,
    countsForCap: true,
    aliases: ['pending', 'hold'],
    becomes: ['sale', 'rejected', 'trash', 'registration', 'deposit'],
    stage: 1,
  },
  sale: {
    label: 'Sale',
    help: 'Approved, money confirmed.',
    bucket: 'sale_revenue',
    counter: 'sales',
    clickFlag: 'is_sale',
    confirmed: true,
    countsForCap: true,
    aliases: ['approved', 'confirmed'],
    becomes: ['rejected', 'trash'],
    stage: 4,
  },
  rejected: {
    label: 'Rejected',
    help: 'Refused by the advertiser; money is kept aside.',
    bucket: 'rejected_revenue',
    counter: 'rejected',
    clickFlag: 'is_rejected',
    confirmed: false,
    countsForCap: false,
    aliases: ['reject', 'declined'],
    becomes: ['lead', 'sale', 'trash', 'deposit'],
    stage: ENDED,
  },
  rebill: {
    label: 'Rebill',
    help: 'A further payment of the same customer; counted apart so that CR stays honest.',
    bucket: 'sale_revenue',
    counter: 'rebills',
    clickFlag: 'is_sale',
    confirmed: true,
    countsForCap: false,
    aliases: ['upsell'],
    becomes: ['rejected', 'trash'],
    stage: 4,
  },
  registration: {
    label: 'Registration',
    help: 'The customer registered.',
    bucket: 'registration_revenue',
    counter: 'registrations',
    clickFlag: null,
    confirmed: false,
    countsForCap: true,
    aliases: ['reg'],
    becomes: ['sale', 'rejected', 'trash', 'deposit'],
    stage: 2,
  },
  deposit: {
    label: 'Deposit',
    help: 'The customer paid in.',
    bucket: 'deposit_revenue',
    counter: 'deposits',
    clickFlag: null,
    confirmed: true,
    countsForCap: true,
    aliases: ['dep'],
    becomes: ['sale', 'rejected', 'trash'],
    stage: 3,
  },
  trash: {
    label: 'Trash',
    help: 'Invalid: test, duplicate, wrong data.',
    bucket: 'trash_revenue',
    counter: 'trash',
    clickFlag: null,
    confirmed: false,
    countsForCap: false,
    aliases: ['invalid'],
    becomes: ['lead', 'sale', 'rejected', 'registration', 'deposit'],
    stage: ENDED,
  },
} as const satisfies Record<string, StatusDef>

export type Status = keyof typeof statuses

/** Those that count against the daily cap of their offer. */
export const CAP_STATUSES: readonly string[] = Object.entries(statuses).flatMap(([status, def]) =>
  def.countsForCap ? [status] : [],
)

export const isStatus = (text: string): text is Status => Object.hasOwn(statuses, text)
export const builtInStatus = z.custom<Status>((value) => typeof value === 'string' && isStatus(value))

export const mayBecome = (from: Status, to: Status): boolean =>
  (statuses[from].becomes as readonly string[]).includes(to)

/** The status a word of ours stands for, null when it is not ours. */
export function statusOfWord(word: string): Status | null {
  if (isStatus(word)) return word
  const found = Object.entries(statuses).find(([, def]) => (def.aliases as readonly string[]).includes(word))
  return found ? (found[0] as Status) : null
}
