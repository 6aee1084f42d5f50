import { MOBILE_OPERATORS } from '../filters/known-operators.ts'
import { defineMacro, isLanguage, type MacroReader } from './macro.ts'

const key: MacroReader = ({ click }) => click.geo.operator
/** Operators have one name everywhere. */
const name: MacroReader = ({ click: { geo } }) =>
  (Object.hasOwn(MOBILE_OPERATORS, geo.operator) ? MOBILE_OPERATORS[geo.operator]?.name : undefined) ?? geo.operator

export const operator = defineMacro({
  help: 'Mobile operator: its key, or with a language its name, as in {operator:en}.',
  aliases: ['carrier'],
  compile(language) {
    if (language === null || language.trim() === '') return key
    return isLanguage(language) ? name : null
  },
})
