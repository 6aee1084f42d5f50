import { defineMacro, isLanguage, type MacroContext, type MacroReader } from './macro.ts'

const code: MacroReader = ({ click }) => click.geo.country

export const country = defineMacro({
  help: 'Country of the visitor: the two-letter code, or with a language the name in it, as in {country:en}.',
  aliases: ['country_code'],
  isTrusted: true,
  compile: (language) => (language === null || language.trim() === '' ? code : countryName(language)),
})

export const countryNameMacro = defineMacro({
  help: 'Name of the visitor’s country, in English unless a language is named.',
  isTrusted: true,
  compile: (language) => countryName(language || 'en'),
})

function countryName(language: string): MacroReader | null {
  if (!isLanguage(language)) return null
  const names = namesIn(language.trim().replaceAll('_', '-'))
  if (names === null) return null
  return ({ click }: MacroContext) => {
    const wanted = click.geo.country
    return /^[A-Z]{2}$/.test(wanted) ? (names.of(wanted) ?? wanted) : wanted
  }
}

function namesIn(language: string): Intl.DisplayNames | null {
  try {
    return new Intl.DisplayNames([language, 'en'], { type: 'region' })
  } catch {
    return null
  }
}
