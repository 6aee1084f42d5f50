import { type Micros, parseMoney } from '../money.ts'
import { type Status, statusOfWord } from './statuses.ts'

/** A postback as understood. */
export interface ReadPostback {
  /** Null: the network asked us to ignore this status. */
  readonly status: Status | null
  readonly originalStatus: string
  readonly tid: string
  /** Null when the postback carries no usable amount. */
  readonly payoutMicros: Micros | null
  readonly currency: string
  /** Things a user should know about this postback, in words. */
  readonly warnings: readonly string[]
}

type Params = Readonly<Record<string, string>>

/** Lists are tried in this order (reference conversions-and-reports §1.2). */
const LIST_PARAMETERS: readonly (readonly [Status, readonly string[]])[] = [
  ['sale', ['sale_status']],
  ['lead', ['lead_status']],
  ['rejected', ['rejected_status', 'reject_status']],
  ['rebill', ['rebill_status']],
  ['deposit', ['deposit_status']],
  ['registration', ['registration_status']],
  ['trash', ['trash_status']],
]

/** Reads the parameters of a postback. Never fails: what cannot be understood becomes a warning. */
export function readPostback(params: Params): ReadPostback {
  const originalStatus = ['status', 'type'].map((name) => params[name]?.trim()).find(Boolean) ?? ''
  const word = originalStatus.toLowerCase()
  const warnings: string[] = []
  const status = readStatus(word, params, warnings)
  return {
    status,
    originalStatus,
    tid: firstOf(params, ['tid', 'txid', 'transaction_id']).slice(0, 100),
    payoutMicros: readPayout(params, warnings),
    currency: firstOf(params, ['currency']).toUpperCase(),
    warnings,
  }
}

function readStatus(word: string, params: Params, warnings: string[]): Status | null {
  if (listHas(params.ignore_status ?? params.ignore, word)) return null
  for (const [status, names] of LIST_PARAMETERS) {
    if (names.some((name) => listHas(params[name], word))) return status
  }
  if (word === '') return 'sale'
  const own = statusOfWord(word)
  if (own) return own
  warnings.push(
    `status "${word}" is unknown, so the conversion is kept as a lead; map it with lead_status, sale_status or rejected_status`,
  )
  return 'lead'
}

const listHas = (list: string | undefined, word: string): boolean =>
  list !== undefined &&
  word !== '' &&
  list
    .toLowerCase()
    .split(',')
    .some((entry) => entry.trim() === word)

/** The first amount that can be read: networks send empty and unfilled parameters beside the one that counts. */
function readPayout(params: Params, warnings: string[]): Micros | null {
  const given = ['payout', 'revenue', 'profit'].flatMap((name) => params[name]?.trim() || [])
  for (const text of given) {
    const micros = parseMoney(text)
    if (micros !== null) return micros
    warnings.push(`payout "${text}" is not an amount and was left out`)
  }
  return null
}

/** The first of these parameters that is not empty, trimmed. */
const firstOf = (params: Params, names: readonly string[]): string =>
  names.map((name) => params[name]?.trim()).find((text) => text && !UNFILLED.test(text)) ?? ''

/** A macro that the network did not fill in says nothing. */
const UNFILLED = /^(?:\{[^{}]*\}|\[[^[\]]*\]|#[^#]*#)$/
