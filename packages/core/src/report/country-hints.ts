import { countryNamed } from '../filters/country-names.ts'
import { COUNTRIES, COUNTRY_SLIPS } from '../filters/known-names.ts'

const CURES: Readonly<Record<string, string>> = {
  country: 'write an English name or a code such as US.',
  country_code: 'write a code such as US.',
  country_flag: 'write a code such as us.',
}
const OPERATORS: ReadonlySet<string> = new Set(['EQUALS', 'NOT_EQUAL', 'IN_LIST', 'NOT_IN_LIST'])
const MAX_HINTS = 5

interface CountryFilter {
  readonly name: string
  readonly operator: string
  readonly values: readonly string[]
}

/** Countries that filters name and no visitor comes from. */
export const countryFilterHints = (filters: readonly CountryFilter[]): string[] =>
  filters
    .filter(({ name, operator }) => Object.hasOwn(CURES, name) && OPERATORS.has(operator))
    .flatMap(({ name, values }) => values.map((value) => ({ name, value: value.trim() })))
    .filter(({ name, value }) => value !== '' && !isKnown(name, value))
    .slice(0, MAX_HINTS)
    .map(({ name, value }) => {
      const code = countryOf(value)
      const meant = code === null || name !== 'country' ? code : nameOf(code)
      const cure =
        meant === null ? CURES[name] : `did you mean ${name === 'country_flag' ? meant.toLowerCase() : meant}?`
      return `${name}: no visitor comes from ${JSON.stringify(value.slice(0, 100))}: ${cure}`
    })

function isKnown(column: string, value: string): boolean {
  if (COUNTRIES.has(value.toUpperCase())) return true
  const code = column === 'country' ? countryNamed(value) : null
  return code !== null && nameOf(code).toLowerCase() === value.toLowerCase()
}

function countryOf(value: string): string | null {
  const code = value.toUpperCase()
  return Object.hasOwn(COUNTRY_SLIPS, code) ? (COUNTRY_SLIPS[code] ?? null) : countryNamed(value)
}

const names = new Intl.DisplayNames('en', { type: 'region' })
const nameOf = (code: string): string => names.of(code) ?? code
