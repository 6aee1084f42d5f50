import { PARAMETER_SLOTS } from '../click/click.ts'
import type { Micros } from '../money.ts'
import { type CustomStatus, type ListedStatus, listedStatusOf, type StatusRef, toCustom } from './custom-status.ts'
import { momentOf } from './moment.ts'
import { PAYOUT_NAMES, readPayout } from './read-payout.ts'
import { type Status, statusOfWord } from './statuses.ts'

/** A postback as understood. */
export interface ReadPostback {
  /** Null: the network asked us to ignore this status. */
  readonly status: string | null
  /** What the status means when it is one of the user's own. */
  readonly custom: CustomStatus | null
  readonly originalStatus: string
  readonly tid: string
  /** Null when the postback carries no usable amount. */
  readonly payoutMicros: Micros | null
  readonly currency: string
  /** Currency that the text of the amount names, such as EUR of `12 EUR` and `€12`; '' when it names none. */
  readonly namedCurrency: string
  /** When the conversion happened, as the network says; null when it does not. */
  readonly happenedAtMs: number | null
  /** What it says of the click's free parameters. */
  readonly slots: Readonly<Record<string, string>>
  /** Things a user should know about this postback, in words. */
  readonly warnings: readonly string[]
}

type Params = Readonly<Record<string, string>>

/** Names under which networks send the same thing, best first (reference conversions-and-reports §2.2). */
export const SUB_ID_NAMES = ['subid', 'sub_id', 'clickid', 'click_id'] as const
const STATUS_NAMES = ['status', 'type'] as const
const TID_NAMES = ['tid', 'txid', 'transaction_id'] as const
const MAX_TID = 100

/** Lists are tried in this order, those of custom statuses after them (reference conversions-and-reports §1.2). */
const LIST_PARAMETERS: readonly (readonly [Status, readonly string[]])[] = [
  ['sale', ['sale_status']],
  ['lead', ['lead_status']],
  ['rejected', ['rejected_status', 'reject_status']],
  ['rebill', ['rebill_status']],
  ['deposit', ['deposit_status']],
  ['registration', ['registration_status']],
  ['trash', ['trash_status']],
]
/** `<name>_status` of which is taken, so no custom status may be called so. */
export const RESERVED_NAMES: readonly string[] = ['ignore', 'reject']

/**
 * Reads the parameters of a postback. Never fails: what cannot be understood becomes a warning. `stamped`: what the
 * tracker found the status to mean when the postback came (`customStatusOf`), null when it is none of the user's own.
 * `meant`: what its word meant then in the whole account, where its own lists do not say.
 */
export function readPostback(
  params: Params,
  stamped: CustomStatus | null = null,
  meant: Status | null = null,
): ReadPostback {
  const warnings: string[] = []
  const originalStatus = firstOf(params, STATUS_NAMES)
  const read = stamped
    ? { status: stamped.name, custom: stamped }
    : readStatus(originalStatus.toLowerCase(), params, { list: [], meant }, warnings)
  const payout = readPayout(params, warnings)
  return {
    status: read?.status ?? null,
    custom: read?.custom ?? null,
    originalStatus,
    tid: firstOf(params, TID_NAMES).slice(0, MAX_TID),
    payoutMicros: payout?.micros ?? null,
    currency: readCurrency(params, payout !== null, warnings),
    namedCurrency: payout?.currency ?? '',
    happenedAtMs: readMoment(firstOf(params, ['datetime']), warnings),
    slots: readSlots(params),
    warnings,
  }
}

/** What the status of a postback means when it is one of the user's own statuses, else null. */
export function customStatusOf(
  params: Params,
  list: readonly ListedStatus[],
  meant: Status | null = null,
): CustomStatus | null {
  return readStatus(statusWordIn(params), params, { list, meant }, [])?.custom ?? null
}

/** The word for its status in a postback, in lower case; '' when there is none. */
export const statusWordIn = (params: Params): string => firstOf(params, STATUS_NAMES).toLowerCase()

/** What the account says of status words. */
interface Account {
  readonly list: readonly ListedStatus[]
  readonly meant: Status | null
}

/**
 * The click that a postback names, in lower case; '' when it names none. A macro that was not filled in stays, so that
 * the log tells which one (reference conversions-and-reports §2.5).
 */
export const subIdOf = (params: Params): string =>
  (firstOf(params, SUB_ID_NAMES) || firstText(params, SUB_ID_NAMES)).toLowerCase()

function readStatus(word: string, params: Params, { list, meant }: Account, warnings: string[]): StatusRef | null {
  if (listHas(params.ignore_status, word) || listHas(params.ignore, word)) return null
  for (const [status, names] of LIST_PARAMETERS) {
    if (names.some((name) => listHas(params[name], word))) return { status, custom: null }
  }
  const mapped = list.find(({ name }) => listHas(params[`${name}_status`], word))
  if (mapped) return { status: mapped.name, custom: toCustom(mapped) }
  if (meant) return { status: meant, custom: null }
  if (word === '') {
    const unfilled = firstText(params, STATUS_NAMES)
    if (unfilled) warnings.push(`status "${unfilled}" was not filled in by the network, so it is taken for a sale`)
    return { status: 'sale', custom: null }
  }
  const own = statusOfWord(word)
  if (own) return { status: own, custom: null }
  const listed = listedStatusOf(word, list)
  if (listed) return { status: listed.name, custom: toCustom(listed) }
  warnings.push(
    `status "${word}" is unknown, so the conversion is kept as a lead; map it with lead_status, sale_status or rejected_status`,
  )
  return { status: 'lead', custom: null }
}

const listHas = (list: string | undefined, word: string): boolean =>
  list !== undefined &&
  word !== '' &&
  [list, ...decodedTwice(list)].some((text) =>
    text
      .toLowerCase()
      .split(',')
      .some((entry) => entry.trim() === word),
  )

/** Networks encode the URL they were given once more, which makes `2,5` arrive as `2%2C5`. */
function decodedTwice(list: string): string[] {
  if (!list.includes('%')) return []
  try {
    return [decodeURIComponent(list)]
  } catch {
    return []
  }
}

function readCurrency(params: Params, hasPayout: boolean, warnings: string[]): string {
  const currency = firstOf(params, ['currency']).toUpperCase()
  const sent = params.currency?.trim() ?? ''
  if (hasPayout && currency === '' && sent !== '')
    warnings.push(`currency "${sent}" was not filled in by the network, so the payout was taken for the base currency`)
  return currency
}

/** UTC unless it names its own zone. */
function readMoment(text: string, warnings: string[]): number | null {
  if (text === '') return null
  const atMs = momentOf(text, 'UTC')
  if (atMs === null) warnings.push(`datetime "${text}" is no time such as 2026-02-03 14:05:09 in UTC and was left out`)
  return atMs
}

/** Sub ids, extra parameters and the external id overwrite the click's (reference conversions-and-reports §2.2). */
const SLOTS = PARAMETER_SLOTS.filter((slot) => /^(?:sub_id_\d+|extra_param_\d+|external_id)$/.test(slot))

/** What a postback says of one of them, null when it says nothing. */
export function readSlot(params: Params, slot: string): string | null {
  const value = params[slot]
  return value === undefined || value === '' || UNFILLED.test(value.trim()) ? null : value
}

const readSlots = (params: Params): Record<string, string> =>
  Object.fromEntries(
    SLOTS.flatMap((slot) => {
      const value = readSlot(params, slot)
      return value === null ? [] : [[slot, value]]
    }),
  )

const READ: ReadonlySet<string> = new Set([
  ...[...SUB_ID_NAMES, ...STATUS_NAMES, ...PAYOUT_NAMES, ...TID_NAMES, ...SLOTS],
  ...['currency', 'cost', 'datetime', 'ignore'],
])

/** Whether a parameter may change what a postback means; the others are only kept. */
export const isReadParameter = (name: string): boolean => READ.has(name) || name.endsWith('_status')

/** The first of these parameters that says something, trimmed. */
const firstOf = (params: Params, names: readonly string[]): string =>
  names.map((name) => params[name]?.trim()).find((text) => text && !UNFILLED.test(text)) ?? ''

const firstText = (params: Params, names: readonly string[]): string =>
  names.map((name) => params[name]?.trim()).find(Boolean) ?? ''

/** A macro that the network did not fill in says nothing: `{tid}`, `{{tid}}`, `${tid}`, `[tid]`, `[[[tid]]]`, `#tid#`, `%tid%`. */
const UNFILLED = /^(?:\$?\{\{?[^{}]*\}\}?|\[{1,3}[^[\]]*\]{1,3}|#[^#]*#|%[a-z_][\w.-]*%)$/i
