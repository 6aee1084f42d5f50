import { z } from 'zod'
import { defineFilter } from './filter.ts'
import { CODE_SEPARATOR, valueList } from './payload.ts'

export const country = defineFilter({
  label: 'Country',
  help: 'The visitor is in one of these countries, as two-letter codes. An unknown country never matches.',
  group: 'geo',
  params: valueList('["US", "DE"]', CODE_SEPARATOR).pipe(
    z.array(
      z
        .string()
        .regex(/^[A-Za-z]{2}$/, 'must be two-letter country codes such as US')
        .toUpperCase(),
    ),
  ),
  compile(codes) {
    const wanted = new Set(codes)
    return (click) => wanted.has(click.geo.country)
  },
})
