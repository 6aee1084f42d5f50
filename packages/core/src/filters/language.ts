import { z } from 'zod'
import { defineFilter } from './filter.ts'
import { CODE_SEPARATOR, valueList } from './payload.ts'

export const language = defineFilter({
  label: 'Browser language',
  help: 'The browser asks for one of these languages, as two-letter codes. An unknown language never matches.',
  group: 'device',
  params: valueList('["en", "de"]', CODE_SEPARATOR).pipe(
    z.array(z.string().regex(/^[A-Za-z]{2}([-_]\w+)?$/, 'must be two-letter language codes such as en')),
  ),
  compile(codes) {
    // `en-GB` is read as `en`: a click carries the language alone.
    const wanted = new Set(codes.map((code) => code.slice(0, 2).toLowerCase()))
    return (click) => wanted.has(click.language)
  },
})
