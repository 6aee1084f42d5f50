import type { Generated } from 'kysely'

export interface CurrencyTables {
  rate_days: {
    id: Generated<number>
    day: string
    /** JSON: how many units of each currency one euro is worth. */
    per_euro: string
    known_from_ms: number
  }
  rate_overrides: {
    id: Generated<number>
    currency: string
    quote: string
    rate: number
    from_day: string
    to_day: string | null
    known_from_ms: number
    known_until_ms: number | null
  }
}
