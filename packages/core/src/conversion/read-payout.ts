import { type Micros, parseMoney } from '../money.ts'

/** Names under which networks send the amount, best first (reference conversions-and-reports §2.2). */
export const PAYOUT_NAMES = ['payout', 'revenue', 'profit'] as const

interface ReadPayout {
  readonly micros: Micros
  /** That the text names; '' when it names none. */
  readonly currency: string
}

/** The first amount that can be read: networks send empty and unfilled parameters beside the one that counts. */
export function readPayout(params: Readonly<Record<string, string>>, warnings: string[]): ReadPayout | null {
  const given = PAYOUT_NAMES.flatMap((name) => params[name]?.trim() || [])
  for (const text of given) {
    const micros = parseMoney(text)
    if (micros !== null) return { micros, currency: currencyIn(text) }
    warnings.push(`payout "${text}" is not an amount and was left out`)
  }
  return null
}

/** Signs that several countries share, such as $, name none. */
const CURRENCY_OF_SIGN: Readonly<Record<string, string>> = { '€': 'EUR', '£': 'GBP', '₽': 'RUB', '₴': 'UAH' }

const currencyIn = (amount: string): string =>
  /[a-z]{3}/i.exec(amount)?.[0].toUpperCase() ?? CURRENCY_OF_SIGN[/[€£₽₴]/.exec(amount)?.[0] ?? ''] ?? ''
