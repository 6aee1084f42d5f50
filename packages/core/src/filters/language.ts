import { z } from 'zod'
import { defineFilter } from './filter.ts'
import { LANGUAGE_SLIPS, LANGUAGES } from './known-names.ts'
import { CODE_SEPARATOR, valueList } from './payload.ts'

const EXAMPLE = ['en', 'de']

/** `en-GB` is read as `en`: a click carries the language alone. */
const toLanguage = (code: string): string => code.slice(0, 2).toLowerCase()

export const language = defineFilter({
  label: 'Browser language',
  help: 'The browser asks for one of these languages, as two-letter codes. An unknown language never matches.',
  group: 'device',
  example: EXAMPLE,
  column: 'language',
  doubts: (codes) =>
    codes.map(toLanguage).flatMap((code) => {
      if (LANGUAGES.has(code)) return []
      const meant = LANGUAGE_SLIPS[code]
      const cure = meant === undefined ? 'write a code of ISO 639-1 such as en.' : `did you mean ${meant}?`
      return [`asks for ${code}, which is the code of no language: ${cure}`]
    }),
  params: valueList(EXAMPLE, CODE_SEPARATOR).pipe(
    z.array(z.string().regex(/^[A-Za-z]{2}([-_]\w+)?$/, 'must be two-letter language codes such as en')),
  ),
  compile(codes) {
    const wanted = new Set(codes.map(toLanguage))
    return (click) => wanted.has(click.language)
  },
})
