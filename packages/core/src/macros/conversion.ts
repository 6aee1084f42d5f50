import { defineMacro, type MacroDef, type MacroReader, valueMacro } from './macro.ts'

/** A click has no conversion yet, so where only clicks are known these print nothing. */
const nothing: MacroReader = () => ''

export const conversionMacros: Readonly<Record<string, MacroDef>> = {
  tid: valueMacro('Transaction id of the conversion; empty for a click.', nothing),
  revenue: valueMacro('Revenue of the conversion; empty for a click.', nothing),
  profit: valueMacro('Revenue less cost; empty for a click.', nothing),
  status: defineMacro({
    help: 'Status of the conversion, with words of your own as in {status:sale=1 lead=2}; empty for a click.',
    compile: (mapping) => (mapping === null || mapping.includes('=') ? nothing : null),
  }),
}
