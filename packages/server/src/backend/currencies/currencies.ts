import { readFileSync } from 'node:fs'
import { parseEcb } from '@trackyard/core/currency/ecb.ts'
import { type Exchange, openExchange } from '@trackyard/core/currency/exchange.ts'
import { openRateBook } from '@trackyard/core/currency/rate-book.ts'
import { ok } from '@trackyard/core/result.ts'
import type { ConfigReader, ConfigStore } from '../../stores/config/port.ts'
import { settingOf } from '../settings/setting-store.ts'
import { basesOf, changeBase, LEAD_MS, noteFirstBase } from './bases.ts'

/** What everybody who deals with money asks. */
export interface Currencies {
  /** The currencies and rates known now. `reader`: the writer of a change under way, which must be asked instead. */
  exchange(reader?: ConfigReader): Promise<Exchange>
}

/** Reads rates again when they were changed, by whichever process. `initial` is the base currency of the first start. */
export function openCurrencies(store: ConfigStore, initial: string): Currencies {
  let known: { readonly version: string; readonly exchange: Exchange } | null = null
  return {
    async exchange(reader = store) {
      const bases = await basesOf(reader, initial)
      const version = `${await reader.ratesVersion()} ${JSON.stringify(bases)}`
      if (known?.version === version) return known.exchange
      const book = openRateBook(await reader.listRateDays(), await reader.listOverrides())
      const exchange = openExchange(book, bases)
      // What a change sees may never be committed.
      if (reader === store) known = { version, exchange }
      return exchange
    },
  }
}

/**
 * At a start: takes in the rates that come with this release, and a base currency that the environment names anew. A
 * base that was chosen as a setting goes before it. Answers the base currency when it is another one than at the last start.
 */
export async function prepareCurrencies(
  store: ConfigStore,
  environment: string,
  nowMs: number,
): Promise<string | null> {
  const prepared = await store.change({ actor: 'start', atMs: nowMs }, async (writer) => {
    const days = await writer.listRateDays()
    const bundled = bundledDays()
    const newest = bundled.at(-1)?.day ?? ''
    if (!days.some(({ day }) => day >= newest)) {
      // Of a new installation they are known from the beginning; later ones change nothing that was converted.
      await writer.addRateDays(bundled, days.length === 0 ? 0 : nowMs + LEAD_MS)
    }
    await noteFirstBase(writer, environment)
    const base = (await settingOf(writer, 'currency')) || environment
    return ok((await changeBase(writer, base, environment, nowMs)) ? base : null)
  })
  return prepared.ok ? prepared.value : null
}

/** The rates that this release comes with, oldest first: without the network they are better than none. */
function bundledDays() {
  const days = parseEcb(readFileSync(new URL('bundled-rates.csv', import.meta.url), 'utf8'))
  if (!days.ok) throw new Error(`The bundled rates cannot be read: ${JSON.stringify(days.problems)}`)
  return days.value
}
