import { defineMacro, type MacroReader } from './macro.ts'

const CHARSET = /^(utf-?8|windows-?\d+|cp-?\d+|koi8-?[ru]|iso-?8859-?\d+)$/i
const keywordOf: MacroReader = ({ click }) => click.slots.keyword ?? ''

export const keyword = defineMacro({
  help: 'Keyword. A charset, as in {keyword:UTF-8}, is accepted and ignored: the text is always UTF-8.',
  compile: (charset) => (charset === null || CHARSET.test(charset.trim()) ? keywordOf : null),
})
