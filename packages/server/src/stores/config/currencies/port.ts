import type { EcbDay } from '@trackyard/core/currency/ecb.ts'
import type { PublishedDay, RateOverride } from '@trackyard/core/currency/rate-book.ts'

/** An override as stored. */
export interface OverrideRow extends RateOverride {
  readonly id: number
}

/** Exchange rates that were fetched, sent as a file, or set by hand. Nothing of it is ever changed: see RateBook. */
export interface CurrencyReader {
  /** In the order in which they were added. */
  listRateDays(): Promise<readonly PublishedDay[]>
  /** Withdrawn ones too, in order of id. */
  listOverrides(): Promise<readonly OverrideRow[]>
  /** Grows with every committed change of rates. */
  ratesVersion(): Promise<number>
}

export interface CurrencyWriter {
  /** Rates of days, known from `knownFromMs` on. The audit log tells how many and which. */
  addRateDays(days: readonly EcbDay[], knownFromMs: number): Promise<void>
  addOverride(override: RateOverride): Promise<OverrideRow>
  /** Ends an override: what happens from `atMs` on is not converted with it. Throws when there is none. */
  endOverride(id: number, atMs: number): Promise<OverrideRow>
}
