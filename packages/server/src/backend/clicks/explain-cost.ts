import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import { readOriginal } from '@trackyard/core/currency/originals.ts'
import type { ClickRow } from '@trackyard/core/events/click-columns.ts'
import { microsToDecimal } from '@trackyard/core/money.ts'
import type { ConversionState } from '../../stores/events/port.ts'
import { rowCurrency } from '../ingest/click-money.ts'
import { readCharge } from '../ingest/conversion-row.ts'

/**
 * How the cost of a click came about, in words; amounts are in the currency the click was counted in, which is named
 * where it is no longer the base currency. Without an exchange it is. `takesLinkCost`: its campaign has cost_auto now.
 */
export function explainCost(
  row: ClickRow,
  conversions: readonly ConversionState[],
  exchange?: Exchange,
  takesLinkCost = false,
): string {
  const currency = exchange && rowCurrency(row, exchange) !== exchange.base ? ` ${rowCurrency(row, exchange)}` : ''
  const amount = (micros: number): string => `${microsToDecimal(micros)}${currency}`
  const charges = conversions.map(readCharge)
  const charged = charges.reduce((sum, one) => sum + one.charged, 0)
  const settled = charges.reduce((sum, one) => sum + one.settled, 0)
  const own = Number(row.cost ?? 0) - charged
  const original = readOriginal('cost', row)
  const from =
    original === null
      ? ''
      : original.rate === 0
        ? ` (it came in ${original.currency}, which had no rate)`
        : ` (${microsToDecimal(original.micros)} ${original.currency} at ${original.rate})`
  const count = charges.filter((one) => one.charged !== 0).length
  return [
    `The click itself costs ${amount(own)}${from}${own === 0 && takesLinkCost ? NO_LINK_COST : ''}.`,
    ...(count > 0
      ? [`${amount(charged)} was charged for ${count === 1 ? 'its conversion' : `${count} conversions`}.`]
      : []),
    ...(settled !== 0
      ? [`${amount(settled)} had been charged for conversions before the cost of the click was set, which replaced it.`]
      : []),
  ].join(' ')
}

const NO_LINK_COST =
  ': with cost_auto that is so where the link names no amount, and where the cost model charges nothing for the click'
