import { z } from 'zod'
import { defineFilter } from './filter.ts'
import { textPatterns } from './payload.ts'

export const parameter = defineFilter({
  label: 'URL parameter',
  help: 'A query parameter of the request, whatever its name, equals one of these texts; masks and regular expressions work. Write * to ask for any value.',
  group: 'parameters',
  example: { name: 'page', value: ['/a*'] },
  alsoReads: ['values'],
  params: z.preprocess(
    acceptValues,
    z.object(
      {
        name: z
          .string({ error: 'must be the name of a query parameter' })
          .trim()
          .min(1, 'must be the name of a query parameter'),
        value: textPatterns(['/a*']),
      },
      { error: 'must be an object such as {"name": "page", "value": ["/a*"]}' },
    ),
  ),
  compile:
    ({ name, value: matches }) =>
    ({ params }) =>
      // Own properties only: a parameter called `constructor` was sent by nobody.
      Object.hasOwn(params, name) && matches(params[name] ?? ''),
})

/** `values` is a slip of the pen that means `value`. */
function acceptValues(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null || 'value' in payload || !('values' in payload)) return payload
  return { ...payload, value: payload.values }
}
