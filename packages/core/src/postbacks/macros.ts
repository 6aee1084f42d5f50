import { indexMacros } from '../macros/index.ts'
import { defineMacro, type MacroConversion, type MacroDef, type MacroReader, valueMacro } from '../macros/macro.ts'
import { type Micros, microsToDecimal, roundHalfAway } from '../money.ts'

const ours = { isTrusted: true } as const

const of =
  (read: (conversion: MacroConversion) => string): MacroReader =>
  ({ conversion }) =>
    conversion === undefined ? '' : read(conversion)

/**
 * What texts about a conversion have besides the macros of a click, or in place of them (reference
 * conversions-and-reports §5.4). Amounts have at most four decimals.
 */
export const conversionMacros: Readonly<Record<string, MacroDef>> = {
  subid: valueMacro('Id of the click.', ({ subId }) => subId, { ...ours, aliases: ['sub_id', 'clickid', 'click_id'] }),
  status: defineMacro({
    help: 'Status of the conversion, with words of your own as in {status:lead=0 sale=1}; others print unchanged.',
    ...ours,
    compile(mapping) {
      if (mapping === null) return of(({ status }) => status)
      const words = readMapping(mapping)
      return words === null ? null : of(({ status }) => words.get(status) ?? status)
    },
  }),
  original_status: valueMacro(
    'Status word as the network sent it.',
    of(({ originalStatus }) => originalStatus),
  ),
  tid: valueMacro(
    'Transaction id.',
    of(({ tid }) => tid),
    { aliases: ['transaction_id'] },
  ),
  revenue: valueMacro(
    'Revenue of the conversion.',
    of(({ revenueMicros }) => amount(revenueMicros)),
    { ...ours, aliases: ['payout', 'conversion_revenue'] },
  ),
  conversion_cost: valueMacro(
    'Cost the conversion carries.',
    of(({ costMicros }) => amount(costMicros)),
    ours,
  ),
  conversion_profit: valueMacro(
    'Revenue of the conversion less the cost it carries.',
    of(({ revenueMicros, costMicros }) => amount(revenueMicros - costMicros)),
    ours,
  ),
  cost: valueMacro('Cost of the click.', ({ costMicros }) => amount(costMicros), ours),
  profit: valueMacro(
    'Revenue of the conversion less the cost of the click.',
    ({ conversion, costMicros }) => amount((conversion?.revenueMicros ?? 0) - costMicros),
    ours,
  ),
  currency: valueMacro(
    'Three-letter code of the currency.',
    of(({ currency }) => currency),
    ours,
  ),
}

export const postbackMacros = indexMacros(conversionMacros)

/** `lead=0 sale=1`, with any number of spaces. Null when it is no mapping. */
function readMapping(text: string): ReadonlyMap<string, string> | null {
  const pairs = text.trim().split(/\s+/)
  const words = new Map<string, string>()
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at <= 0) return null
    words.set(pair.slice(0, at).toLowerCase(), pair.slice(at + 1))
  }
  return words
}

const amount = (micros: Micros): string => microsToDecimal(roundHalfAway(micros / 100) * 100 || 0)
