import { z } from 'zod'
import { countryNamed } from './country-names.ts'
import { defineFilter } from './filter.ts'
import { COUNTRIES, COUNTRY_SLIPS } from './known-names.ts'
import { CODE_SEPARATOR, valueList } from './payload.ts'

const EXAMPLE = ['US', 'DE']

export const country = defineFilter({
  label: 'Country',
  help: 'The visitor is in one of these countries, as two-letter codes. An unknown country never matches.',
  group: 'geo',
  example: EXAMPLE,
  column: 'country',
  params: valueList(EXAMPLE, CODE_SEPARATOR).pipe(
    z.array(
      z
        .string()
        .refine((code) => COUNTRIES.has(code.toUpperCase()), { error: ({ input }) => notACountry(String(input)) })
        .toUpperCase(),
    ),
  ),
  compile(codes) {
    const wanted = new Set(codes)
    return (click) => wanted.has(click.geo.country)
  },
})

/** A code that nobody has would silently match nobody, or with mode reject everybody. */
function notACountry(given: string): string {
  const code = given.toUpperCase()
  if (!/^[A-Z]{2}$/.test(code)) {
    const named = countryNamed(given)
    return `must be one of the two-letter country codes${named === null ? ' such as US' : `: did you mean ${named}?`}`
  }
  const meant = COUNTRY_SLIPS[code]
  const cure = meant === undefined ? 'write a code of ISO 3166 such as US' : `did you mean ${meant}?`
  return `names ${code}, which is the code of no country: ${cure}`
}
