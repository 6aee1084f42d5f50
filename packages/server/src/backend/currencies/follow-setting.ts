import { type Exchange, unknownCurrency } from '@trackyard/core/currency/exchange.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import type { ConfigWriter } from '../../stores/config/port.ts'
import type { BackendSettings } from '../context.ts'
import { settingOf } from '../settings/setting-store.ts'
import { basesOf, changeBase } from './bases.ts'

interface Change {
  readonly writer: ConfigWriter
  readonly settings: Pick<BackendSettings, 'baseCurrency'>
  readonly exchange: Exchange
  readonly nowMs: number
  hint(sentence: string): void
}

/**
 * Makes the base currency what the setting `currency` says now, in the change that wrote it. Refuses a currency without
 * a rate, as nothing could be shown in it.
 */
export async function followCurrencySetting({
  writer,
  settings,
  exchange,
  nowMs,
  hint,
}: Change): Promise<Result<void>> {
  const initial = settings.baseCurrency
  const wanted = (await settingOf(writer, 'currency')) || initial
  const present = (await basesOf(writer, initial)).at(-1)?.currency ?? initial
  if (wanted === present) return ok(undefined)
  if (exchange.book.rate(present, wanted, nowMs) === null) {
    const unknown = `${wanted} ${unknownCurrency(wanted, exchange.book)}`
    return fail(problem('validation', `${unknown}. Set one first: POST currencies/${wanted}/rates.`, 'currency'))
  }
  await changeBase(writer, wanted, initial, nowMs)
  hint(
    `currency: reports are in ${wanted} from now on, and so are amounts that name no currency. What was counted in ${present} is kept and shown by the rates of its day; prices of campaigns and offers stay in ${present}.`,
  )
  return ok(undefined)
}
